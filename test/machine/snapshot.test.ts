import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Machine } from '../../src/machine/machine.ts';
import { maxChunkBytes } from '../../src/replica/checkpoint.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { Operation } from '../../src/wire/operation.ts';
import { HistoryWriter, histories, type Step } from './arbitrary-history.ts';
import { bytes, put, TestMachine } from './harness.ts';
import { Model } from './model.ts';

const terms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: bytes('') } as const;

/** Read back, chunk by chunk. */
function readBack(machine: Machine, chunkBytes: number): Machine {
  const { slot, hash, chunks } = machine.snapshot();
  const copy = new Machine({ checksum: crc32 });
  const reader = copy.snapshotReader();
  for (const chunk of chunks(chunkBytes)) {
    reader.take(chunk);
    chunk.fill(0xff); // nothing of it may be kept
  }
  expect(copy.install(slot, hash, reader)).toBe(true);
  return copy;
}

function governanceOf({ governance }: Machine): unknown {
  const { featureLevel, settings, residentBytes } = governance;
  return { featureLevel, settings, residentBytes };
}

function expectEqual(one: Machine, other: Machine): void {
  other.verify();
  expect(other.encode()).toEqual(one.encode());
  expect(other.hash).toBe(one.hash);
  expect([other.revision, other.compactedRevision]).toEqual([one.revision, one.compactedRevision]);
  expect(other.historySize).toEqual(one.historySize);
  expect(governanceOf(other)).toEqual(governanceOf(one));
}

function operationsOf(steps: readonly Step[]): readonly Operation[] {
  const model = new Model();
  const writer = new HistoryWriter(model);
  return steps.flatMap((step) => {
    const operation = writer.next(step);
    if (operation !== undefined) model.apply(operation);
    return operation === undefined ? [] : [operation];
  });
}

/** Something of everything that a state holds. */
function prepared(): TestMachine {
  const machine = new TestMachine();
  const [first, second, third] = [
    machine.open({ name: 'first', metadata: [{ name: 'm', value: 'v' }] }),
    machine.open(),
    machine.open(),
  ];
  for (const key of ['a', 'b', 'c']) first.put(key, `${key} of old`);
  machine.compact(machine.revision);
  first.put('b', 'new', true);
  first.delete('c');
  first.put('d', 'x'.repeat(300));
  first.send({ kind: 'lockAcquire', name: 'l', wait: true, terms: { ...terms, note: bytes('note'), delayMs: 700 } });
  second.send({ kind: 'lockAcquire', name: 'k', wait: true, terms: { ...terms, otherNames: ['l', 'm'] } });
  for (const session of [first, second]) {
    session.send({ kind: 'lockAcquire', name: 's', wait: true, terms: { ...terms, mode: 'shared', note: bytes('n') } });
    session.send({ kind: 'lockAcquire', name: 'p', wait: true, terms: { ...terms, mode: 'permit', permits: 2 } });
  }
  third.send({ kind: 'lockAcquire', name: 'z', wait: true, terms: { ...terms, delayMs: 500 } });
  machine.expire(third);
  second.send({ kind: 'counterAdd', name: 'n', count: 5 });
  second.send({ kind: 'counterCompareAndSet', name: 'low', expected: 0n, value: -(2n ** 63n) });
  machine.internal({ kind: 'openBallot', ballot: { round: 3, nodeId: 'n1' as never } });
  return machine;
}

test('a state that is read back is the one that was written, however it is cut, and both go on in the same way', () => {
  fc.assert(
    fc.property(histories(120), fc.nat(), fc.constantFrom(1, 64, 1_000, 1_000_000), (steps, at, chunkBytes) => {
      const operations = operationsOf(steps);
      const cut = 1 + (at % operations.length);
      const machine = new TestMachine();
      for (const operation of operations.slice(0, cut)) machine.apply(operation);
      const copy = new TestMachine(readBack(machine.machine, chunkBytes));
      expectEqual(machine.machine, copy.machine);
      for (const operation of operations.slice(cut)) {
        const slot = machine.machine.appliedSlot;
        expect(copy.machine.appliedSlot).toBe(slot);
        expect(copy.apply(operation)).toEqual(machine.apply(operation));
      }
      machine.compact(Math.max(machine.revision - 3, 0));
      copy.compact(Math.max(machine.revision - 3, 0));
      expectEqual(machine.machine, copy.machine);
    }),
    { numRuns: 150 },
  );
});

test('all that a state can hold comes back', () => {
  const machine = prepared();
  const copy = new TestMachine(readBack(machine.machine, 100));
  expectEqual(machine.machine, copy.machine);
  for (let revision = machine.machine.compactedRevision as number; revision <= machine.revision; revision++) {
    expect(copy.everything(revision)).toEqual(machine.everything(revision));
  }
  const inspect = { kind: 'lockInspect', name: 's', consistency: 'stale', limit: 0 } as const;
  expect(copy.read(inspect)).toEqual(machine.read(inspect));
  const told = ({ machine: of }: TestMachine) =>
    [...of.events(of.compactedRevision)].map(({ revision, events, objects }) => ({
      revision,
      events: events.map(({ type, keyString, now: { value }, previous }) => ({
        type,
        keyString,
        value,
        before: previous?.value,
      })),
      objects: objects.map(({ event }) => event),
    }));
  expect(told(copy)).toEqual(told(machine));
});

test('an empty machine has a snapshot, too', () => {
  const machine = new TestMachine();
  machine.apply();
  expectEqual(machine.machine, readBack(machine.machine, 1));
});

