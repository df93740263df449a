import { expect, test } from 'vitest';
import { chaosFaultKinds, kindsNamed, traitsOf } from '../../../../src/testing/chaos/faults/fault-kinds.ts';
import { drawRounds, type RoundsOptions } from '../../../../src/testing/chaos/run/draw-rounds.ts';

/** On any machine, and without restarting a node or asking an operator beforehand. */
const quickKinds = chaosFaultKinds.filter((kind) => {
  const { needs, overheadMs } = traitsOf(kind);
  return needs === undefined && overheadMs === undefined;
});

function draw(options: Partial<RoundsOptions> = {}) {
  return drawRounds({ seed: 7, minutes: 10, kinds: chaosFaultKinds, sessionTtlMs: 2_000, ...options });
}

test('the seed decides everything', () => {
  expect(draw()).toEqual(draw());
  expect(draw({ seed: 8 })).not.toEqual(draw());
});

test('a longer run begins with the same rounds', () => {
  const shorter = draw({ minutes: 4 });
  expect(draw({ minutes: 8 }).slice(0, shorter.length)).toEqual(shorter);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('with seed %i each kind that needs nothing comes within a minute', (seed) => {
  const rounds = draw({ seed, minutes: 1, kinds: quickKinds });
  const drawn = rounds.flatMap(({ faults }) => faults.map(({ kind }) => kind));
  expect(new Set(drawn)).toEqual(new Set(quickKinds));
  expect(new Set(drawn.slice(0, quickKinds.length)).size).toBe(quickKinds.length);
});

test('only a fault of links has company, and that is one of processes', () => {
  const pairs = draw({ minutes: 60 }).filter(({ faults }) => faults.length > 1);
  expect(pairs.length).toBeGreaterThan(20);
  for (const { faults } of pairs) {
    expect(faults.map(({ kind }) => traitsOf(kind).company)).toEqual(['links', 'processes']);
  }
});

test('rounds follow one another and end in time', () => {
  const rounds = draw({ minutes: 3 });
  for (const [index, round] of rounds.entries()) {
    const nextMs = rounds[index + 1]?.atMs ?? 3 * 60_000;
    const lastsMs = round.calmMs + Math.max(...round.faults.map(({ durationMs }) => durationMs));
    expect(nextMs - round.atMs).toBeGreaterThan(lastsMs);
  }
});

test('a holder is paused for less than its session lives, or for more', () => {
  const faults = draw({ minutes: 60, kinds: kindsNamed('holder') ?? [] }).flatMap((round) => round.faults);
  const of = (kind: string) => faults.filter((fault) => fault.kind === kind).map(({ durationMs }) => durationMs);
  expect(Math.max(...of('pause-holder-briefly'))).toBeLessThan(2_000);
  expect(Math.min(...of('pause-holder'))).toBeGreaterThan(2_000);
});

test('without faults there are no rounds', () => {
  expect(draw({ kinds: [] })).toEqual([]);
});
