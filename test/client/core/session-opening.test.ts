import { expect, test } from 'vitest';
import type { SessionId } from '../../../src/wire/identifiers.ts';
import { get, kinds, put, sequences, World } from './world.ts';

test('a session is opened by the first command, and answered before that command is sent', () => {
  const world = new World();
  const stream = world.connect();
  expect(stream.newOperations()).toEqual([]);
  world.put('a');
  world.put('b');
  const operations = stream.newOperations();
  expect(kinds(operations)).toEqual(['openSession']);
  expect(operations[0]?.command).toBeUndefined();
  world.answer(operations[0]!, { kind: 'sessionOpened', sessionId: 7 as SessionId, generation: 3, ttlMs: 10_000 });
  const commands = stream.newOperations();
  expect(kinds(commands)).toEqual(['put', 'put']);
  expect(commands.map(({ command }) => command)).toEqual([
    { sessionId: 7, generation: 3, sequence: 1, acknowledged: 0 },
    { sessionId: 7, generation: 3, sequence: 2, acknowledged: 0 },
  ]);
});

test('reads need no session', () => {
  const world = new World();
  const stream = world.connect();
  const read = world.call({ kind: 'read', body: get('a') });
  const [operation] = stream.newOperations();
  expect(operation?.body.kind).toBe('get');
  world.answer(operation!, { kind: 'get', entry: undefined });
  expect(world.settlement(read)?.type).toBe('result');
});

test('a repeated opening is a request of its own, so that the answer tells which one it answers', () => {
  const world = new World();
  const first = world.connect();
  world.put();
  const [before] = first.newOperations();
  world.break();
  const second = world.welcome();
  const [again] = second.newOperations();
  expect(again?.body.kind).toBe('openSession');
  expect(again?.requestId).not.toBe(before?.requestId);
  expect(again?.body).not.toEqual(before?.body);
  world.answer(before!, { kind: 'sessionOpened', sessionId: 5 as SessionId, generation: 1, ttlMs: 10_000 });
  expect(second.newOperations()).toEqual([]);
  world.answer(again!, { kind: 'sessionOpened', sessionId: 6 as SessionId, generation: 1, ttlMs: 10_000 });
  expect(second.newOperations()[0]?.command?.sessionId).toBe(6);
});

test('a refused opening is sent again, after a while', () => {
  const world = new World();
  const stream = world.connect();
  const call = world.put();
  world.refuse(stream.newOperations(), 'NOT_LEADER');
  expect(stream.newOperations()).toEqual([]);
  world.advance(600);
  world.answerOpening(7);
  world.answer(stream.newOperations()[0]!, { kind: 'put' });
  expect(world.verdict(call)).toBe('result');
});

test('an answer that comes when the session may be over by now opens another', () => {
  const world = new World({ sessionTtlMs: 100 });
  const stream = world.connect();
  world.put();
  const [opening] = stream.newOperations();
  world.advance(95);
  world.answer(opening!, { kind: 'sessionOpened', sessionId: 5 as SessionId, generation: 1, ttlMs: 100 });
  expect(kinds(stream.newOperations())).toEqual(['openSession']);
  expect(world.statuses()).not.toContain('expired');
});

test('a session that cannot be opened at all fails the commands that wait for it', () => {
  const world = new World();
  const stream = world.connect();
  const call = world.put();
  world.refuse(stream.newOperations(), 'INVALID_ARGUMENT');
  expect(world.verdict(call)).toBe('INVALID_ARGUMENT not-applied');
  world.put();
  expect(kinds(stream.newOperations())).toEqual(['openSession']);
});

test('before it is open, the session says so', () => {
  const world = new World();
  world.connect();
  const before = { serial: 1, id: '', state: 'active', remainingMs: 0, credentials: undefined };
  expect(world.core.session()).toEqual(before);
  world.call({ kind: 'command', body: put('a') });
  world.answerOpening(7);
  expect(world.core.session()).toMatchObject({ serial: 1, id: '7', state: 'active', remainingMs: 9_800 });
});

test('what nobody waits for any longer opens no session', () => {
  const world = new World();
  world.give({ type: 'tick' });
  const call = world.put('a', 100);
  world.advance(200);
  expect(world.verdict(call)).toBe('UNAVAILABLE not-applied');
  const stream = world.welcome(world.streams.at(-1));
  expect(sequences(stream.newOperations())).toEqual([]);
});
