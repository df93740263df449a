import { expect, test } from 'vitest';
import type { Revision } from '../../../src/wire/identifiers.ts';
import { watchRequest } from './watch-request.ts';
import { get, kinds, ttlMs, World } from './world.ts';

test('calls under way finish, then the session is closed in the service, then the streams', () => {
  const world = new World();
  const stream = world.openSession();
  const call = world.put('a');
  const [put] = stream.newOperations();
  world.give({ type: 'close' });
  expect(stream.newOperations()).toEqual([]);
  expect(world.verdict(world.put('b'))).toBe('CLOSED not-applied');
  world.answer(put!, { kind: 'put' });
  expect(world.verdict(call)).toBe('result');
  const [closing] = stream.newOperations();
  expect(closing?.body.kind).toBe('closeSession');
  expect(world.ofType('closed')).toEqual([]);
  world.answer(closing!, { kind: 'sessionClosed' });
  expect(world.ofType('closed')).toHaveLength(1);
  expect(stream.open).toBe(false);
  expect(world.statuses().slice(-2)).toEqual(['connected', 'closed']);
  expect(world.core.session().state).toBe('expired');
});

test('a held lock is lost to its holder before the service is asked to close the session', () => {
  const world = new World();
  const stream = world.openSession();
  const lock = world.lock();
  world.answer(stream.newOperations()[0]!, { kind: 'lock', state: 'held', token: 9 });
  world.give({ type: 'close' });
  const types = world.effects.map(({ type }) => type);
  expect(types.lastIndexOf('lockLost')).toBeLessThan(types.lastIndexOf('send'));
  expect(kinds(stream.newOperations())).toEqual(['closeSession']);
  expect(world.core.lock(lock).held).toBe(false);
});

test('what waits without a deadline is not waited for', () => {
  const world = new World();
  const stream = world.openSession();
  const lock = world.lock();
  world.answer(stream.newOperations()[0]!, { kind: 'lock', state: 'queued', token: 0 });
  const watch = world.call(watchRequest({ from: new Uint8Array([1]), to: 'single' }));
  world.notice(1, { kind: 'created', startRevision: 10 as Revision });
  world.give({ type: 'close' });
  expect(world.verdict(lock)).toBe('CLOSED unknown');
  expect(world.ofType('watchEnded')).toEqual([{ type: 'watchEnded', watchId: watch, failure: undefined }]);
});

test('a client without a session is closed at once', () => {
  const world = new World();
  const stream = world.connect();
  world.give({ type: 'close' });
  expect(world.ofType('closed')).toHaveLength(1);
  expect(stream.open).toBe(false);
});

test('so is one that never reached a node', () => {
  const world = new World();
  world.give({ type: 'tick' });
  world.give({ type: 'close' });
  expect(world.ofType('closed')).toHaveLength(1);
});

test('no call is waited for longer than 4 seconds, and no session longer than one', () => {
  const world = new World({ endpoints: ['a:1'] });
  world.openSession();
  world.answering = true;
  const call = world.call({ kind: 'read', body: get('a') }, 60_000);
  world.give({ type: 'close' });
  world.advance(3_990);
  expect(world.settlement(call)).toBeUndefined();
  world.advance(20);
  expect(world.verdict(call)).toBe('CLOSED not-applied');
  world.advance(1_000);
  expect(world.ofType('closed')).toHaveLength(1);
});

test('without a node, half a second is enough', () => {
  const world = new World();
  world.openSession();
  world.break();
  world.give({ type: 'close' });
  world.advance(500);
  expect(world.ofType('closed')).toHaveLength(1);
});

test('closing twice is closing once', () => {
  const world = new World();
  world.openSession();
  world.give({ type: 'close' });
  world.give({ type: 'close' });
  world.advance(ttlMs);
  expect(world.ofType('closed')).toHaveLength(1);
  world.give({ type: 'tick' });
  expect(world.effects.at(-1)?.type).toBe('closed');
});

test('a lock can be released while the client is closing', () => {
  const world = new World();
  const stream = world.openSession();
  const lock = world.lock();
  world.answer(stream.newOperations()[0]!, { kind: 'lock', state: 'held', token: 9 });
  world.put('a');
  world.give({ type: 'close' });
  const release = world.call({ kind: 'release', lockId: lock }, 5_000);
  const operations = stream.newOperations();
  expect(kinds(operations)).toEqual(['put', 'lockRelease']);
  world.answer(operations[1]!, { kind: 'lockReleased', released: true });
  expect(world.settlement(release)).toEqual({ type: 'lockReleased', released: true });
});
