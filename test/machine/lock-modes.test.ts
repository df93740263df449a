import { describe, expect, test } from 'vitest';
import type { Revision, Sequence } from '../../src/wire/identifiers.ts';
import type { LockDetails, LockTerms } from '../../src/wire/lock-operation.ts';
import { bytes, expectKind, TestMachine, type TestSession } from './harness.ts';

const exclusive: LockTerms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: bytes('') };
const shared: LockTerms = { ...exclusive, mode: 'shared' };
const permit = (permits: number): LockTerms => ({ ...exclusive, mode: 'permit', permits });

interface Asked {
  readonly session: TestSession;
  readonly name: string;
  readonly sequence: Sequence;
  readonly state: string;
  readonly token: number;
}

function ask(session: TestSession, name: string, terms: LockTerms, wait = true): Asked {
  const { state, token } = expectKind(session.send({ kind: 'lockAcquire', name, wait, terms }), 'lock');
  return { session, name, sequence: session.sequence as Sequence, state, token };
}

function release({ session, name, sequence }: Asked): void {
  session.send({ kind: 'lockRelease', name, sequence });
}

function details(machine: TestMachine, name: string): LockDetails {
  return expectKind(machine.read({ kind: 'lockInspect', name, consistency: 'stale', limit: 0 }), 'lockDetails');
}

const held = (machine: TestMachine, { session, name, sequence }: Asked): number | undefined => {
  const found = machine.machine.acquisition(name, session.id, sequence);
  return found.state === 'held' ? found.token : undefined;
};

describe('a shared lock', () => {
  test('is held by several, with the token of the one who began the period', () => {
    const machine = new TestMachine();
    const [a, b] = [machine.open(), machine.open()];
    const [first, second] = [ask(a, 'l', shared), ask(b, 'l', shared)];
    expect([first.state, second.state]).toEqual(['held', 'held']);
    expect(second.token).toBe(first.token);
    release(first);
    // The period goes on as long as anybody is in it.
    expect(ask(a, 'l', shared).token).toBe(second.token);
    machine.machine.verify();
  });

  test('is closed to newcomers by a writer who waits, and the next period has a larger token', () => {
    const machine = new TestMachine();
    const [a, b] = [machine.open(), machine.open()];
    const reader = ask(a, 'l', shared);
    const writer = ask(b, 'l', exclusive);
    const late = [ask(a, 'l', shared), ask(b, 'l', shared)] as const;
    expect([writer.state, late[0].state, late[1].state]).toEqual(['queued', 'queued', 'queued']);
    expect(ask(a, 'l', shared, false).state).toBe('refused');
    release(reader);
    const token = held(machine, writer) ?? 0;
    expect(token).toBeGreaterThan(reader.token);
    release(writer);
    expect(late.map((one) => held(machine, one))).toEqual([machine.revision, machine.revision]);
    expect(machine.revision).toBeGreaterThan(token);
    machine.machine.verify();
  });
});

describe('permits', () => {
  test('are given out as often as they are asked to be, each with an id of its own', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const [first, second, third] = [1, 2, 3].map(() => ask(session, 's', permit(2))) as [Asked, Asked, Asked];
    expect([first.state, second.state, third.state]).toEqual(['held', 'held', 'queued']);
    expect(first.token).not.toBe(second.token);
    release(first);
    expect(held(machine, third)).toBeDefined();
    const ids = details(machine, 's').holders.map(({ token }) => token);
    expect(new Set(ids).size).toBe(2);
    machine.machine.verify();
  });

  test('that wait for an exclusive holder are all granted in one revision, with different ids', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const writer = ask(session, 's', exclusive);
    const waiting = [ask(session, 's', permit(3)), ask(session, 's', permit(3))];
    release(writer);
    const ids = waiting.map((one) => held(machine, one));
    expect(ids.every((id) => id !== undefined)).toBe(true);
    expect(new Set(ids).size).toBe(2);
  });

  test('fence nothing: a transaction cannot demand one', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const { token } = ask(session, 's', permit(1));
    const condition = { kind: 'lockHeld', name: 's', token } as const;
    const body = session.send({ kind: 'transaction', if: [condition], then: [], else: [] });
    expect(body).toMatchObject({ succeeded: false });
  });

  test('are not leaked on loss: they die with their session', () => {
    const machine = new TestMachine();
    const [dying, other] = [machine.open(), machine.open()];
    for (let count = 0; count < 3; count++) ask(dying, 's', permit(2));
    const waiting = ask(other, 's', permit(2));
    machine.expire(dying);
    expect(held(machine, waiting)).toBeDefined();
    expect(ask(other, 's', permit(2)).state).toBe('held');
    expect(details(machine, 's')).toMatchObject({ holderCount: 2, waiterCount: 0 });
  });
});

