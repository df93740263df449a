import type { LinkProxy } from '../../cluster/link-proxy.ts';
import {
  type ActiveFault,
  type ChaosWorker,
  type FaultAction,
  type FaultContext,
  Repetition,
} from './fault-context.ts';

/** Links between one client program and all nodes. */
export const clientLinkFaults = {
  'client-cut': (context) => {
    const { worker, links } = drawnClient(context);
    const measure = counted(links, 'bytesHeld', 'held');
    context.cluster.cutClient(worker.clientName);
    return untilHealed(context, `${worker.name} reaches no node`, worker, measure);
  },
  'client-slow': (context) => {
    const { worker, links } = drawnClient(context);
    const measure = counted(links, 'bytesSlowed', 'slowed');
    const speed = { delayMs: context.random.between(20, 300), jitterMs: context.random.between(0, 200) };
    for (const { directions } of links) for (const direction of directions) direction.setSpeed(speed);
    const longestMs = speed.delayMs + speed.jitterMs;
    return untilHealed(context, `links of ${worker.name}: ${speed.delayMs} to ${longestMs} ms`, worker, measure);
  },
  'client-half-open': (context) => {
    const { worker, links } = drawnClient(context);
    const measure = counted(links, 'bytesLost', 'vanished');
    const losesAnswers = context.random.chance(0.5);
    for (const { toDialer, toTarget } of links) (losesAnswers ? toDialer : toTarget).set('blackHole');
    const what = losesAnswers ? `answers to ${worker.name} vanish` : `what ${worker.name} sends vanishes`;
    return untilHealed(context, what, worker, measure);
  },
  'client-reset': (context) => {
    const { worker, links } = drawnClient(context);
    let resets = 0;
    const repetition = new Repetition(
      async () => {
        for (const link of links) resets += link.reset();
      },
      context.random.between(100, 600),
    );
    return Promise.resolve({
      what: `connections of ${worker.name} are reset again and again`,
      targets: [worker.name],
      measure: async () => (resets === 0 ? undefined : `${resets} connections reset`),
      end: () => repetition.stop(),
    });
  },
} as const satisfies Readonly<Record<string, FaultAction>>;

function drawnClient({ cluster, workers, random, ids }: FaultContext): {
  readonly worker: ChaosWorker;
  readonly links: readonly LinkProxy[];
} {
  const worker = random.pick(workers.filter(({ pid }) => pid !== undefined));
  return { worker, links: ids.map((id) => cluster.clientLink(worker.clientName, id)) };
}

function untilHealed(
  { cluster }: FaultContext,
  what: string,
  { name }: ChaosWorker,
  measure: () => string | undefined,
): Promise<ActiveFault> {
  return Promise.resolve({ what, targets: [name], measure: async () => measure(), end: () => cluster.heal() });
}

function counted(
  links: readonly LinkProxy[],
  name: 'bytesHeld' | 'bytesSlowed' | 'bytesLost',
  verb: string,
): () => string | undefined {
  const total = (): number => {
    const directions = links.flatMap((link) => link.directions);
    return directions.reduce((sum, { counters }) => sum + counters[name], 0);
  };
  const before = total();
  return () => {
    const bytes = total() - before;
    return bytes === 0 ? undefined : `${bytes} bytes ${verb}`;
  };
}
