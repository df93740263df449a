import { expect, test } from 'vitest';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import { PastMessages } from '../../../../src/testing/simulation/world/past-messages.ts';

test('the sample is bounded, and of all ages', () => {
  const stream = new RandomStream(1);
  const past = new PastMessages();
  expect(past.pick(0.5)).toBeUndefined();
  for (let id = 0; id < 1_000; id++) {
    const message = { type: 'readPoint', id } as const;
    past.add({ message, incarnation: 'i', sentUs: id, fromBoot: 1, toBoot: 1 }, stream.real(0, 1));
  }
  const kept = new Set(Array.from({ length: 1_000 }, (_, at) => past.pick(at / 1_000)?.sentUs ?? -1));
  expect(kept.size).toBe(48);
  const oldest = [...kept].filter((sentUs) => sentUs < 333).length;
  const newest = [...kept].filter((sentUs) => sentUs >= 666).length;
  expect([oldest, newest].every((count) => count > 8 && count < 25)).toBe(true);
});
