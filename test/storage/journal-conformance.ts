import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AcceptedSlot } from '../../src/paxos/record.ts';
import type { Journal } from '../../src/storage/ports.ts';
import { supersedes } from '../../src/storage/slot-index.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import { utf8Text } from '../../src/wire/bytes.ts';
import { appendAll, filled, storageError } from './journals.ts';
import { acceptedOf, anyRecord, node1, recordOf, slotRecord, slotRecords } from './records.ts';
import { scanned, started } from './started.ts';

/** Where a journal lies: every journal made from one place is on the same data. */
export interface JournalPlace {
  journal(): Journal;
}

/** What the port promises, whatever is behind it. */
export function describeJournal(name: string, makePlace: () => Promise<JournalPlace>): void {
  describe(`${name} as a journal`, () => {
    test('is empty when new', async () => {
      const journal = (await makePlace()).journal();
      await journal.open();
      expect(await scanned(journal)).toEqual([]);
      await journal.close();
    });

    test('gives back every record, in order, after it was opened again', async () => {
      const place = await makePlace();
      const records = [
        recordOf(1, {
          genesis: {
            clusterId: 'c',
            clusterName: 'name',
            members: [{ nodeId: node1, incarnation: 'i', address: 'localhost:7101' }],
            settings: { leaseMs: 200, clockDriftPermille: 100, leases: true },
          },
        }),
        recordOf(2, { formed: true, seen: [{ nodeId: node1, incarnation: 'i', sequence: 7 }] }),
        ...slotRecords(300).slice(2),
      ];
      await filled(place.journal(), records);
      const again = place.journal();
      await again.open();
      expect(await scanned(again)).toEqual(records);
      await again.close();
    });

    test('goes on where it ended, as often as it is opened', async () => {
      const place = await makePlace();
      for (let opening = 0; opening < 4; opening++) {
        const journal = place.journal();
        await journal.open();
        const records = await scanned(journal);
        expect(records).toHaveLength(opening * 3);
        await appendAll(journal, slotRecords(records.length + 3).slice(records.length));
        await journal.close();
      }
    });

    test('can be scanned again while it is in use', async () => {
      const journal = await started((await makePlace()).journal());
      await appendAll(journal, slotRecords(5));
      expect(await scanned(journal)).toEqual(slotRecords(5));
      await journal.append(slotRecord(6));
      await journal.close();
    });

    test('takes group commits of many and of large values', async () => {
      const place = await makePlace();
      const large = Array.from({ length: 5 }, (_, index) =>
        acceptedOf(index + 1, 1, new Uint8Array(1024 * 1024).fill(index)),
      );
      const many = Array.from({ length: 4096 }, (_, index) => acceptedOf(index + 6, 1, `value ${index}`));
      await filled(place.journal(), [recordOf(1, { accepted: large }), recordOf(2, { accepted: many }), recordOf(3)]);
      const again = place.journal();
      await again.open();
      const [first, second, third] = await scanned(again);
      expect(first?.accepted.map(({ value }) => [value.length, value[0], value.at(-1)])).toEqual(
        large.map((_, index) => [1024 * 1024, index, index]),
      );
      expect(second?.accepted).toEqual(many);
      expect(third).toEqual(recordOf(3));
      await again.close();
    });

    test('refuses a record that is not the next', async () => {
      const journal = await started((await makePlace()).journal());
      await appendAll(journal, slotRecords(2));
      await expect(journal.append(slotRecord(2))).rejects.toThrow(AssertionFailure);
      await expect(journal.append(slotRecord(4))).rejects.toThrow(AssertionFailure);
      await journal.append(slotRecord(3));
      await journal.close();
    });

    test('refuses a second append while one is under way', async () => {
      const journal = await started((await makePlace()).journal());
      const first = journal.append(slotRecord(1));
      await expect(journal.append(slotRecord(2))).rejects.toThrow(AssertionFailure);
      await first;
      await journal.append(slotRecord(2));
      await journal.close();
    });

    test('refuses to be used before a scan was read to its end', async () => {
      const place = await makePlace();
      await filled(place.journal(), slotRecords(3));
      const journal = place.journal();
      await journal.open();
      await expect(journal.append(slotRecord(4))).rejects.toThrow(AssertionFailure);
      await expect(journal.readSlots(1, 3, 1000)).rejects.toThrow(AssertionFailure);
      for await (const record of journal.scan()) if (record.sequence === 2) break;
      await expect(journal.append(slotRecord(4))).rejects.toThrow(AssertionFailure);
      await scanned(journal);
      await journal.append(slotRecord(4));
      await journal.close();
    });

    test('refuses to be used once closed', async () => {
      const journal = await started((await makePlace()).journal());
      await journal.append(slotRecord(1));
      await journal.close();
      await journal.close();
      await storageError(journal.append(slotRecord(2)), 'CLOSED');
      await storageError(journal.readSlots(1, 1, 1000), 'CLOSED');
      await storageError(scanned(journal), 'CLOSED');
    });

    test('keeps an append that was under way when it was closed', async () => {
      const place = await makePlace();
      const journal = await started(place.journal());
      const append = journal.append(slotRecord(1));
      await journal.close();
      await append;
      const again = place.journal();
      await again.open();
      expect(await scanned(again)).toEqual([slotRecord(1)]);
      await again.close();
    });

    test('is opened by one at a time', async () => {
      const place = await makePlace();
      const journal = await started(place.journal());
      await storageError(place.journal().open(), 'DIRECTORY_IN_USE');
      await journal.append(slotRecord(1));
      await journal.close();
      const next = place.journal();
      await next.open();
      await next.close();
    });

    test('gives back any record as it was', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), async (drawn) => {
          const records = drawn.map((record, index) => ({ ...record, sequence: index + 1 }));
          const place = await makePlace();
          await filled(place.journal(), records);
          const again = place.journal();
          await again.open();
          expect(await scanned(again)).toEqual(records);
          await again.close();
        }),
        { numRuns: 15 },
      );
    });

    describeReadSlots(makePlace);
  });
}

