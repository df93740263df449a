import { expect, test } from 'vitest';
import { plainSession } from '../../src/testing/plain-session.ts';
import { TestMachine } from './harness.ts';

test('an opened session is reported, with what was asked for', () => {
  const machine = new TestMachine();
  const applied = machine.apply(
    machine.operation({ kind: 'openSession', ttlMs: 2500, name: 'worker', nonce: 9n, ...plainSession }),
  );
  expect(applied.opened).toMatchObject([{ id: 1, generation: 1, ttlMs: 2500, name: 'worker', lastSequence: 0 }]);
  expect(machine.machine.session(applied.opened[0]?.id as never)).toMatchObject({ ttlMs: 2500, name: 'worker' });
});

test('sessions are listed in the order of their ids', () => {
  const machine = new TestMachine();
  const [first, second, third] = [machine.open(), machine.open(), machine.open()];
  second.close();
  const fourth = machine.open();
  expect([...machine.machine.sessions()].map(({ id }) => id)).toEqual([first.id, third.id, fourth.id]);
  expect(machine.machine.sessionCount).toBe(3);
});

test('expiry names session and generation, and without that cause does nothing', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const before = machine.machine.encode();
  expect(machine.expire(session, 2).ended).toEqual([]);
  expect(
    machine.internal({
      kind: 'expireSession',
      sessionId: 7 as typeof session.id,
      generation: 1,
      ballot: { round: 0, nodeId: '' },
    }).ended,
  ).toEqual([]);
  expect(machine.machine.encode()).toEqual(before);
  const applied = machine.expire(session);
  expect(applied.ended).toEqual([session.id]);
  expect(applied.operations).toMatchObject([{ result: undefined, postponed: undefined }]);
  expect(machine.expire(session).ended).toEqual([]);
});

test('the end takes keys, locks and places in queues, all in one revision', () => {
  const machine = new TestMachine();
  const [dying, other] = [machine.open(), machine.open()];
  dying.put('e', 'v', true);
  dying.lock('held');
  other.lock('contended');
  const place = dying.lock('contended').sequence;
  const before = machine.revision;
  expect(machine.expire(dying).ended).toEqual([dying.id]);
  expect(machine.revision).toBe(before + 1);
  expect(machine.everything()).toEqual([]);
  expect(machine.lock('held').holder).toBeUndefined();
  expect(machine.lock('contended')).toMatchObject({ holder: { sessionId: other.id }, waiters: 0 });
  expect(machine.machine.acquisition('contended', dying.id, place)).toEqual({ state: 'gone' });
  machine.machine.verify();
});

test('a session that ended leaves nothing behind', () => {
  const machine = new TestMachine();
  const session = machine.open({ name: 'short' });
  session.put('e', 'v', true);
  session.lock('l');
  session.close();
  machine.compact(machine.revision);
  const fresh = new TestMachine();
  expect(machine.machine.encode().length).toBeLessThan(10);
  expect(machine.machine.sessionCount).toBe(fresh.machine.sessionCount);
  machine.machine.verify();
});
