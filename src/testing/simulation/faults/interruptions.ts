import { changeMoments, transferMoments } from '../invariants/moments.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { FaultAction, FaultContext } from './fault-context.ts';
import { crash } from './node-faults.ts';
import { blockedPairs } from './partitions.ts';

/** Not at some time, but at the next step of what takes several. */
export const interruptions = {
  /** Whoever has come to that step of a transfer is gone, and back later. */
  interruptTransfer: (fault) => {
    const moment = fault.stream.pick(transferMoments);
    atOnce(fault, moment, (node) => {
      fault.host.coverage.hit(`interrupted by a crash: ${moment}`);
      crash(fault, node);
    });
  },

  /** The leader is gone, or hears nobody any more, with a change of the members under way. */
  interruptChange: (fault) => {
    const { host, stream } = fault;
    const moment = stream.pick(changeMoments);
    const isCut = stream.chance(0.5);
    atOnce(fault, moment, (leader) => {
      host.coverage.hit(`interrupted by a ${isCut ? 'partition' : 'crash'}: ${moment}`);
      if (!isCut) crash(fault, leader);
      else fault.block(blockedPairs('isolateLeader', leader, host.nodes, stream), fault.durationUs());
    });
  },
} satisfies Record<string, FaultAction>;

/** As soon as the turn is over in which the moment has come. */
function atOnce(
  fault: FaultContext,
  moment: Parameters<FaultContext['host']['moments']['next']>[0],
  interrupt: (node: SimulatedNode) => void,
): void {
  fault.host.moments.next(moment, (node) => {
    fault.after(0, () => {
      if (node.alive) interrupt(node);
    });
  });
}
