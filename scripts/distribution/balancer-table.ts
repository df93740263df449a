import { Balancer, type Load, type strategies } from '../../src/recipes/load-balancing.ts';
import { RandomStream } from '../../src/testing/simulation/prng.ts';
import { EventQueue } from '../../src/testing/simulation/world/event-queue.ts';

export type Strategy = (typeof strategies)[number];

interface Server {
  readonly id: string;
  readonly weight: number;
  /** How many times as long a request takes as on the others. */
  readonly slowness: number;
}

export const servers: readonly Server[] = [
  { id: 'a', weight: 1, slowness: 1 },
  { id: 'b', weight: 1, slowness: 1 },
  { id: 'c', weight: 2, slowness: 1 },
  { id: 'd', weight: 1, slowness: 4 },
];

export const balancerHeader: readonly string[] = [
  'strategy',
  ...servers.map(({ id, weight, slowness }) => {
    return slowness === 1 ? `${id}, weight ${weight}` : `${id}, weight ${weight}, ${slowness} times as slow`;
  }),
];

/** At a time. */
const underWay = 12;
const meanUs = 10_000;

/** How many of the requests each server gets, in the order of `servers`: as soon as one is done the next one begins. */
export function requestsByServer(strategy: Strategy, requests: number): readonly number[] {
  const stream = new RandomStream(1).fork(strategy);
  const balancer = new Balancer(strategy, () => stream.unit());
  const queue = new EventQueue();
  const loads = servers.map(({ id, weight }): Load => {
    const instance = { id, address: id, weight, metadata: {}, session: '' };
    return { instance, requests: 0, connections: 0, credit: 0, lastTurn: 0 };
  });
  const counts = servers.map(() => 0);
  let begun = 0;
  const begin = (): void => {
    if (begun === requests) return;
    begun += 1;
    const at = loads.indexOf(balancer.choose(loads) as Load);
    const load = loads[at] as Load;
    counts[at] = (counts[at] ?? 0) + 1;
    load.requests += 1;
    load.connections += 1;
    queue.after(stream.exponential(meanUs * (servers[at]?.slowness ?? 1)), () => {
      load.requests -= 1;
      load.connections -= 1;
      begin();
    });
  };
  for (let first = 0; first < underWay; first++) begin();
  while (queue.runNext(Number.MAX_SAFE_INTEGER));
  return counts;
}

export function balancerCells(strategy: Strategy, requests: number): readonly string[] {
  const shares = requestsByServer(strategy, requests).map((count) => `${((100 * count) / requests).toFixed(1)} %`);
  return [`\`${strategy}\``, ...shares];
}
