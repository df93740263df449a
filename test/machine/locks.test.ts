import { describe, expect, test } from 'vitest';
import type { Sequence } from '../../src/wire/identifiers.ts';
import { TestMachine, type TestSession } from './harness.ts';

test('a free lock is granted at once, with the revision as its token', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const lock = session.lock('l');
  expect(lock).toMatchObject({ state: 'held', token: machine.revision });
  const { sequence, token } = lock;
  expect(machine.lock('l')).toMatchObject({ holder: { sessionId: session.id, sequence, token }, waiters: 0 });
  expect(machine.machine.acquisition('l', session.id, sequence)).toEqual({ state: 'held', token });
});

test('who does not wait is refused, and leaves no place', () => {
  const machine = new TestMachine();
  machine.open().lock('l');
  const other = machine.open();
  const { state, sequence } = other.lock('l', false);
  expect(state).toBe('refused');
  expect(machine.lock('l').waiters).toBe(0);
  expect(machine.machine.acquisition('l', other.id, sequence)).toEqual({ state: 'gone' });
});

test('waiters are served in the order of asking, each by the release before it', () => {
  const machine = new TestMachine();
  const sessions = [machine.open(), machine.open(), machine.open()] as const;
  const [a, b, c] = sessions;
  const first = a.lock('l');
  const asked = [c.lock('l'), b.lock('l'), c.lock('l')];
  expect(asked.map(({ state }) => state)).toEqual(['queued', 'queued', 'queued']);
  expect(machine.lock('l').waiters).toBe(3);

  const served: [number, number][] = [];
  const tokens = [first.token];
  let release = a.operation({ kind: 'lockRelease', name: 'l', sequence: first.sequence });
  for (let left = asked.length; left > 0; left--) {
    const { grants } = machine.apply(release);
    expect(grants).toHaveLength(1);
    const grant = grants[0];
    if (grant === undefined) throw new Error('nobody was granted the lock');
    expect(grant).toMatchObject({ name: 'l', token: machine.revision });
    served.push([grant.sessionId, grant.sequence]);
    tokens.push(grant.token);
    const holder = sessions.find(({ id }) => id === grant.sessionId) as TestSession;
    release = holder.operation({ kind: 'lockRelease', name: 'l', sequence: grant.sequence });
  }
  expect(served).toEqual([
    [c.id, asked[0]?.sequence],
    [b.id, asked[1]?.sequence],
    [c.id, asked[2]?.sequence],
  ]);
  expect(tokens).toEqual([...tokens].sort((x, y) => x - y));
  expect(new Set(tokens).size).toBe(tokens.length);
  expect(machine.apply(release).grants).toEqual([]);
  expect(machine.lock('l').holder).toBeUndefined();
});

test('tokens rise though a free lock leaves nothing behind', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.acknowledged = 0;
  const empty = machine.machine.encode().length;
  let last = 0;
  for (let round = 0; round < 20; round++) {
    const { token, sequence } = session.lock(`l${round % 2}`);
    expect(token).toBeGreaterThan(last);
    last = token;
    session.unlock(`l${round % 2}`, sequence);
    session.acknowledged = session.sequence;
  }
  session.close();
  machine.compact(machine.revision);
  expect(machine.machine.encode().length).toBeLessThan(empty);
});

test('it is not re-entrant: two acquisitions of one session exclude each other', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const first = session.lock('l');
  const second = session.lock('l');
  expect(second.state).toBe('queued');
  const { grants } = machine.apply(session.operation({ kind: 'lockRelease', name: 'l', sequence: first.sequence }));
  expect(grants).toMatchObject([{ sessionId: session.id, sequence: second.sequence }]);
});

describe('only the acquisition that holds a lock releases it', () => {
  test('not a waiter of the same session, nor another session with the same number', () => {
    const machine = new TestMachine();
    const [owner, other] = [machine.open(), machine.open()];
    const held = owner.lock('l');
    const waiting = owner.lock('l');
    expect(owner.unlock('l', waiting.sequence)).toBe(false);
    expect(other.unlock('l', held.sequence)).toBe(false);
    expect(machine.lock('l')).toMatchObject({ holder: { sequence: held.sequence }, waiters: 1 });
  });

  test('and none releases twice', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const { sequence } = session.lock('l');
    const next = machine.open().lock('l');
    expect(session.unlock('l', sequence)).toBe(true);
    expect(session.unlock('l', sequence)).toBe(false);
    expect(machine.lock('l').holder).toMatchObject({ sequence: next.sequence });
  });
});

describe('a cancel', () => {
  test('withdraws a place in the middle of the queue', () => {
    const machine = new TestMachine();
    const [a, b, c] = [machine.open(), machine.open(), machine.open()];
    const held = a.lock('l');
    const middle = b.lock('l');
    const last = c.lock('l');
    expect(b.cancel('l', middle.sequence)).toBe('withdrawn');
    expect(machine.machine.acquisition('l', b.id, middle.sequence)).toEqual({ state: 'gone' });
    const { grants } = machine.apply(a.operation({ kind: 'lockRelease', name: 'l', sequence: held.sequence }));
    expect(grants).toMatchObject([{ sessionId: c.id, sequence: last.sequence }]);
  });

  test('that meets the grant releases it', () => {
    const machine = new TestMachine();
    const [a, b, c] = [machine.open(), machine.open(), machine.open()];
    const held = a.lock('l');
    const met = b.lock('l');
    c.lock('l');
    const release = a.operation({ kind: 'lockRelease', name: 'l', sequence: held.sequence });
    const cancel = b.operation({ kind: 'lockCancel', name: 'l', sequence: met.sequence });
    const { grants } = machine.apply(release, cancel);
    expect(grants.map(({ sessionId }) => sessionId)).toEqual([b.id, c.id]);
    expect(machine.lock('l').holder?.sessionId).toBe(c.id);
  });

  test('of nothing finds nothing', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const { sequence } = session.lock('l');
    expect(session.cancel('other', sequence)).toBe('absent');
    expect(session.cancel('l', 77)).toBe('absent');
    expect(session.cancel('l', sequence)).toBe('released');
    expect(session.cancel('l', sequence)).toBe('absent');
  });
});

test('locks of different names do not touch each other', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const [a, b] = [session.lock('a'), session.lock('b')];
  session.unlock('b', b.sequence);
  expect(machine.machine.acquisition('a', session.id, a.sequence)).toEqual({ state: 'held', token: a.token });
  expect(machine.machine.acquisition('b', session.id, a.sequence)).toEqual({ state: 'gone' });
});

test('when a session ends, each of its locks passes to the next, in the one revision', () => {
  const machine = new TestMachine();
  const [dying, next] = [machine.open(), machine.open()];
  for (const name of ['b', 'a', 'c']) dying.lock(name);
  const places = ['c', 'a', 'b'].map((name) => next.lock(name).sequence as Sequence);
  const { grants } = machine.expire(dying);
  expect(grants.map(({ name, sequence, token }) => [name, sequence, token])).toEqual([
    ['a', places[1], machine.revision],
    ['b', places[2], machine.revision],
    ['c', places[0], machine.revision],
  ]);
});
