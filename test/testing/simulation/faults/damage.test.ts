import { describe, expect, test } from 'vitest';
import type { JournalRecord } from '../../../../src/paxos/record.ts';
import { StorageError } from '../../../../src/storage/storage-error.ts';
import * as damage from '../../../../src/testing/simulation/faults/damage.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import { SimulatedDisk } from '../../../../src/testing/simulation/world/disk.ts';
import { EventQueue } from '../../../../src/testing/simulation/world/event-queue.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';

const lastSequence = 6;

function record(sequence: number, byte: number): JournalRecord {
  const ballot = { round: sequence, nodeId: 'n1' as NodeId };
  const accepted = [{ slot: sequence, ballot, value: new Uint8Array([byte]), chosen: false }];
  return {
    sequence,
    promised: ballot,
    chosenThrough: 0,
    trimmedThrough: 0,
    configuration: undefined,
    accepted,
    seen: [],
    genesis: undefined,
    formed: true,
  };
}

/** The fourth record was being written when a crash came, and was written anew with another content. */
function writtenDisk(): SimulatedDisk {
  const queue = new EventQueue();
  const disk = new SimulatedDisk('i', { diskUs: 1, diskJitterUs: 0 }, queue, new RandomStream(1));
  disk.open();
  for (let sequence = 1; sequence <= lastSequence; sequence++) {
    if (sequence === 4) {
      disk.write(record(sequence, 99), () => {});
      disk.crash('lost', false);
      disk.open();
    }
    disk.write(record(sequence, sequence), () => {});
    while (queue.runNext(queue.nowUs + 100));
  }
  disk.crash('lost', false);
  disk.image.witness = undefined;
  disk.open();
  disk.crash('lost', false);
  return disk;
}

/** With a witness that knows of the last record. */
function knowingDisk(): SimulatedDisk {
  const disk = writtenDisk();
  disk.open();
  return disk;
}

function problem(disk: SimulatedDisk): string {
  try {
    disk.open();
    return 'none';
  } catch (error) {
    if (error instanceof StorageError) return error.message;
    throw error;
  }
}

const ways: readonly (readonly [string, damage.Damage, RegExp])[] = [
  ['flipBit', damage.flipBit, /record \d+ does not match its checksum/],
  ['truncateRecord', damage.truncateRecord, /record \d+ does not match its checksum/],
  ['loseRecord', damage.loseRecord, /record \d+ is missing \(record/],
  ['loseTail', damage.loseTail, /missing from its end/],
  ['exchangeRecords', damage.exchangeRecords, /in the place of record \d+ is record \d+/],
  ['misdirectRecord', damage.misdirectRecord, /in the place of record \d+ is record \d+/],
  ['revertRecord', damage.revertRecord, /does not continue the one before it/],
  ['loseDatabase', damage.loseDatabase, /records 1 to 6 are missing/],
];

describe.each(ways)('%s', (_name, inflict, message) => {
  test('is noticed at the next start, for what it is', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const disk = knowingDisk();
      expect(inflict(disk, new RandomStream(seed))).toBe(true);
      expect(disk.condition).not.toBe('whole');
      expect(problem(disk)).toMatch(message);
    }
  });

  test('does nothing to a disk on which there is nothing', () => {
    const disk = new SimulatedDisk('i', { diskUs: 1, diskJitterUs: 0 }, new EventQueue(), new RandomStream(1));
    expect(inflict(disk, new RandomStream(1))).toBe(false);
    expect(problem(disk)).toBe('none');
  });
});

test('a stale record at the very end is given away by the witness alone', () => {
  const disk = knowingDisk();
  const { frames } = disk.image;
  for (const place of [5, 6]) frames.delete(place);
  const stale = disk.stale.get(4);
  if (stale === undefined) throw new Error('nothing was interrupted');
  disk.image.witness = undefined;
  expect(problem(disk)).toBe('none');
  expect(disk.image.witness).toMatchObject({ sequence: 4 });
  frames.set(4, stale);
  expect(problem(disk)).toMatch(/record 4 is not the one that this node wrote last/);
});

test.each([
  ['in a row', []],
  ['with a gap', [5]],
])('a tail is not lost from behind a stale record, which would look like the newest: %s', (_name, missing) => {
  for (let seed = 1; seed <= 40; seed++) {
    const disk = knowingDisk();
    disk.crash('lost', false);
    const stream = new RandomStream(seed);
    expect(damage.revertRecord(disk, stream)).toBe(true);
    for (const place of missing) disk.image.frames.delete(place);
    expect(damage.loseTail(disk, stream)).toBe(true);
    disk.image.witness = undefined;
    const { frames } = disk.image;
    expect(Math.max(0, ...frames.keys())).not.toBe(4);
    // Before a record that follows, it is still seen.
    if (frames.has(4)) expect(problem(disk)).toMatch(/does not continue the one before it|record 5 is missing/);
    else expect(disk.open().records).toHaveLength(frames.size);
    expect(disk.condition).toBe(frames.has(4) ? 'damaged' : 'shortened');
  }
});

test('an older image opens like any other: the disk alone cannot tell', () => {
  const disk = knowingDisk();
  disk.rollBack(3);
  expect(disk.condition).toBe('shortened');
  expect(disk.open().records).toHaveLength(3);
});
