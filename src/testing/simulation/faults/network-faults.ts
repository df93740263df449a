import type { CoverageMarker } from '../coverage.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { FaultAction, FaultContext } from './fault-context.ts';
import { blockedPairs, type Pair, type PartitionShape } from './partitions.ts';

const markers: Readonly<Record<PartitionShape, CoverageMarker>> = {
  isolateOne: 'partition: isolate one',
  isolateLeader: 'partition: isolate the leader',
  halves: 'partition: halves',
  oneWay: 'partition: one-way',
  bridge: 'partition: bridge',
  majoritiesRing: 'partition: majorities ring',
  chain: 'partition: chain',
  quorumLoss: 'partition: quorum loss',
  constrainedElection: 'partition: constrained election',
};

/** Links between nodes that are cut, clogged, slow, lossy or reset. */
export const networkFaults = {
  isolateOne: (fault) => partition(fault, 'isolateOne', fault.node),
  isolateLeader: (fault) => partition(fault, 'isolateLeader', fault.host.leader()),
  halves: (fault) => partition(fault, 'halves', fault.node),
  oneWay: (fault) => partition(fault, 'oneWay', fault.stream.chance(0.5) ? fault.node : fault.host.leader()),
  bridge: (fault) => partition(fault, 'bridge', fault.node),

  /** The partial partitions of Jepsen ("majorities ring") and of OmniPaxos (Ng et al., EuroSys 2023). */
  majoritiesRing: (fault) => partition(fault, 'majoritiesRing', fault.node),
  chain: (fault) => partition(fault, 'chain', fault.node),
  quorumLoss: (fault) => partition(fault, 'quorumLoss', fault.host.leader()),
  constrainedElection: (fault) => {
    const leader = fault.host.leader();
    if (leader === undefined) return;
    // For a moment only some of the others follow the leader: whoever may be elected afterwards may be behind.
    const { stream, host } = fault;
    const behind = stream.pick(host.nodes.filter((other) => other !== leader));
    fault.block([[leader.index, behind.index]], stream.real(1, 500_000));
    fault.after(stream.real(0, 400_000), () => partition(fault, 'constrainedElection', leader));
  },

  flapping: (fault) => {
    const { host, stream, node } = fault;
    host.coverage.hit('partition: flapping');
    for (let times = stream.between(2, 6); times > 0; times--) {
      const pairs = blockedPairs('isolateOne', node, host.nodes, stream);
      const durationUs = fault.durationUs();
      fault.later(() => fault.block(pairs, durationUs));
    }
  },

  /** FoundationDB's best finder of bugs: some nodes are clogged one after the other, and unclogged in another order. */
  swizzleClog: (fault) => {
    const { host, stream } = fault;
    host.coverage.hit('partition: swizzle-clog');
    const clogged = stream.shuffled(host.nodes).slice(0, stream.between(2, host.nodes.length));
    const stepUs = fault.durationUs() / clogged.length;
    clogged.forEach((node, at) => {
      fault.after(at * stepUs * stream.real(0.5, 1), () => clogAround(fault, node));
    });
    const lastClogUs = clogged.length * stepUs;
    stream.shuffled(clogged).forEach((node, at) => {
      fault.after(lastClogUs + at * stepUs * stream.real(0.5, 1), () => unclogAround(fault, node));
    });
  },

  clog: (fault) => {
    const { host } = fault;
    host.coverage.hit('link clogged');
    const pairs = someLinks(fault);
    for (const [from, to] of pairs) host.network.clog(from, to);
    fault.later(() => {
      for (const [from, to] of pairs) host.network.unclog(from, to);
    });
  },

  slowLink: (fault) => {
    const { host, stream, node } = fault;
    const other = stream.pick(host.nodes);
    host.coverage.hit('link slowed');
    host.network.slow(node.index, other.index, stream.pick([10, 100]));
    fault.later(() => host.network.slow(node.index, other.index, 1));
  },

  lossBurst: (fault) => {
    const { host, stream } = fault;
    host.coverage.hit('packets lost in a burst');
    const pairs = someLinks(fault);
    const rate = stream.pick([0.3, 0.6, 0.95]);
    for (const [from, to] of pairs) host.network.lose(from, to, rate);
    fault.later(() => {
      for (const [from, to] of pairs) host.network.lose(from, to, 0);
    });
  },

  /** What was sent in all the time before comes back at once. */
  replayStorm: ({ host, stream, node }) => {
    for (const other of host.nodes) {
      if (other === node) continue;
      const draws = Array.from({ length: stream.between(1, 20) }, () => stream.real(0, 1));
      if (stream.chance(0.7)) host.network.replay(other.index, node.index, draws);
      else host.network.replay(node.index, other.index, draws);
    }
  },

  streamReset: ({ host, stream, node }) => host.network.reset(node.index, stream.pick(host.nodes).index),

  halfOpen: (fault) => {
    const { network, coverage } = fault.host;
    for (const [from, to] of someLinks(fault)) {
      if (!network.halfOpen(from, to)) continue;
      coverage.hit('stream half open');
      fault.later(() => network.endHalfOpen(from, to));
    }
  },
} satisfies Record<string, FaultAction>;

function partition(fault: FaultContext, shape: PartitionShape, target: SimulatedNode | undefined): void {
  const { host, stream } = fault;
  if (target === undefined) return;
  host.coverage.hit(markers[shape]);
  fault.block(blockedPairs(shape, target, host.nodes, stream), fault.durationUs());
}

/** One link of the node, or all to it, or all from it; now and then with those of the other direction. */
function someLinks({ host, stream, node }: FaultContext): Pair[] {
  const others = host.nodes.filter((other) => other !== node);
  const peers = stream.chance(0.5) ? others : [stream.pick(others)];
  const outgoing = stream.chance(0.6);
  const incoming = !outgoing || stream.chance(0.5);
  return peers.flatMap(({ index }): Pair[] => [
    ...(outgoing ? [[node.index, index] as const] : []),
    ...(incoming ? [[index, node.index] as const] : []),
  ]);
}

function linksAround({ host }: FaultContext, { index }: SimulatedNode): Pair[] {
  return host.nodes
    .filter((other) => other.index !== index)
    .flatMap((other): Pair[] => [
      [index, other.index],
      [other.index, index],
    ]);
}

function clogAround(fault: FaultContext, node: SimulatedNode): void {
  for (const [from, to] of linksAround(fault, node)) fault.host.network.clog(from, to);
}

function unclogAround(fault: FaultContext, node: SimulatedNode): void {
  for (const [from, to] of linksAround(fault, node)) fault.host.network.unclog(from, to);
}
