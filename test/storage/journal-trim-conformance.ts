import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JournalRecord, JournalSummary } from '../../src/paxos/record.ts';
import type { Journal } from '../../src/storage/ports.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import type { JournalPlace } from './journal-conformance.ts';
import { appendAll } from './journals.ts';
import { acceptedOf, node1, recordOf, slotRecord, slotRecords } from './records.ts';
import { scanned, started } from './started.ts';

/** Of everything that `slotRecords` say. */
export const summary: JournalSummary = {
  promised: { round: 1, nodeId: node1 },
  chosenThrough: 7,
  trimmedThrough: 7,
  configuration: undefined,
  seen: [{ nodeId: node1, incarnation: 'i', sequence: 9 }],
  genesis: {
    clusterId: 'c',
    clusterName: 'name',
    members: [{ nodeId: node1, incarnation: 'i', address: 'localhost:7101' }],
    settings: { leaseMs: 200, clockDriftPermille: 100, leases: true },
  },
  formed: true,
};

/** As a scan gives it. */
export function anchorOf(sequence: number): JournalRecord {
  return { ...summary, sequence, accepted: [] };
}

/** What the port promises of trimming, whatever is behind it. */
export function describeTrimming(name: string, makePlace: () => Promise<JournalPlace>): void {
  describe(`${name}, trimmed`, () => {
    const reopened = async (place: JournalPlace, journal: Journal): Promise<readonly JournalRecord[]> => {
      await journal.close();
      const again = place.journal();
      await again.open();
      const records = await scanned(again);
      await again.close();
      return records;
    };

    test('begins with its summary, and has every record since', async () => {
      const place = await makePlace();
      const journal = await started(place.journal());
      await appendAll(journal, slotRecords(10));
      await journal.trim(7, summary);
      const expected = [anchorOf(7), ...slotRecords(10).slice(7)];
      expect(await scanned(journal)).toEqual(expected);
      await journal.append(slotRecord(11));
      expect(await reopened(place, journal)).toEqual([...expected, slotRecord(11)]);
    });

    test('goes on where it ended, and is trimmed again', async () => {
      const place = await makePlace();
      for (let round = 1; round <= 3; round++) {
        const journal = await started(place.journal());
        await appendAll(journal, slotRecords(round * 10).slice(round * 10 - 10));
        await journal.trim(round * 10 - 3, summary);
        expect(await scanned(journal)).toEqual([
          anchorOf(round * 10 - 3),
          ...slotRecords(round * 10).slice(round * 10 - 3),
        ]);
        await journal.close();
      }
    });

    test('keeps its newest record, whatever that holds', async () => {
      const place = await makePlace();
      const journal = await started(place.journal());
      await appendAll(journal, slotRecords(3));
      await journal.trim(100, summary);
      expect(await reopened(place, journal)).toEqual([anchorOf(2), slotRecord(3)]);
    });

    test('keeps what is needed for a later slot, also if it was written early', async () => {
      const place = await makePlace();
      const journal = await started(place.journal());
      const records = [
        recordOf(1, { accepted: [acceptedOf(1, 1, 'one')] }),
        recordOf(2, { accepted: [acceptedOf(9, 1, 'nine')] }),
        recordOf(3, { accepted: [acceptedOf(2, 1, 'two'), acceptedOf(3, 1, 'three')] }),
        recordOf(4, { accepted: [acceptedOf(4, 1, 'four')] }),
      ];
      await appendAll(journal, records);
      await journal.trim(3, summary);
      expect(await journal.readSlots(4, 4, 1_000)).toEqual([acceptedOf(4, 1, 'four')]);
      expect(await journal.readSlots(9, 9, 1_000)).toEqual([acceptedOf(9, 1, 'nine')]);
      expect(await reopened(place, journal)).toEqual([anchorOf(1), ...records.slice(1)]);
    });

    test('stays as it is if nothing can be given up', async () => {
      const journal = await started((await makePlace()).journal());
      await journal.trim(5, summary);
      expect(await scanned(journal)).toEqual([]);
      await appendAll(journal, slotRecords(5));
      await journal.trim(0, summary);
      expect(await scanned(journal)).toEqual(slotRecords(5));
      await journal.trim(3, summary);
      await journal.trim(3, { ...summary, formed: false });
      await journal.trim(2, { ...summary, formed: false });
      expect(await scanned(journal)).toEqual([anchorOf(3), ...slotRecords(5).slice(3)]);
      await journal.close();
    });

    test('does not find the values that it gave up', async () => {
      const journal = await started((await makePlace()).journal());
      await appendAll(journal, slotRecords(2_100, 10));
      await journal.trim(1_500, summary);
      for (const slot of [1, 1_024, 1_500]) expect(await journal.readSlots(slot, 2_100, 1_000)).toEqual([]);
      expect(await journal.readSlots(1_501, 2_100, 1_000_000)).toHaveLength(600);
      await journal.close();
    });

    test('takes appends meanwhile, but no second trimming', async () => {
      const place = await makePlace();
      const journal = await started(place.journal());
      await appendAll(journal, slotRecords(10));
      const trimming = journal.trim(5, summary);
      await appendAll(journal, slotRecords(14).slice(10));
      await trimming;
      expect(await reopened(place, journal)).toEqual([anchorOf(5), ...slotRecords(14).slice(5)]);
    });

    test('is read meanwhile: values that go are found or not, and never missed', async () => {
      const place = await makePlace();
      const journal = await started(place.journal());
      await appendAll(journal, slotRecords(2_000, 10));
      const trimming = journal.trim(1_900, summary);
      for (let slot = 1; slot <= 1_900; slot += 19) {
        const found = await journal.readSlots(slot, slot, 1_000);
        expect([[], slotRecord(slot, 10).accepted]).toContainEqual(found);
      }
      await trimming;
      expect(await journal.readSlots(1_901, 2_000, 1_000_000)).toHaveLength(100);
      await journal.close();
    });

    test('refuses to be trimmed before a scan was read to its end', async () => {
      const journal = (await makePlace()).journal();
      await journal.open();
      await expect(journal.trim(1, summary)).rejects.toThrow(AssertionFailure);
      await journal.close();
    });

    test('has what a plain model has, whatever was appended and given up', async () => {
      const accepted = fc
        .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 }), fc.boolean())
        .map(([slot, round, chosen]) => acceptedOf(slot, round, `${slot} ${round}`, chosen));
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.array(accepted, { maxLength: 3 }) },
        { weight: 1, arbitrary: fc.nat(12) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const place = await makePlace();
          const journal = await started(place.journal());
          const all: JournalRecord[] = [];
          let trimmed = 0;
          for (const drawn of steps) {
            if (typeof drawn === 'number') {
              const before = new Map<number, unknown>();
              for (let slot = drawn + 1; slot <= 12; slot++) before.set(slot, await journal.readSlots(slot, slot, 100));
              await journal.trim(drawn, summary);
              trimmed = Math.max(trimmed, drawn);
              for (const [slot, found] of before) expect(await journal.readSlots(slot, slot, 100)).toEqual(found);
            } else {
              all.push(recordOf(all.length + 1, { accepted: drawn }));
              await journal.append(all.at(-1) as JournalRecord);
            }
          }
          const [first, ...rest] = await reopened(place, journal);
          if (first === undefined) return;
          if (first.sequence === 1 && !first.formed) expect([first, ...rest]).toEqual(all);
          else expect([first, ...rest]).toEqual([anchorOf(first.sequence), ...all.slice(first.sequence)]);
        }),
        { numRuns: 25 },
      );
    });
  });
}
