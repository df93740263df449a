import type { FaultAction } from './fault-context.ts';

/** Disks that fail, or take their time. */
export const diskFaults = {
  persistFailure: (fault) => {
    fault.node.disk.failNext = fault.stream.chance(0.5) ? 'kept' : 'lost';
    fault.later(() => fault.node.start());
  },

  slowDisk: (fault) => {
    const { disk } = fault.node;
    fault.host.coverage.hit('disk slowed');
    disk.slowness = fault.stream.pick([10, 100]);
    fault.later(() => {
      disk.slowness = 1;
    });
  },
} satisfies Record<string, FaultAction>;