test('a snapshot stays as it was, whatever happens after', () => {
  const machine = prepared();
  const { slot, revision, hash, chunks } = machine.machine.snapshot();
  const before = machine.machine.encode();
  const session = machine.open();
  const written: Uint8Array[] = [];
  for (const chunk of chunks(50)) {
    written.push(chunk);
    session.put('a', `${written.length}`);
    session.lock('q');
    if (written.length === 3) machine.compact(machine.revision);
  }
  expect(Buffer.concat(written)).toEqual(Buffer.from(before));
  expect([slot, revision, hash.length]).toEqual([machine.machine.appliedSlot - 2 * written.length - 2, revision, 16]);
});

test('what a snapshot reads keeps its place in memory until the snapshot is released, and no longer', () => {
  const machine = prepared();
  const session = machine.open();
  const overwrite = (times: number): void => {
    for (let count = 0; count < times; count++) session.put('a', `${count}`.padEnd(300, 'x'));
    machine.compact(machine.revision);
  };
  overwrite(5);
  const before = machine.machine.encode();
  const snapshot = machine.machine.snapshot();
  expect(machine.machine.heldSnapshots).toBe(1);
  overwrite(100);
  expect(Buffer.concat([...snapshot.chunks(100)])).toEqual(Buffer.from(before));
  machine.machine.verify();
  const rest = snapshot.chunks(1);
  rest.next();
  snapshot.release();
  snapshot.release();
  expect(machine.machine.heldSnapshots).toBe(0);
  expect(() => rest.next()).toThrow('before it is released');
  expect(() => snapshot.chunks(100).next()).toThrow('before it is released');
  machine.machine.verify();
});

test('a chunk is about as long as asked, and holds at least one record', () => {
  const machine = prepared();
  for (const chunkBytes of [1, 100, 10_000]) {
    const lengths = [...machine.machine.snapshot().chunks(chunkBytes)].map(({ length }) => length);
    expect(Math.max(...lengths)).toBeLessThan(chunkBytes + 500);
    for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThanOrEqual(chunkBytes);
  }
});

describe('what is not the state that was written is not installed', () => {
  const { machine } = prepared();
  const { slot, hash, chunks } = machine.snapshot();
  const whole = [...chunks(200)];

  const tried = (parts: readonly Uint8Array[]): Machine | undefined => {
    const copy = new Machine({ checksum: crc32 });
    const reader = copy.snapshotReader();
    try {
      for (const part of parts) reader.take(part);
      return copy.install(slot, hash, reader) ? copy : undefined;
    } catch {
      return undefined;
    }
  };

  test('whole it is', () => {
    expect(tried(whole)?.encode()).toEqual(machine.encode());
  });

  test.each(whole.map((_, index) => index))('without chunk %i', (index) => {
    expect(tried(whole.filter((_, at) => at !== index))).toBeUndefined();
  });

  test('with two chunks exchanged, or one twice', () => {
    for (let at = 1; at < whole.length; at++) {
      const exchanged = whole.with(at, whole[at - 1] as Uint8Array).with(at - 1, whole[at] as Uint8Array);
      const installed = tried(exchanged);
      // Records of one kind may come in another order where the order says nothing.
      if (installed !== undefined) expect(installed.encode()).toEqual(machine.encode());
      expect(tried(whole.toSpliced(at, 0, whole[at] as Uint8Array))).toBeUndefined();
    }
  });

  test('with any byte altered', () => {
    const all = Buffer.concat(whole);
    for (let at = 0; at < all.length; at++) {
      const altered = Buffer.from(all);
      altered[at] = (altered[at] as number) ^ (1 << (at % 8));
      const installed = tried([altered]);
      if (installed !== undefined) expect(installed.encode()).toEqual(machine.encode());
    }
  });

  test('and a machine does not go back', () => {
    const copy = new Machine({ checksum: crc32 });
    const [reader, again] = [copy.snapshotReader(), copy.snapshotReader()];
    for (const chunk of whole) reader.take(chunk);
    for (const chunk of whole) again.take(chunk);
    expect(copy.install(slot, hash, reader)).toBe(true);
    expect(() => copy.install(slot, hash, again)).toThrow('is installed at slot');
  });

  test('nor with a field of a later version', () => {
    const reader = new Machine({ checksum: crc32 }).snapshotReader();
    expect(() => reader.take(new Uint8Array([0xa0, 0x06, 0x01]))).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });
});

test('a watch goes on where the history goes on', () => {
  const machine = prepared();
  const copy = new TestMachine(readBack(machine.machine, 100));
  const session = copy.adopt(copy.open().id);
  session.put('a', 'later');
  const [last] = [...copy.machine.events(copy.revision - 1)];
  expect(last?.events.map(({ previous }) => previous && Buffer.from(previous.value).toString())).toEqual(['a of old']);
  expect(last?.revision).toBe(copy.revision as Revision);
  expect(put('a', 'x').kind).toBe('put');
});

test('a chunk with the longest answer that a session may remember is still one that a disk takes', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const long = 'x'.repeat(1_000_000);
  for (const key of ['a', 'b', 'c', 'd']) session.put(key, long);
  const get = (key: string) => ({ kind: 'get', key: bytes(key) }) as const;
  session.send({ kind: 'transaction', if: [], then: ['a', 'b', 'c', 'd'].map(get), else: [] });
  const lengths = Array.from(machine.machine.snapshot().chunks(256 * 1024), ({ length }) => length);
  expect(Math.max(...lengths)).toBeGreaterThan(4_000_000);
  expect(Math.max(...lengths)).toBeLessThan(maxChunkBytes);
  expect(readBack(machine.machine, 256 * 1024).hash).toBe(machine.machine.hash);
});
