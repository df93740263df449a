import { expect, test } from 'vitest';
import { RandomStream } from '../../../src/testing/simulation/prng.ts';

const draws = (stream: RandomStream, count = 5): number[] => Array.from({ length: count }, () => stream.next32());

test('the same seed gives the same numbers, another seed others', () => {
  expect(draws(new RandomStream(1))).toEqual(draws(new RandomStream(1)));
  expect(draws(new RandomStream(1))).not.toEqual(draws(new RandomStream(2)));
});

test('a named stream does not depend on what was drawn before it was named', () => {
  const fresh = new RandomStream(7);
  const used = new RandomStream(7);
  draws(used, 100);
  expect(draws(used.fork('disk'))).toEqual(draws(fresh.fork('disk')));
  expect(draws(fresh.fork('disk'))).not.toEqual(draws(fresh.fork('network')));
});

test('numbers are spread evenly', () => {
  const stream = new RandomStream(3);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 10_000; draw++) {
    const at = stream.between(0, 9);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test('weights are respected, and what has none is never drawn', () => {
  const stream = new RandomStream(4);
  let rare = 0;
  for (let draw = 0; draw < 10_000; draw++) {
    const drawn = stream.weighted([
      ['often', 9],
      ['rare', 1],
      ['never', 0],
    ]);
    expect(drawn).not.toBe('never');
    if (drawn === 'rare') rare += 1;
  }
  expect(Math.abs(rare - 1_000)).toBeLessThan(150);
});

test('a shuffle keeps everything', () => {
  const items = Array.from({ length: 20 }, (_, index) => index);
  const shuffled = new RandomStream(5).shuffled(items);
  expect(shuffled).not.toEqual(items);
  expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
});
