import { expect, test } from 'vitest';
import { LeaseInvariant } from '../../../../src/testing/simulation/invariants/lease-invariant.ts';
import type { SimulatedNode } from '../../../../src/testing/simulation/world/node.ts';
import { nodeWorld } from '../support.ts';

const nodes = ['a', 'b'].map((nodeId, index) => Object.assign(nodeWorld().node, { nodeId, index }) as SimulatedNode);
const [a, b] = nodes as [SimulatedNode, SimulatedNode];
const msAt = (us: number): number => us / 1000;

test('one lease after the other, by true time', () => {
  const invariant = new LeaseInvariant(nodes);
  invariant.onTurnEnd(a, msAt(1_000), 0);
  invariant.onTurnEnd(b, msAt(2_000), 1_000);
  invariant.onTurnEnd(a, undefined, 1_500);
});

test('a lease that begins before the other has run out', () => {
  const invariant = new LeaseInvariant(nodes);
  invariant.onTurnEnd(a, msAt(1_000), 0);
  expect(() => invariant.onTurnEnd(b, msAt(2_000), 999)).toThrow('one lease at a time');
});

test('a lease ends early with the node, or by its own word', () => {
  const invariant = new LeaseInvariant(nodes);
  invariant.onTurnEnd(a, msAt(1_000), 0);
  invariant.onDown(a);
  invariant.onTurnEnd(b, msAt(2_000), 10);
  invariant.onTurnEnd(b, undefined, 20);
  invariant.onTurnEnd(a, msAt(2_000), 30);
});
