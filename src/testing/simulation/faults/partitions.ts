import type { RandomStream } from '../prng.ts';
import type { SimulatedNode } from '../world/node.ts';

/** From one party to another. */
export type Pair = readonly [from: number, to: number];

export type PartitionShape =
  | 'isolateOne'
  | 'isolateLeader'
  | 'halves'
  | 'oneWay'
  | 'bridge'
  | 'majoritiesRing'
  | 'chain'
  | 'quorumLoss'
  | 'constrainedElection';

/** Which links a partition cuts; `node` is in its centre: whoever is isolated, the bridge, or the leader that loses its quorum. */
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
    case 'majoritiesRing':
      return ring(stream.shuffled(nodes));
    case 'chain':
      return allBut(stream.shuffled(nodes), (a, b) => Math.abs(a - b) === 1);
    case 'quorumLoss':
      // Each, the leader too, hears only the hub: nobody but that one reaches a quorum of five.
      return star(stream.pick(others), nodes);
    case 'constrainedElection':
      // The same, and the old leader hears nobody at all.
      return [...star(stream.pick(others), others), ...bothWays([node], others)];
  }
}

/** Everyone hears a majority, itself counted, and no two the same one: of three, everyone hears the one before it. */
function ring(order: readonly SimulatedNode[]): Pair[] {
  const { length } = order;
  if (length === 3) return allBut(order, (from, to) => (from + 1) % length === to);
  return allBut(order, (from, to) => [1, length - 1].includes(Math.abs(from - to)));
}

function star(hub: SimulatedNode, nodes: readonly SimulatedNode[]): Pair[] {
  return allBut(nodes, (from, to) => nodes[from] === hub || nodes[to] === hub);
}

/** Cuts every link but those kept, which are named by places in the list. */
function allBut(nodes: readonly SimulatedNode[], keeps: (from: number, to: number) => boolean): Pair[] {
  return nodes.flatMap((a, from) =>
    nodes.flatMap((b, to): Pair[] => (from === to || keeps(from, to) ? [] : [[a.index, b.index]])),
  );
}

function bothWays(left: readonly SimulatedNode[], right: readonly SimulatedNode[]): Pair[] {
  return [...oneWay(left, right), ...oneWay(right, left)];
}

function oneWay(from: readonly SimulatedNode[], to: readonly SimulatedNode[]): Pair[] {
  return from.flatMap((a) => to.map((b): Pair => [a.index, b.index]));
}
