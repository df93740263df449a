import type { SimulationConfig } from '../config.ts';
import type { World } from '../world.ts';
import { followedByAll } from './followed-by-all.ts';
import { violated } from './violation.ts';

/** The others settle under their leader first: its lease is as long as it gets, and nobody has failed candidacies behind it. */
const settledMs = 1_000;
/** Beside the lease that has to run out: to notice, to ask, to write promises and a first slot on slow disks, and for one duel. */
const electionMs = 800;
const stepMs = 5;

/**
 * The process of a leader dies beside healthy others. Its peers' connections are refused, so that they need not wait for a silence: they
 * elect a successor as soon as the lease of the dead one has run out. On streams: a datagram of the dead may come at any time. Of three: of
 * five, four candidates may outbid each other more than once.
 */
export function verifyFailOver(world: World): void {
  const { nodes, queue, coverage, config } = world;
  if (!config.leases || config.transport !== 'stream' || nodes.length > 3) return;
  const followed = followedByAll(nodes.map((node) => world.replica(node)?.leader));
  const leader = nodes.find(({ nodeId }) => nodeId === followed);
  if (leader === undefined || world.replica(leader)?.serving !== true) return;
  world.runUntil(queue.nowUs + settledMs * 1000);
  if (world.replica(leader)?.serving !== true)
    violated('liveness: the leader stays', 'it has stepped down in a calm world');
  const sinceUs = queue.nowUs;
  const withinMs = failOverMs(config);
  leader.crash(false);
  const others = nodes.filter((node) => node !== leader);
  while (!others.some((node) => world.replica(node)?.serving === true)) {
    if (queue.nowUs >= sinceUs + withinMs * 1000) {
      violated('liveness: fail-over', `no successor of ${leader.nodeId} within ${withinMs} ms of its death`);
    }
    world.runUntil(queue.nowUs + stepMs * 1000);
  }
  coverage.hit('fail-over timed');
}

/** The others wait the lease out by their own clocks. */
function failOverMs({ leaseMs, realDriftPermille }: SimulationConfig): number {
  return Math.ceil(leaseMs / (1 - realDriftPermille / 1000)) + electionMs;
}