describe('several locks at once', () => {
  const both: LockTerms = { ...exclusive, otherNames: ['b'] };

  test('are granted together when all are free, and freed together', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const one = ask(session, 'b', exclusive);
    const two = ask(session, 'a', both);
    const behind = ask(session, 'a', exclusive);
    // `a` is free, but whoever asked first does not lose its turn.
    expect([two.state, behind.state]).toEqual(['queued', 'queued']);
    release(one);
    const token = held(machine, two);
    expect([details(machine, 'a').holders[0]?.token, details(machine, 'b').holders[0]?.token]).toEqual([token, token]);
    release(two);
    expect(held(machine, behind)).toBeDefined();
    expect(details(machine, 'b')).toMatchObject({ holderCount: 0, waiterCount: 0 });
    machine.machine.verify();
  });

  test('do not block each other for ever, in whatever order they are asked for', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const names = [
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
      ['a', 'b'],
      ['b', 'c'],
    ] as const;
    const asked = names.map(([name, other]) => ask(session, name, { ...exclusive, otherNames: [other] }));
    const served: number[] = [];
    while (served.length < asked.length) {
      const at = asked.findIndex((one, index) => !served.includes(index) && held(machine, one) !== undefined);
      expect(at, 'somebody holds').toBeGreaterThanOrEqual(0);
      served.push(at);
      release(asked[at] as Asked);
      machine.machine.verify();
    }
    expect(served).toEqual([0, 1, 2, 3, 4]);
  });

  test.each([
    ['that descend', { ...both, otherNames: ['0'] }],
    ['twice the same', { ...both, otherNames: ['a'] }],
    ['that are shared', { ...both, mode: 'shared' as const }],
    ['too many', { ...both, otherNames: Array.from({ length: 64 }, (_, at) => `b${String(at).padStart(3, '0')}`) }],
    ['with permits', { ...both, permits: 1 }],
  ])('are refused with names %s', (_what, terms) => {
    const body = new TestMachine().open().send({ kind: 'lockAcquire', name: 'a', wait: true, terms });
    expect(body).toMatchObject({ kind: 'error', code: 'INVALID_ARGUMENT' });
  });
});

