import { describe, expect, test } from 'vitest';
import type { AcceptedSlot, JournalRecord } from '../../../../src/paxos/record.ts';
import { claimedCrc, encodeRecord } from '../../../../src/storage/record-codec.ts';
import { StorageError } from '../../../../src/storage/storage-error.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import { SimulatedDisk, type WriteOutcome } from '../../../../src/testing/simulation/world/disk.ts';
import { EventQueue } from '../../../../src/testing/simulation/world/event-queue.ts';
import { zeroBallot } from '../../../../src/wire/ballot.ts';

function record(sequence: number, slots: readonly number[] = [], byte = sequence): JournalRecord {
  const accepted = slots.map((slot) => ({ slot, ballot: zeroBallot, value: new Uint8Array([byte]), chosen: false }));
  return {
    sequence,
    promised: zeroBallot,
    chosenThrough: 0,
    trimmedThrough: 0,
    configuration: undefined,
    accepted,
    seen: [],
    genesis: undefined,
    formed: false,
  };
}

class Bench {
  readonly queue = new EventQueue();
  readonly disk: SimulatedDisk;
  readonly outcomes: WriteOutcome[] = [];

  constructor(seed = 1) {
    this.disk = new SimulatedDisk('first', { diskUs: 100, diskJitterUs: 0 }, this.queue, new RandomStream(seed));
    this.disk.open();
  }

  begin(next: JournalRecord): void {
    this.disk.write(next, (outcome) => this.outcomes.push(outcome));
  }

  write(...slotsOfRecords: readonly (readonly number[])[]): void {
    for (const slots of slotsOfRecords) {
      this.begin(record((this.disk.journal.last?.sequence ?? 0) + 1, slots));
      this.run(1_000);
    }
  }

  run(forUs: number): void {
    const untilUs = this.queue.nowUs + forUs;
    while (this.queue.runNext(untilUs));
  }

  read(fromSlot: number, toSlot: number, maxBytes = 1_000): readonly AcceptedSlot[] | StorageError | undefined {
    let answer: readonly AcceptedSlot[] | StorageError | undefined;
    this.disk.read(fromSlot, toSlot, maxBytes, (found) => {
      answer = found;
    });
    this.run(1_000);
    return answer;
  }

  get sequences(): number[] {
    return this.disk.open().records.map(({ sequence }) => sequence);
  }
}

/** Why the disk cannot be opened. */
function refusal(disk: SimulatedDisk): string | undefined {
  try {
    disk.open();
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error.code;
    throw error;
  }
}

describe('writes', () => {
  test('a record is durable when its write is complete, not before', () => {
    const bench = new Bench();
    bench.begin(record(1));
    expect([bench.disk.journal.last, bench.disk.journal.pending?.sequence]).toEqual([undefined, 1]);
    bench.run(1_000);
    expect(bench.outcomes).toMatchObject([{ durable: { sequence: 1 }, failure: undefined }]);
    expect(bench.sequences).toEqual([1]);
  });

  test('the disk shares no memory with the replica', () => {
    const bench = new Bench();
    const written = record(1, [1]);
    bench.begin(written);
    written.accepted[0]?.value.fill(9);
    bench.run(1_000);
    expect(bench.disk.journal.slot(1)?.value).toEqual(new Uint8Array([1]));
    expect(bench.disk.open().records[0]?.accepted[0]?.value).toEqual(new Uint8Array([1]));
  });

  test('a second record while one is being written, or one out of order, is a fault of the replica', () => {
    const bench = new Bench();
    expect(() => bench.begin(record(2))).toThrow('no assertion fails');
    const other = new Bench();
    other.begin(record(1));
    expect(() => other.begin(record(2))).toThrow('one write at a time');
  });

  test.each(['lost', 'kept'] as const)('a write that fails says so, and its record is %s', (fate) => {
    const bench = new Bench();
    bench.disk.failNext = fate;
    bench.begin(record(1));
    bench.run(1_000);
    expect(bench.outcomes[0]?.failure).toBe('IO_ERROR');
    expect(bench.sequences).toEqual(fate === 'kept' ? [1] : []);
    expect(bench.disk.failNext).toBeUndefined();
  });

  test('without space nothing is written, and a start may fail; with space all is as it was', () => {
    const bench = new Bench();
    bench.write([1]);
    bench.disk.full = true;
    bench.begin(record(2));
    bench.run(1_000);
    expect(bench.outcomes.at(-1)).toEqual({ durable: undefined, failure: 'DISK_FULL' });
    const refusals = new Set(Array.from({ length: 20 }, () => refusal(bench.disk)));
    expect(refusals).toEqual(new Set(['DISK_FULL', undefined]));
    bench.disk.full = false;
    expect(bench.sequences).toEqual([1]);
  });
});

