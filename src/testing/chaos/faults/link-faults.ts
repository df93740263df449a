import type { DirectionCounters } from '../../cluster/link-direction.ts';
import { type ActiveFault, type FaultAction, type FaultContext, Repetition } from './fault-context.ts';

/** Links between nodes. Every one ends with `heal`, which ends all faults of links. */
export const linkFaults = {
  'partition-leader': async (context) => {
    const { id } = await context.leader();
    return partition(context, [[id]], `${id} is alone`);
  },
  'partition-minority': (context) => {
    const size = Math.ceil(context.ids.length / 2) - 1;
    const minority = context.random.shuffled(context.ids).slice(0, context.random.between(1, size));
    return partition(context, [minority], `{${minority.join(', ')}} and the others`);
  },
  'partition-bridge': (context) => {
    const [bridge = '', ...others] = context.random.shuffled(context.ids);
    const half = others.length / 2;
    const groups = [
      [bridge, ...others.slice(0, half)],
      [bridge, ...others.slice(half)],
    ];
    return partition(context, groups, groups.map((group) => `{${group.join(', ')}}`).join(' and '));
  },
  'partition-one-way': async (context) => {
    const { id } = await context.leader();
    const others = context.ids.filter((other) => other !== id);
    const isMute = context.random.chance(0.5);
    const [from, to] = isMute ? [[id], others] : [others, [id]];
    const held = counted(context, 'bytesHeld', 'held');
    context.cluster.partitionOneWay(from, to);
    return untilHealed(context, isMute ? `nobody hears ${id}` : `${id} hears nobody`, [id], held);
  },
  'partition-flapping': async (context) => {
    const { id } = await context.leader();
    const everyMs = context.random.between(100, 700);
    const held = counted(context, 'bytesHeld', 'held');
    const flapping = context.cluster.flap([[id]], everyMs);
    const what = `${id} is cut off and back every ${everyMs} ms`;
    return untilHealed(context, what, [id], () => {
      const bytes = held();
      return bytes === undefined || flapping.cuts < 2 ? undefined : `cut ${flapping.cuts} times, ${bytes}`;
    });
  },
  'link-slow': (context) => {
    const id = context.random.pick(context.ids);
    const speed = {
      delayMs: context.random.between(20, 150),
      jitterMs: context.random.between(0, 100),
      bytesPerSecond: context.random.chance(0.5) ? context.random.between(20_000, 200_000) : undefined,
    };
    const slowed = counted(context, 'bytesSlowed', 'slowed');
    for (const other of context.ids) {
      if (other === id) continue;
      context.cluster.slow(id, other, speed);
      context.cluster.slow(other, id, speed);
    }
    const rate = speed.bytesPerSecond === undefined ? '' : `, ${speed.bytesPerSecond} bytes/s`;
    const what = `links of ${id}: ${speed.delayMs} to ${speed.delayMs + speed.jitterMs} ms${rate}`;
    return untilHealed(context, what, [id], slowed);
  },
  'link-half-open': async (context) => {
    const { id } = await context.leader();
    const other = context.random.pick(context.ids.filter((candidate) => candidate !== id));
    const [from, to] = context.random.chance(0.5) ? [id, other] : [other, id];
    const lost = counted(context, 'bytesLost', 'vanished');
    context.cluster.mesh.set(from, to, 'blackHole');
    return untilHealed(context, `what ${from} sends to ${to} vanishes`, [from, to], lost);
  },
  'link-reset': async (context) => {
    const { id } = await context.leader();
    const { mesh } = context.cluster;
    const others = context.ids.filter((other) => other !== id);
    let resets = 0;
    const repetition = new Repetition(
      async () => {
        for (const other of others) resets += mesh.link(id, other).reset() + mesh.link(other, id).reset();
      },
      context.random.between(100, 600),
    );
    return {
      what: `connections between ${id} and the others are reset again and again`,
      targets: [id],
      measure: async () => (resets === 0 ? undefined : `${resets} connections reset`),
      end: () => repetition.stop(),
    };
  },
} as const satisfies Readonly<Record<string, FaultAction>>;

function partition(context: FaultContext, groups: readonly (readonly string[])[], what: string): Promise<ActiveFault> {
  const held = counted(context, 'bytesHeld', 'held');
  context.cluster.partition(groups);
  return untilHealed(context, what, groups.length === 1 ? (groups[0] ?? []) : context.ids, held);
}

function untilHealed(
  { cluster }: FaultContext,
  what: string,
  targets: readonly string[],
  measure: () => string | undefined,
): Promise<ActiveFault> {
  return Promise.resolve({ what, targets, measure: async () => measure(), end: () => cluster.heal() });
}

/** How many more bytes of that kind the links between nodes have counted since now. */
function counted(context: FaultContext, name: keyof DirectionCounters, verb: string): () => string | undefined {
  const total = (): number => {
    const directions = context.cluster.mesh.links.flatMap((link) => link.directions);
    return directions.reduce((sum, { counters }) => sum + counters[name], 0);
  };
  const before = total();
  return () => {
    const bytes = total() - before;
    return bytes === 0 ? undefined : `${bytes} bytes ${verb}`;
  };
}
