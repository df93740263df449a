import type { FaultAction, FaultContext } from './fault-context.ts';

/** Disks that fail, or take their time, and lose nothing that they have confirmed. */
export const diskFaults = {
  persistFailure: (fault) => {
    fault.node.disk.failNext = fault.stream.chance(0.5) ? 'kept' : 'lost';
    fault.later(() => fault.node.start());
  },

  readFailure: (fault) => {
    const { node, stream } = fault;
    node.disk.failNextRead = true;
    // Most reads are those of a start.
    if (stream.chance(0.5)) node.crash(stream.chance(0.5));
    fault.later(() => node.start());
    fault.later(() => node.start());
  },

  /** No space is left for a while. Whoever supervises the node starts it all the same. */
  fullDisk: (fault) => {
    const { node, stream, host } = fault;
    const durationUs = fault.durationUs();
    host.coverage.hit('disk full');
    node.disk.full = true;
    for (let tries = stream.between(0, 3); tries > 0; tries--) {
      fault.after(durationUs * stream.unit(), () => node.start());
    }
    fault.after(durationUs, () => {
      node.disk.full = false;
      if (!node.alive) host.coverage.hit('node started again with space on its disk');
      node.start();
    });
  },

  slowDisk: (fault) => {
    const { disk } = fault.node;
    fault.host.coverage.hit('disk slowed');
    disk.time.slowness = fault.stream.pick([10, 100]);
    fault.later(() => {
      disk.time.slowness = 1;
    });
  },

  /** For up to a minute nothing is written or read. */
  hungDisk: (fault) => hang(fault, fault.node),

  hungDiskOfLeader: (fault) => {
    const leader = fault.host.leader();
    if (leader === undefined) return;
    fault.host.coverage.hit('disk of the leader hung');
    hang(fault, leader);
  },
} satisfies Record<string, FaultAction>;

function hang({ host, stream }: FaultContext, { disk }: FaultContext['node']): void {
  host.coverage.hit('disk hung');
  disk.time.hang(stream.pick([1_000_000, 3_000_000, 10_000_000, 60_000_000]));
}
