import { describe, expect, test } from 'vitest';
import { blockedPairs, type PartitionShape } from '../../../../src/testing/simulation/faults/partitions.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import type { SimulatedNode } from '../../../../src/testing/simulation/world/node.ts';

const seeds = Array.from({ length: 30 }, (_, index) => index);

/** For each node whom it hears, itself included; node 0 is in the centre of the partition. */
function heardBy(shape: PartitionShape, count: number, seed: number): number[][] {
  const nodes = Array.from({ length: count }, (_, index) => ({ index }) as SimulatedNode);
  const pairs = blockedPairs(shape, nodes[0] as SimulatedNode, nodes, new RandomStream(seed));
  const blocked = new Set(pairs.map(([from, to]) => `${from}>${to}`));
  return nodes.map(({ index: to }) => nodes.map(({ index }) => index).filter((from) => !blocked.has(`${from}>${to}`)));
}

function isSymmetric(heard: readonly (readonly number[])[]): boolean {
  return heard.every((from, to) => from.every((other) => heard[other]?.includes(to) === true));
}

describe('of five nodes', () => {
  test.each(seeds)('in a majorities ring each hears another majority (seed %i)', (seed) => {
    const heard = heardBy('majoritiesRing', 5, seed);
    expect(heard.map(({ length }) => length)).toEqual([3, 3, 3, 3, 3]);
    expect(new Set(heard.map(String)).size).toBe(5);
    expect(isSymmetric(heard)).toBe(true);
  });

  test.each(seeds)('a chain has two ends, and nobody hears more than two others (seed %i)', (seed) => {
    const heard = heardBy('chain', 5, seed);
    expect(heard.map(({ length }) => length).sort()).toEqual([2, 2, 3, 3, 3]);
    expect(isSymmetric(heard)).toBe(true);
  });

  test.each(seeds)('quorum loss leaves a quorum to one node, which is not the leader (seed %i)', (seed) => {
    const heard = heardBy('quorumLoss', 5, seed);
    expect(heard.filter(({ length }) => length === 5)).toHaveLength(1);
    expect(heard.filter(({ length }) => length === 2)).toHaveLength(4);
    expect(heard[0]).toHaveLength(2);
  });

  test.each(seeds)('in a constrained election the old leader hears nobody, and one other can win (seed %i)', (seed) => {
    const heard = heardBy('constrainedElection', 5, seed);
    expect(heard[0]).toEqual([0]);
    expect(heard.map(({ length }) => length).sort()).toEqual([1, 2, 2, 2, 4]);
  });
});

describe('of three nodes', () => {
  test.each(seeds)('in a majorities ring each hears the one before it (seed %i)', (seed) => {
    const heard = heardBy('majoritiesRing', 3, seed);
    expect(heard.map(({ length }) => length)).toEqual([2, 2, 2]);
    expect(new Set(heard.map(String)).size).toBe(3);
    expect(isSymmetric(heard)).toBe(false);
  });

  test.each(seeds)('a chain is a bridge (seed %i)', (seed) => {
    expect(
      heardBy('chain', 3, seed)
        .map(({ length }) => length)
        .sort(),
    ).toEqual([2, 2, 3]);
  });
});
