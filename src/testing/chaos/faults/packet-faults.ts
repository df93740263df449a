import type { ActiveFault, FaultAction, FaultContext } from './fault-context.ts';
import { PacketFilter, type PacketRule } from './packet-filter.ts';

/** Below the proxies: connections stand, and the kernel drops packets of theirs. */
export const packetFaults = {
  'packet-loss': async (context) => {
    const { id } = await perhapsLeader(context);
    const lossPercent = context.random.between(10, 60);
    const ports = others(context, id).flatMap((other) => [portOf(context, id, other), portOf(context, other, id)]);
    const what = `${lossPercent} % of the packets between ${id} and the others are dropped`;
    return dropping(context, what, id, [{ ports, way: 'both', lossPercent }]);
  },
  'packets-one-way': async (context) => {
    const { id } = await perhapsLeader(context);
    const isMute = context.random.chance(0.5);
    const dialled = others(context, id).map((other) => portOf(context, id, other));
    const dialling = others(context, id).map((other) => portOf(context, other, id));
    const rules: readonly PacketRule[] = [
      { ports: dialled, way: isMute ? 'there' : 'back', lossPercent: 100 },
      { ports: dialling, way: isMute ? 'back' : 'there', lossPercent: 100 },
    ];
    const what = isMute ? `all packets from ${id} to the others` : `all packets from the others to ${id}`;
    return dropping(context, `${what} are dropped`, id, rules);
  },
} as const satisfies Readonly<Record<string, FaultAction>>;

async function dropping(
  context: FaultContext,
  what: string,
  id: string,
  rules: readonly PacketRule[],
): Promise<ActiveFault> {
  const filter = await PacketFilter.load(context.pathOf('nftables'), rules);
  return {
    what,
    targets: [id],
    measure: async () => {
      const packets = await filter.dropped();
      return packets === 0 ? undefined : `${packets} packets dropped by the kernel`;
    },
    end: () => filter.remove(),
  };
}

async function perhapsLeader(context: FaultContext): Promise<{ readonly id: string }> {
  return context.random.chance(0.5) ? await context.leader() : { id: context.random.pick(context.ids) };
}

function others(context: FaultContext, id: string): readonly string[] {
  return context.ids.filter((other) => other !== id);
}

function portOf(context: FaultContext, dialer: string, target: string): number {
  return Number(new URL(`http://${context.cluster.mesh.link(dialer, target).address}`).port);
}
