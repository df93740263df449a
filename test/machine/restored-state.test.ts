import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Machine } from '../../src/machine/machine.ts';
import { restoredState, unraisableCounter } from '../../src/machine/restored-state.ts';
import type { State } from '../../src/machine/state.ts';
import { stateChunks } from '../../src/machine/state-writer.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import { emptyBytes } from '../../src/wire/bytes.ts';
import type { Revision, Sequence } from '../../src/wire/identifiers.ts';
import { HistoryWriter, histories, type Step } from './arbitrary-history.ts';
import { bytes, TestMachine } from './harness.ts';
import { Model } from './model.ts';

const terms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: bytes('') } as const;
const everyKey = { from: emptyBytes, to: 'unbounded' } as const;

function stateOf(machine: Machine): State {
  const reader = new Machine({ checksum: crc32 }).snapshotReader();
  for (const chunk of machine.snapshot().chunks(1_000)) reader.take(chunk);
  return reader.finish();
}

function restored(machine: TestMachine, revision: number, raiseCounters = 0n): TestMachine {
  return new TestMachine(
    asMachine(restoredState(stateOf(machine.machine), { revision: revision as Revision, raiseCounters }, crc32)),
  );
}

/** By way of a checkpoint, as a node gets it. */
function asMachine(state: State): Machine {
  state.verify();
  const machine = new Machine({ checksum: crc32 });
  const reader = machine.snapshotReader();
  for (const chunk of stateChunks(state, 1_000)) reader.take(chunk);
  expect(machine.install(1, state.hash, reader)).toBe(true);
  return machine;
}

function machineAfter(steps: readonly Step[]): TestMachine {
  const model = new Model();
  const writer = new HistoryWriter(model);
  const machine = new TestMachine();
  for (const step of steps) {
    const operation = writer.next(step);
    if (operation === undefined) continue;
    model.apply(operation);
    machine.apply(operation);
  }
  return machine;
}

const keysOf = (state: State) =>
  [...state.keyspace.range(everyKey, state.history.revision)].map(
    ({ keyString, value, createRevision, modRevision, version, sessionId }) => ({
      keyString,
      value: Buffer.from(value).toString('hex'),
      createRevision,
      modRevision,
      version,
      sessionId,
    }),
  );

describe('of any history', () => {
  const raised = fc.constantFrom(0n, 1n, 1_000n);

  test('keys without an owner and counters are there as they were, and nothing else', () => {
    fc.assert(
      fc.property(histories(120), fc.integer({ min: 1, max: 2 ** 50 }), raised, (steps, ahead, raiseCounters) => {
        const backup = stateOf(machineAfter(steps).machine);
        const revision = (backup.history.revision + ahead) as Revision;
        fc.pre(unraisableCounter(backup, raiseCounters) === undefined);
        const state = restoredState(backup, { revision, raiseCounters }, crc32);
        state.verify();
        expect(keysOf(state)).toEqual(keysOf(backup).filter(({ sessionId }) => sessionId === 0));
        const counters = [...backup.counters.all()].map(([name, value]) => [name, value + raiseCounters]);
        expect([...state.counters.all()]).toEqual(counters.filter(([, value]) => value !== 0n));
        expect([state.sessions.count, state.locks.all(), [...state.locks.allClosures()]]).toEqual([0, [], []]);
        expect([state.history.revision, state.history.floor, state.historySize]).toEqual([
          revision,
          revision,
          { revisions: 0, bytes: 0 },
        ]);
        expect(state.openBallot.round).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('the same backup and plan make the same bytes, wherever they are restored; any other plan makes others', () => {
    fc.assert(
      fc.property(histories(60), fc.integer({ min: 1, max: 2 ** 50 }), (steps, ahead) => {
        const machine = machineAfter(steps);
        const backup = stateOf(machine.machine);
        const revision = (backup.history.revision + ahead) as Revision;
        const bytesOf = (plan: Parameters<typeof restoredState>[1]) =>
          Buffer.concat([...stateChunks(restoredState(stateOf(machine.machine), plan, crc32), 64)]).toString('hex');
        const once = bytesOf({ revision, raiseCounters: 0n });
        expect(bytesOf({ revision, raiseCounters: 0n })).toBe(once);
        expect(bytesOf({ revision: (revision + 1) as Revision, raiseCounters: 0n })).not.toBe(once);
      }),
      { numRuns: 50 },
    );
  });
});

describe('in a restored state', () => {
  test('tokens and session ids are above all that were given out, and the lock is free', () => {
    const machine = new TestMachine();
    const holder = machine.open();
    holder.send({ kind: 'lockAcquire', name: 'l', wait: false, terms });
    const old = machine.machine.acquisition('l', holder.id, holder.sequence as Sequence);
    const revision = machine.revision + 1_000_000;
    const next = restored(machine, revision);
    expect(next.machine.sessionCount).toBe(0);
    const session = next.open();
    session.send({ kind: 'lockAcquire', name: 'l', wait: false, terms });
    const token = next.machine.acquisition('l', session.id, session.sequence as Sequence);
    expect(old).toMatchObject({ state: 'held' });
    expect(token).toMatchObject({ state: 'held', token: revision + 2 });
    expect(session.id).toBeGreaterThan(revision);
    next.machine.verify();
  });

  test('a ballot of the new cluster is opened, though the old one had opened higher ones', () => {
    const machine = new TestMachine();
    machine.internal({ kind: 'openBallot', ballot: { round: 900, nodeId: 'n3' as never } });
    const next = restored(machine, machine.revision + 10);
    next.internal({ kind: 'openBallot', ballot: { round: 1, nodeId: 'n1' as never } });
    expect(next.machine.openBallot.round).toBe(1);
  });

  test('what lies before the new revision is compacted, the state at it can be read', () => {
    const machine = new TestMachine();
    machine.open().put('a', '1');
    const revision = (machine.revision + 7) as Revision;
    const next = restored(machine, revision);
    const get = { kind: 'get', key: bytes('a'), consistency: 'stale' } as const;
    expect(next.read({ ...get, revision: (revision - 1) as Revision })).toMatchObject({ code: 'COMPACTED' });
    expect(next.read({ ...get, revision })).toMatchObject({ kind: 'get' });
    expect(next.machine.oldestRevision).toBe(revision + 1);
  });
});

describe('what cannot be', () => {
  test('a revision that is not above that of the backup', () => {
    const machine = new TestMachine();
    machine.open().put('a', '1');
    expect(() => restored(machine, machine.revision)).toThrow(AssertionFailure);
  });

  test('a counter beyond 64 bits is named', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.send({ kind: 'counterAdd', name: 'few', count: 5 });
    session.send({ kind: 'counterCompareAndSet', name: 'many', expected: 0n, value: 2n ** 63n - 3n });
    const backup = stateOf(machine.machine);
    expect([unraisableCounter(backup, 2n), unraisableCounter(backup, 3n)]).toEqual([undefined, 'many']);
    expect(() => restored(machine, machine.revision + 1, 3n)).toThrow(AssertionFailure);
  });
});
