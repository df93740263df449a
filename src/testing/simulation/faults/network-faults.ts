import type { CoverageMarker } from '../coverage.ts';
import type { FaultAction, FaultContext } from './fault-context.ts';
import { blockedPairs, type PartitionShape } from './partitions.ts';

const markers: Readonly<Record<PartitionShape, CoverageMarker>> = {
  isolateOne: 'partition: isolate one',
  isolateLeader: 'partition: isolate the leader',
  halves: 'partition: halves',
  oneWay: 'partition: one-way',
  bridge: 'partition: bridge',
};

/** Links between nodes that are cut, slow or reset. */
export const networkFaults = {
  isolateOne: (fault) => partition(fault, 'isolateOne'),
  isolateLeader: (fault) => partition(fault, 'isolateLeader'),
  halves: (fault) => partition(fault, 'halves'),
  oneWay: (fault) => partition(fault, 'oneWay'),
  bridge: (fault) => partition(fault, 'bridge'),

  flapping: (fault) => {
    const { host, stream, node } = fault;
    host.coverage.hit('partition: flapping');
    for (let times = stream.between(2, 6); times > 0; times--) {
      const pairs = blockedPairs('isolateOne', node, host.nodes, stream);
      const durationUs = fault.durationUs();
      fault.later(() => fault.block(pairs, durationUs));
    }
  },

  slowLink: (fault) => {
    const { host, stream, node } = fault;
    const other = stream.pick(host.nodes);
    host.coverage.hit('link slowed');
    host.network.slow(node.index, other.index, stream.pick([10, 100]));
    fault.later(() => host.network.slow(node.index, other.index, 1));
  },

  streamReset: ({ host, stream, node }) => host.network.reset(node.index, stream.pick(host.nodes).index),
} satisfies Record<string, FaultAction>;

function partition(fault: FaultContext, shape: PartitionShape): void {
  const { host, stream } = fault;
  const target = shape === 'isolateLeader' ? host.leader() : fault.node;
  if (target === undefined) return;
  host.coverage.hit(markers[shape]);
  fault.block(blockedPairs(shape, target, host.nodes, stream), fault.durationUs());
}
