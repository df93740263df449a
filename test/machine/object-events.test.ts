import { expect, test } from 'vitest';
import type { LockEvent } from '../../src/machine/object-event.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import { decodeWatchNotice, encodeWatchNotice } from '../../src/wire/notice-codec.ts';
import type { WireObjectEvent } from '../../src/wire/watch.ts';
import { bytes, TestMachine, text } from './harness.ts';

/** `revision: event, event` for each that did anything to locks, counters or sessions. */
function told(machine: TestMachine, after = 0): string[] {
  return [...machine.machine.events(after)]
    .filter(({ objects }) => objects.length > 0)
    .map(({ revision, objects }) => `${revision}: ${objects.map(({ event }) => textOf(event)).join(', ')}`);
}

function textOf(event: WireObjectEvent): string {
  switch (event.type) {
    case 'lock': {
      const { holders, holderCount, waiterCount, closedSince } = event.state;
      const held = holders.map(({ sessionId, token, note }) => `${sessionId} with ${token}${text(note)}`);
      const more = holderCount > holders.length ? ` of ${holderCount}` : '';
      const state = held.length > 0 ? `held by ${held.join(' and ')}${more}` : closedSince === 0 ? 'free' : 'closed';
      return `${event.name} ${state} +${waiterCount}`;
    }
    case 'counter':
      return `${event.name} ${event.previous} -> ${event.value}`;
    case 'session':
      return `${event.change} ${event.sessionId} '${event.name}' ${event.ttlMs}`;
  }
}

test('every change of a lock is told, with its holder and how many wait', () => {
  const machine = new TestMachine();
  const [first, second] = [machine.open(), machine.open()]; // 1, 2
  first.lock('l'); // 3
  second.lock('l'); // 4
  first.unlock('l', 1); // 5
  second.unlock('l', 1); // 6
  expect(told(machine, 2)).toEqual([
    '3: l held by 1 with 3 +0',
    '4: l held by 1 with 3 +1',
    '5: l held by 2 with 5 +0',
    '6: l free +0',
  ]);
});

test('a counter is told with its value before; what changes nothing is no event', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.send({ kind: 'counterAdd', name: 'c', count: 3 });
  session.send({ kind: 'counterCompareAndSet', name: 'c', expected: 3n, value: 3n });
  session.send({ kind: 'counterCompareAndSet', name: 'c', expected: 7n, value: 9n });
  session.send({ kind: 'counterCompareAndSet', name: 'c', expected: 3n, value: -1n });
  expect(told(machine, 1)).toEqual(['2: c 0 -> 3', '3: c 3 -> -1']);
});

test('sessions are told as they come and go, and why they went', () => {
  const machine = new TestMachine();
  const first = machine.open({ name: 'first', ttlMs: 500 });
  const second = machine.open({ name: 'second' });
  first.close();
  machine.expire(second);
  expect(told(machine)).toEqual([
    "1: opened 1 'first' 500",
    "2: opened 2 'second' 10000",
    "3: closed 1 'first' 500",
    "4: expired 2 'second' 10000",
  ]);
});

test('the end of a session is one revision: its keys, then its locks by name, each once, then itself', () => {
  const machine = new TestMachine();
  const [owner, other] = [machine.open(), machine.open()];
  owner.lock('b');
  owner.lock('a');
  owner.lock('b');
  other.lock('b');
  other.lock('c');
  owner.lock('c');
  owner.put('k', 'v', true);
  const before = machine.revision;
  machine.expire(owner);
  expect(machine.events(before)).toEqual([`${before + 1}: -k (was v)`]);
  expect(told(machine, before)).toEqual([
    `${before + 1}: a free +0, b held by 2 with ${before + 1} +0, c held by 2 with 7 +0, expired 1 '' 10000`,
  ]);
});

test('a revision that only writes keys keeps nothing beside them', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('a');
  expect(machine.machine.objectEventsAt(2)).toBe(machine.machine.objectEventsAt(99));
});

test('an event says what a read of the lock shows, but for who waits', () => {
  const machine = new TestMachine();
  const [first, second] = [machine.open(), machine.open()];
  for (const session of [first, second]) {
    session.lock('l');
    const [recorded] = machine.machine.objectEventsAt(machine.revision);
    const read = machine.read({ kind: 'lockInspect', name: 'l', consistency: 'stale', limit: 16 });
    expect(recorded?.event).toEqual({ type: 'lock', name: 'l', state: { ...read, waiters: [] } });
  }
});