describe('a lock-delay', () => {
  const delayed: LockTerms = { ...exclusive, delayMs: 500 };

  test('keeps the lock of a session that has expired closed until its end, and serves the queue then', () => {
    const machine = new TestMachine();
    const [dying, other] = [machine.open(), machine.open()];
    ask(dying, 'l', delayed);
    const waiting = ask(other, 'l', exclusive);
    const { delaysBegun, grants } = machine.expire(dying);
    const sinceRevision = machine.revision as Revision;
    expect(delaysBegun).toMatchObject([{ name: 'l', sinceRevision, delayMs: 500 }]);
    expect(grants).toEqual([]);
    expect(machine.lock('l')).toMatchObject({ holder: undefined, waiters: 1, closed: true });
    expect(ask(other, 'l', exclusive, false).state).toBe('refused');
    machine.machine.verify();
    const copy = machine.machine.clone();
    copy.verify();
    expect(copy.encode()).toEqual(machine.machine.encode());

    const early = machine.internal({ kind: 'endLockDelay', name: 'l', sinceRevision: (sinceRevision - 1) as Revision });
    expect([early.grants, early.delaysEnded]).toEqual([[], []]);
    const ended = machine.internal({ kind: 'endLockDelay', name: 'l', sinceRevision });
    expect([ended.grants.length, ended.delaysEnded]).toEqual([1, ['l']]);
    expect(held(machine, waiting)).toBe(machine.revision);
    const again = machine.internal({ kind: 'endLockDelay', name: 'l', sinceRevision });
    expect([again.grants, again.delaysEnded]).toEqual([[], []]);
  });

  test('does not follow a release, nor a session that was closed', () => {
    const machine = new TestMachine();
    const [a, b, c] = [machine.open(), machine.open(), machine.open()];
    release(ask(a, 'l', delayed));
    const second = ask(b, 'l', delayed);
    expect(second.state).toBe('held');
    b.send({ kind: 'closeSession' });
    expect(ask(c, 'l', exclusive).state).toBe('held');
  });

  test('leaves nothing behind when nobody waits at its end', () => {
    const machine = new TestMachine();
    const dying = machine.open();
    const before = machine.machine.hash;
    ask(dying, 'l', delayed);
    machine.expire(dying);
    machine.internal({ kind: 'endLockDelay', name: 'l', sinceRevision: machine.revision as Revision });
    expect(details(machine, 'l')).toMatchObject({ holderCount: 0, waiterCount: 0, closedSince: 0 });
    expect([...machine.machine.lockDelays()]).toEqual([]);
    expect(machine.machine.hash).not.toBe(before);
    machine.machine.verify();
  });
});

describe('an operator', () => {
  test('takes a lock away by its token, once; the next token is larger', () => {
    const machine = new TestMachine();
    const [holder, operator] = [machine.open(), machine.open()];
    const lost = ask(holder, 'l', exclusive);
    const next = ask(operator, 'l', exclusive);
    const forced = machine.apply(operator.operation({ kind: 'lockForceRelease', name: 'l', token: lost.token }));
    expect(forced.revoked).toEqual([{ sessionId: holder.id, sequence: lost.sequence }]);
    expect(held(machine, next)).toBeGreaterThan(lost.token);
    const again = operator.send({ kind: 'lockForceRelease', name: 'l', token: lost.token });
    expect(again).toEqual({ kind: 'lockForceReleased', released: 0 });
    expect(holder.send({ kind: 'lockRelease', name: 'l', sequence: lost.sequence })).toMatchObject({
      released: false,
    });
  });

  test('ends a whole period of a shared lock', () => {
    const machine = new TestMachine();
    const [a, b, operator] = [machine.open(), machine.open(), machine.open()];
    const { token } = ask(a, 'l', shared);
    ask(b, 'l', shared);
    const body = operator.send({ kind: 'lockForceRelease', name: 'l', token });
    expect(body).toEqual({ kind: 'lockForceReleased', released: 2 });
    expect(machine.lock('l')).toMatchObject({ holder: undefined, holders: 0 });
  });
});

test('a note is there for others to read, while one waits and while one holds', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const first = ask(session, 'l', { ...exclusive, note: bytes('first') });
  const second = ask(session, 'l', { ...exclusive, note: bytes('second') });
  session.send({ kind: 'lockSetNote', name: 'l', sequence: first.sequence, note: bytes('changed') });
  const { holders, waiters } = details(machine, 'l');
  expect([holders[0]?.note, waiters[0]?.note]).toEqual([bytes('changed'), bytes('second')]);
  release(first);
  expect(details(machine, 'l').holders[0]?.note).toEqual(bytes('second'));
  const late = session.send({ kind: 'lockSetNote', name: 'l', sequence: first.sequence, note: bytes('late') });
  expect(late).toEqual({ kind: 'lockNoted', noted: false });
  expect(
    session.send({ kind: 'lockSetNote', name: 'l', sequence: second.sequence, note: new Uint8Array(5000) }),
  ).toMatchObject({ kind: 'error', code: 'VALUE_TOO_LARGE' });
  machine.machine.verify();
});