function describeReadSlots(makePlace: () => Promise<JournalPlace>): void {
  const values = (slots: readonly AcceptedSlot[]) => slots.map(({ slot, value }) => [slot, utf8Text(value)]);
  const filledWith = async (groups: readonly (readonly AcceptedSlot[])[]): Promise<Journal> => {
    const journal = await started((await makePlace()).journal());
    await appendAll(
      journal,
      groups.map((accepted, index) => recordOf(index + 1, { accepted })),
    );
    return journal;
  };

  test('reads slots in order, wherever their records are', async () => {
    const journal = await filledWith([
      [acceptedOf(2, 1, 'two'), acceptedOf(3, 1, 'three')],
      [acceptedOf(5, 1, 'five')],
      [],
      [acceptedOf(1, 1, 'one'), acceptedOf(4, 1, 'four')],
    ]);
    const all = await journal.readSlots(1, 5, 10_000);
    expect(values(all)).toEqual([1, 2, 3, 4, 5].map((slot, at) => [slot, ['one', 'two', 'three', 'four', 'five'][at]]));
    expect(values(await journal.readSlots(2, 3, 10_000))).toEqual([
      [2, 'two'],
      [3, 'three'],
    ]);
    await journal.close();
  });

  test('stops at a hole, and finds nothing where nothing is', async () => {
    const journal = await filledWith([[acceptedOf(1, 1, 'a'), acceptedOf(2, 1, 'b')], [acceptedOf(4, 1, 'd')]]);
    expect(values(await journal.readSlots(1, 9, 10_000))).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect(await journal.readSlots(3, 9, 10_000)).toEqual([]);
    expect(await journal.readSlots(1_000_000_000, 2_000_000_000, 10_000)).toEqual([]);
    expect(await journal.readSlots(2, 1, 10_000)).toEqual([]);
    await journal.close();
  });

  test('prefers a chosen value, then the highest ballot, then the newest', async () => {
    const journal = await filledWith([
      [acceptedOf(1, 5, 'high ballot'), acceptedOf(2, 9, 'accepted'), acceptedOf(3, 1, 'chosen', true)],
      [acceptedOf(1, 4, 'low ballot'), acceptedOf(2, 1, 'chosen', true), acceptedOf(3, 9, 'accepted')],
      [acceptedOf(4, 1, 'earlier'), acceptedOf(4, 2, 'later in the same record')],
    ]);
    expect(values(await journal.readSlots(1, 4, 10_000))).toEqual([
      [1, 'high ballot'],
      [2, 'chosen'],
      [3, 'chosen'],
      [4, 'later in the same record'],
    ]);
    await journal.close();
  });

  test('keeps to the bytes, but gives at least one slot', async () => {
    const journal = await started((await makePlace()).journal());
    await appendAll(journal, slotRecords(20, 1000));
    const some = await journal.readSlots(3, 20, 5000);
    expect(some.length).toBeGreaterThan(1);
    expect(some.reduce((sum, { value }) => sum + value.length, 0)).toBeLessThanOrEqual(5000);
    expect(some).toEqual(
      slotRecords(20, 1000)
        .slice(2, 2 + some.length)
        .flatMap(({ accepted }) => accepted),
    );
    expect(await journal.readSlots(3, 20, 10)).toHaveLength(1);
    await journal.close();
  });

  test('bounds a range of no-ops, too', async () => {
    const noOps = Array.from({ length: 5000 }, (_, index) => acceptedOf(index + 1, 1, ''));
    const journal = await filledWith([noOps]);
    const slots = await journal.readSlots(1, 5000, 64 * 1024);
    expect(slots.length).toBeGreaterThan(100);
    expect(slots.length).toBeLessThan(5000);
    await journal.close();
  });

  test('reads what was appended before it was opened, and since', async () => {
    const place = await makePlace();
    await filled(place.journal(), slotRecords(1000));
    const journal = await started(place.journal());
    await appendAll(journal, slotRecords(1010).slice(1000));
    expect(await journal.readSlots(990, 1020, 1_000_000)).toEqual(
      slotRecords(1010)
        .slice(989)
        .flatMap(({ accepted }) => accepted),
    );
    expect(await journal.readSlots(1, 1010, 10_000_000)).toHaveLength(1010);
    await journal.close();
  });

  test('answers as a plain model does, whatever was appended', async () => {
    const accepted = fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 3 }), fc.boolean())
      .map(([slot, round, chosen]) => acceptedOf(slot, round, `${slot} ${round}`, chosen));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(accepted), { maxLength: 8 }), async (groups) => {
        const journal = await filledWith(groups);
        const model = new Map<number, AcceptedSlot>();
        for (const entry of groups.flat()) {
          const earlier = model.get(entry.slot);
          if (earlier === undefined || supersedes(entry, earlier)) model.set(entry.slot, entry);
        }
        for (let from = 1; from <= 8; from++) {
          const expected: AcceptedSlot[] = [];
          for (let slot = from; model.has(slot); slot++) expected.push(model.get(slot) as AcceptedSlot);
          expect(await journal.readSlots(from, 100, 1_000_000)).toEqual(expected);
        }
        await journal.close();
      }),
      { numRuns: 15 },
    );
  });
}
