import { expect, test } from 'vitest';
import { LeaseInvariant } from '../../../../src/testing/simulation/invariants/lease-invariant.ts';
import type { SimulatedNode } from '../../../../src/testing/simulation/world/node.ts';
import { nodeWorld } from '../support.ts';

const nodes = ['a', 'b'].map((nodeId, index) => Object.assign(nodeWorld().node, { nodeId, index }) as SimulatedNode);
const [a, b] = nodes as [SimulatedNode, SimulatedNode];
const msAt = (us: number): number => us / 1000;

test('one lease after the other, by true time', () => {
  const invariant = new LeaseInvariant(nodes);
  invariant.onTurnEnd(a, msAt(1_000), 0, 1);
  invariant.onTurnEnd(b, msAt(2_000), 1_000, 1);
  invariant.onTurnEnd(a, undefined, 1_500, 1);
});

test('a lease that begins before the other has run out', () => {
  const invariant = new LeaseInvariant(nodes);
  invariant.onTurnEnd(a, msAt(1_000), 0, 1);
  expect(() => invariant.onTurnEnd(b, msAt(2_000), 999, 1)).toThrow('one lease at a time');
});

test('where overlaps are allowed they are counted', () => {
  let overlaps = 0;
  const invariant = new LeaseInvariant(nodes, () => {
    overlaps += 1;
  });
  invariant.onTurnEnd(a, msAt(1_000), 0, 1);
  invariant.onTurnEnd(b, msAt(2_000), 999, 1);
  invariant.onTurnEnd(b, msAt(2_000), 1_001, 1);
  expect(overlaps).toBe(1);
});

test('something is chosen above a lease, but below it that is harmless', () => {
  const invariant = new LeaseInvariant(nodes);
  invariant.onTurnEnd(a, msAt(1_000), 0, 5);
  invariant.onChosen(5, 999);
  invariant.onChosen(4, 999);
  expect(() => invariant.onChosen(6, 999)).toThrow('nothing is chosen above a lease');
  invariant.onChosen(6, 1_000);
});

test('a lease ends early with the node, or by its own word', () => {
  const invariant = new LeaseInvariant(nodes);
  invariant.onTurnEnd(a, msAt(1_000), 0, 1);
  invariant.onDown(a);
  invariant.onTurnEnd(b, msAt(2_000), 10, 1);
  invariant.onTurnEnd(b, undefined, 20, 1);
  invariant.onTurnEnd(a, msAt(2_000), 30, 1);
});
