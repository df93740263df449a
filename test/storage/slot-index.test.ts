import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AcceptedSlot } from '../../src/paxos/record.ts';
import { SlotIndex, supersedes } from '../../src/storage/slot-index.ts';
import { acceptedOf, recordOf } from './records.ts';

const slot = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.constantFrom(1023, 1024, 1025, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const accepted = fc
  .tuple(slot, fc.integer({ min: 1, max: 4 }), fc.boolean())
  .map(([at, round, chosen]) => acceptedOf(at, round, '', chosen));

test('names the record with the value that stands, for every slot, however far apart they are', () => {
  fc.assert(
    fc.property(fc.array(fc.array(accepted, { maxLength: 5 }), { maxLength: 10 }), (groups) => {
      const index = new SlotIndex();
      const model = new Map<number, { sequence: number; standing: AcceptedSlot }>();
      for (const [at, group] of groups.entries()) {
        index.add(recordOf(at + 1, { accepted: group }));
        for (const entry of group) {
          const earlier = model.get(entry.slot);
          if (earlier === undefined || supersedes(entry, earlier.standing)) {
            model.set(entry.slot, { sequence: at + 1, standing: entry });
          }
        }
      }
      for (const [at, { sequence }] of model) expect(index.sequenceOf(at)).toBe(sequence);
      expect(index.sequenceOf(77)).toBe(0);
    }),
  );
});

test('prefers a chosen value, then the higher ballot, then the later one', () => {
  const [low, high] = [acceptedOf(1, 1, ''), acceptedOf(1, 2, '')];
  const chosen = acceptedOf(1, 1, '', true);
  expect(supersedes(high, low)).toBe(true);
  expect(supersedes(low, high)).toBe(false);
  expect(supersedes(low, low)).toBe(true);
  expect(supersedes(chosen, high)).toBe(true);
  expect(supersedes(high, chosen)).toBe(false);
});