test('an event can be sent as it is', () => {
  const machine = new TestMachine();
  const session = machine.open({ name: 'n' });
  session.lock('größe');
  session.send({ kind: 'counterAdd', name: 'c', count: 3 });
  for (const { revision, objects } of machine.machine.events(0)) {
    const events = objects.map(({ event }) => event);
    const notice = { kind: 'batch', revision: revision as Revision, events, partial: false } as const;
    expect(decodeWatchNotice(encodeWatchNotice({ watchIds: [1], notice })).notice).toEqual(notice);
  }
});

test('it is part of the state: of the hash, the encoding and the clone, until it is compacted', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.lock('l');
  session.unlock('l', 1);
  const copy = new TestMachine(machine.machine.clone());
  expect(told(copy)).toEqual(told(machine));
  copy.machine.verify();
  const [recorded] = copy.machine.objectEventsAt(2);
  const kept = recorded as LockEvent & { name: string };
  kept.name = 'm';
  expect(() => copy.machine.verify()).toThrow('running hash');
  expect(copy.machine.encode()).not.toEqual(machine.machine.encode());
  kept.name = 'l';
  expect(copy.machine.encode()).toEqual(machine.machine.encode());
  const { hash } = machine.machine;
  const encoded = machine.machine.encode();
  copy.compact(2);
  expect(told(copy, 2)).toEqual(['3: l free +0']);
  expect(copy.machine.hash).not.toBe(hash);
  copy.compact(3);
  expect(copy.machine.historySize).toEqual({ revisions: 0, bytes: 0 });
  copy.machine.verify();
  expect(machine.machine.encode()).toEqual(encoded);
  expect(machine.machine.hash).toBe(hash);
});

const terms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: bytes('') } as const;

test('several locks at once are told in one revision, each by itself', () => {
  const machine = new TestMachine();
  const [first, second] = [machine.open(), machine.open()];
  first.lock('b'); // 3
  second.send({ kind: 'lockAcquire', name: 'a', wait: true, terms: { ...terms, otherNames: ['b', 'c'] } }); // 4
  first.unlock('b', 1); // 5
  expect(told(machine, 3)).toEqual([
    '4: a free +1, b held by 1 with 3 +1, c free +1',
    '5: a held by 2 with 5 +0, b held by 2 with 5 +0, c held by 2 with 5 +0',
  ]);
});

test('a note that changes is told, of a holder; the same note again, or that of one who waits, is not', () => {
  const machine = new TestMachine();
  const [first, second] = [machine.open(), machine.open()];
  const held = first.lock('l').sequence; // 3
  const waiting = second.lock('l').sequence; // 4
  first.send({ kind: 'lockSetNote', name: 'l', sequence: held, note: bytes(' n') }); // 5
  first.send({ kind: 'lockSetNote', name: 'l', sequence: held, note: bytes(' n') }); // 6
  second.send({ kind: 'lockSetNote', name: 'l', sequence: waiting, note: bytes(' w') }); // 7
  first.unlock('l', held); // 8
  expect(told(machine, 4)).toEqual(['5: l held by 1 with 3 n +1', '8: l held by 2 with 8 w +0']);
});

test('a lock-delay is told as it begins and as it ends', () => {
  const machine = new TestMachine();
  const owner = machine.open(); // 1
  owner.send({ kind: 'lockAcquire', name: 'l', wait: true, terms: { ...terms, delayMs: 500 } }); // 2
  machine.expire(owner); // 3
  machine.internal({ kind: 'endLockDelay', name: 'l', sinceRevision: 3 as Revision }); // 4
  expect(told(machine, 2)).toEqual(["3: l closed +0, expired 1 '' 10000", '4: l free +0']);
});

test('of many holders the first are listed, and all are counted', () => {
  const machine = new TestMachine();
  const session = machine.open();
  for (let count = 0; count < 20; count++) {
    session.send({ kind: 'lockAcquire', name: 'l', wait: true, terms: { ...terms, mode: 'shared' } });
  }
  const [last] = machine.machine.objectEventsAt(machine.revision);
  expect(last?.event).toMatchObject({ state: { holderCount: 20 } });
  expect(last?.event.type === 'lock' && last.event.state.holders).toHaveLength(16);
});
