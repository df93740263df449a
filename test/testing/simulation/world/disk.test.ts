import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../../src/paxos/record.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import { type FailedWrite, SimulatedDisk } from '../../../../src/testing/simulation/world/disk.ts';
import { EventQueue } from '../../../../src/testing/simulation/world/event-queue.ts';
import { zeroBallot } from '../../../../src/wire/ballot.ts';

function record(sequence: number, slots: readonly number[] = []): JournalRecord {
  const accepted = slots.map((slot) => ({
    slot,
    ballot: zeroBallot,
    value: new Uint8Array([sequence]),
    chosen: false,
  }));
  return { sequence, promised: zeroBallot, chosenThrough: 0, accepted, seen: [], genesis: undefined, formed: false };
}

function world(): { queue: EventQueue; disk: SimulatedDisk; results: (FailedWrite | undefined)[]; run: () => void } {
  const queue = new EventQueue();
  const disk = new SimulatedDisk({ diskUs: 100, diskJitterUs: 0 }, queue, new RandomStream(1));
  const results: (FailedWrite | undefined)[] = [];
  return { queue, disk, results, run: () => void (queue.runNext(1e9) && undefined) };
}

test('a record is durable when its write is complete, not before', () => {
  const { disk, results, run } = world();
  disk.write(record(1), (failure) => {
    results.push(failure);
    disk.journal.complete();
  });
  expect([disk.journal.last, disk.journal.pending?.sequence]).toEqual([undefined, 1]);
  run();
  expect(results).toEqual([undefined]);
  expect(disk.journal.last?.sequence).toBe(1);
});

test('the disk shares no memory with the replica', () => {
  const { disk, run } = world();
  const written = record(1, [1]);
  disk.write(written, () => disk.journal.complete());
  written.accepted[0]?.value.fill(9);
  run();
  expect(disk.journal.slot(1)?.value).toEqual(new Uint8Array([1]));
});

test('a second record while one is being written is a fault of the replica', () => {
  const { disk } = world();
  disk.write(record(1), () => {});
  expect(() => disk.write(record(2), () => {})).toThrow('one write at a time');
});

test('a write that fails says so, once', () => {
  const { disk, results, run } = world();
  disk.failNext = 'lost';
  for (const sequence of [1, 2]) {
    disk.write(record(sequence), (failure) => {
      results.push(failure);
      disk.journal.discard();
    });
    run();
  }
  expect(results).toEqual(['lost', undefined]);
});

test('a write that was settled by a crash is not completed later', () => {
  const { disk, results, run } = world();
  disk.write(record(1), (failure) => results.push(failure));
  disk.journal.discard();
  run();
  expect(results).toEqual([]);
});

test('what hangs in a slow disk is written soon after it is healed', () => {
  const { queue, disk } = world();
  disk.slowness = 1_000;
  disk.write(record(1), () => disk.journal.complete());
  disk.heal();
  while (queue.runNext(1_000));
  expect(disk.journal.last?.sequence).toBe(1);
});

test('slots are read in order from the newest record of each, up to a number of bytes', () => {
  const { disk, run } = world();
  for (const [index, slots] of [[1, 2, 3], [2], [5]].entries()) {
    disk.write(record(index + 1, slots), () => disk.journal.complete());
    run();
  }
  const read = (bytes: number): number[] =>
    disk.journal.readSlots(1, 9, bytes).map(({ slot, value }) => 10 * slot + (value[0] ?? 0));
  expect(read(100)).toEqual([11, 22, 31]);
  expect(read(2)).toEqual([11, 22]);
  expect(read(0)).toEqual([11]);
});
