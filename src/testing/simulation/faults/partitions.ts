import type { RandomStream } from '../prng.ts';
import type { SimulatedNode } from '../world/node.ts';

/** From one party to another. */
export type Pair = readonly [from: number, to: number];

export type PartitionShape = 'isolateOne' | 'isolateLeader' | 'halves' | 'oneWay' | 'bridge';

/** Which links a partition cuts; `node` is in its centre. */
export function blockedPairs(
  shape: PartitionShape,
  node: SimulatedNode,
  nodes: readonly SimulatedNode[],
  stream: RandomStream,
): Pair[] {
  const others = nodes.filter((other) => other !== node);
  switch (shape) {
    case 'isolateOne':
    case 'isolateLeader':
      return bothWays([node], others);
    case 'halves': {
      const shuffled = stream.shuffled(nodes);
      const cut = stream.between(1, nodes.length - 1);
      return bothWays(shuffled.slice(0, cut), shuffled.slice(cut));
    }
    case 'oneWay': {
      const targets = stream.chance(0.5) ? others : [stream.pick(others)];
      return stream.chance(0.5) ? oneWay([node], targets) : oneWay(targets, [node]);
    }
    case 'bridge': {
      // The halves hear each other only through the node in the middle.
      const rest = stream.shuffled(others);
      const cut = Math.ceil(rest.length / 2);
      return bothWays(rest.slice(0, cut), rest.slice(cut));
    }
  }
}

function bothWays(left: readonly SimulatedNode[], right: readonly SimulatedNode[]): Pair[] {
  return [...oneWay(left, right), ...oneWay(right, left)];
}

function oneWay(from: readonly SimulatedNode[], to: readonly SimulatedNode[]): Pair[] {
  return from.flatMap((a) => to.map((b): Pair => [a.index, b.index]));
}
