import { expect, test } from 'vitest';
import { type LogPosition, WriteStages } from '../../src/server/write-stages.ts';

/** Turns of 1 ms, 10 ms apart, whose inputs waited 2 ms; returns what was observed in each. */
function follow(...positions: readonly (readonly [proposed: number, chosen: number, applied: number])[]): string[] {
  let observed: string[] = [];
  const stages = new WriteStages((stage, durationMs) => observed.push(`${stage} ${durationMs}`));
  return positions.map(([proposedThrough, chosenThrough, appliedSlot], turn) => {
    observed = [];
    const position: LogPosition = { proposedThrough, chosenThrough, appliedSlot };
    stages.onTurn({ waitedMs: 2, startMs: turn * 10, endMs: turn * 10 + 1 }, position);
    return observed.join(', ');
  });
}

test('a write waits for its turn, for its quorum, and for the turn that applies it', () => {
  expect(follow([1, 0, 0], [1, 0, 0], [1, 1, 1])).toEqual(['queue 2', '', 'quorum 20, apply 1']);
});

test('slots that are open together are told apart', () => {
  expect(follow([1, 0, 0], [3, 0, 0], [3, 1, 1], [3, 3, 3])).toEqual([
    'queue 2',
    'queue 2',
    'quorum 20, apply 1',
    'quorum 20, apply 1',
  ]);
});

test('a follower proposes nothing', () => {
  expect(follow([4, 4, 4], [9, 9, 9])).toEqual(['apply 1', 'apply 1']);
});

test('what a deposed leader had proposed is not waited for', () => {
  expect(follow([5, 2, 2], [2, 2, 2], [6, 6, 6], [7, 6, 6], [7, 7, 7])).toEqual([
    'queue 2, apply 1',
    '',
    'apply 1',
    'queue 2',
    'quorum 10, apply 1',
  ]);
});