describe('reads', () => {
  test('slots are read in order, of each the record that counts, up to a number of bytes', () => {
    const bench = new Bench();
    bench.write([1, 2, 3], [2], [5]);
    const read = (bytes: number): number[] =>
      (bench.read(1, 9, bytes) as readonly AcceptedSlot[]).map(({ slot, value }) => 10 * slot + (value[0] ?? 0));
    expect(read(1_000)).toEqual([11, 22, 31]);
    expect(read(0)).toEqual([11]);
  });

  test('one fails, and the next start too if it is that one; what follows is read', () => {
    const bench = new Bench();
    bench.write([1]);
    bench.disk.failNextRead = true;
    expect(bench.read(1, 1)).toMatchObject({ code: 'IO_ERROR' });
    bench.disk.failNextRead = true;
    expect([refusal(bench.disk), refusal(bench.disk)]).toEqual(['IO_ERROR', undefined]);
    expect(bench.read(1, 1)).toMatchObject([{ slot: 1 }]);
  });

  test('one that meets damage says so', () => {
    const bench = new Bench();
    bench.write([1], [2]);
    bench.disk.image.frames.set(1, new Uint8Array(20));
    expect(bench.read(1, 2)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });

  test('one of a process that is gone is not answered', () => {
    const bench = new Bench();
    bench.write([1]);
    let answered = false;
    bench.disk.read(1, 1, 100, () => {
      answered = true;
    });
    bench.disk.crash('lost', false);
    bench.disk.open();
    bench.run(10_000);
    expect(answered).toBe(false);
  });
});

describe('crashes', () => {
  test.each(['lost', 'kept', 'torn'] as const)('the record being written is %s', (fate) => {
    const bench = new Bench();
    bench.write([1]);
    bench.begin(record(2));
    const found = bench.disk.crash(fate, false);
    bench.run(10_000);
    expect(bench.outcomes).toHaveLength(1);
    expect(found?.sequence).toBe(fate === 'kept' ? 2 : undefined);
    expect(bench.disk.torn).toBe(fate === 'torn');
    expect(bench.sequences).toEqual(fate === 'kept' ? [1, 2] : [1]);
    expect(bench.disk.condition).toBe('whole');
  });

  test('of the process leave the witness at most one record behind; of the machine anywhere, or nowhere', () => {
    const marks = (ofMachine: boolean): Set<number | undefined> => {
      const seen = new Set<number | undefined>();
      for (let seed = 1; seed < 60; seed++) {
        const bench = new Bench(seed);
        bench.write([1], [2], [3]);
        bench.disk.crash('lost', ofMachine);
        seen.add(bench.disk.image.witness?.sequence);
      }
      return seen;
    };
    expect(marks(false)).toEqual(new Set([3, 2]));
    expect(marks(true)).toEqual(new Set([3, 2, 1, undefined]));
  });

  test('a start brings the witness up to date', () => {
    const bench = new Bench();
    bench.write([1], [2]);
    bench.disk.crash('lost', false);
    bench.disk.image.witness = undefined;
    bench.disk.open();
    expect(bench.disk.image.witness).toMatchObject({ sequence: 2 });
  });
});

describe('a trimmed journal', () => {
  const summary = {
    promised: zeroBallot,
    chosenThrough: 2,
    trimmedThrough: 2,
    configuration: undefined,
    seen: [],
    genesis: undefined,
    formed: true,
  };

  function trimmed(): Bench {
    const bench = new Bench();
    bench.write([1], [2], [3], [4]);
    let ended = 0;
    bench.disk.trim(2, summary, () => {
      ended += 1;
    });
    bench.run(1_000);
    expect(ended).toBe(1);
    return bench;
  }

  test('begins with what stands for the records that were given up, and is whole', () => {
    const bench = trimmed();
    bench.disk.crash('lost', false);
    const records = bench.disk.open().records;
    expect(records.map(({ sequence, trimmedThrough }) => [sequence, trimmedThrough])).toEqual([
      [2, 2],
      [3, 0],
      [4, 0],
    ]);
    expect([bench.disk.condition, bench.disk.coveredThrough]).toEqual(['whole', 2]);
  });

  test('does not mind that records come back which a crash of the machine had not yet deleted', () => {
    const seen = new Set<number>();
    for (let crashes = 0; crashes < 40; crashes++) {
      const bench = trimmed();
      for (let at = 0; at <= crashes % 8; at++) bench.disk.crash('lost', true);
      seen.add(bench.disk.image.frames.size);
      bench.disk.image.witness = undefined;
      expect(bench.disk.open().records).toHaveLength(3);
      expect(bench.disk.condition).toBe('whole');
    }
    expect(Math.max(...seen)).toBeGreaterThan(2);
  });

  test('without what stands for them is damaged', () => {
    const bench = trimmed();
    bench.disk.crash('lost', false);
    bench.disk.image.anchor = undefined;
    expect(bench.disk.condition).toBe('damaged');
    expect(refusal(bench.disk)).toBe('JOURNAL_DAMAGED');
  });

  test('that was trimmed through a record which had come in the place of another is damaged, though that record is gone', () => {
    const bench = new Bench();
    bench.write([1], [2], [3], [4]);
    const { frames } = bench.disk.image;
    frames.set(2, encodeRecord(record(2, [2], 99), claimedCrc(frames.get(1) ?? new Uint8Array())));
    expect(bench.disk.condition).toBe('damaged');
    bench.disk.trim(2, summary, (error) => expect(error).toBeUndefined());
    bench.run(1_000);
    expect([...frames.keys()]).toEqual([3, 4]);
    expect(bench.disk.condition).toBe('damaged');
    bench.disk.crash('lost', false);
    expect(refusal(bench.disk)).toBe('JOURNAL_DAMAGED');
  });

  test('is rolled back to what it held then', () => {
    const bench = trimmed();
    bench.write([5], [6]);
    bench.disk.crash('lost', false);
    bench.disk.rollBack(5);
    expect([bench.sequences, bench.disk.condition]).toEqual([[2, 3, 4, 5], 'shortened']);
    bench.disk.crash('lost', false);
    bench.disk.rollBack(2);
    expect(bench.sequences).toEqual([1, 2]);
  });
});

describe('time', () => {
  test('what hangs in a slow disk is written soon after it is healed', () => {
    const bench = new Bench();
    bench.disk.time.slowness = 1_000;
    bench.begin(record(1));
    bench.disk.heal();
    bench.run(1_000);
    expect(bench.disk.journal.last?.sequence).toBe(1);
  });

  test('a disk that hangs ends nothing before it goes on, or is healed', () => {
    const bench = new Bench();
    bench.begin(record(1));
    bench.disk.time.hang(60_000_000);
    bench.run(59_000_000);
    expect([bench.disk.time.hangs, bench.outcomes]).toEqual([true, []]);
    bench.run(2_000_000);
    expect(bench.outcomes).toHaveLength(1);
    bench.disk.time.hang(60_000_000);
    bench.begin(record(2));
    bench.run(1_000_000);
    bench.disk.heal();
    bench.run(1_000);
    expect(bench.outcomes).toHaveLength(2);
  });
});

test('a directory that was wiped is another one, and what was written to it is lost', () => {
  const bench = new Bench();
  bench.write([1]);
  bench.disk.crash('lost', false);
  bench.disk.wipe('second');
  expect([bench.disk.incarnation, bench.sequences, bench.disk.condition]).toEqual(['second', [], 'shortened']);
  bench.disk.acceptLoss();
  bench.write([7]);
  expect([bench.sequences, bench.disk.condition]).toEqual([[1], 'whole']);
});
