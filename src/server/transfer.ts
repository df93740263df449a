import { votersOf } from '../paxos/configuration.ts';
import type { Replica } from '../replica/replica.ts';
import { AdminRefusal } from '../rpc/admin-service.ts';
import { compareBallots } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Driver } from './driver.ts';
import { knownLeader } from './node-view.ts';
import { waitUntil } from './wait.ts';

/** The leader gives a successor a second, and is elected again soon after one that did not come. */
const transferMs = 4_000;
/** For that, a shutdown waits no longer. */
const handOverMs = 500;

/**
 * Hands leadership over and resolves with the new leader, or '' if it is not known yet.
 *
 * @throws AdminRefusal NOT_LEADER, INVALID_ARGUMENT, TIMEOUT
 */
export async function transferLeadership(replica: Replica, driver: Driver, to: string | undefined): Promise<string> {
  const { paxos } = replica;
  const self = replica.status().nodeId;
  if (!paxos.serving) throw new AdminRefusal('NOT_LEADER', refusal(self, knownLeader(replica)));
  const others = votersOf(paxos.members).filter(({ nodeId }) => nodeId !== self);
  if (others.length === 0) throw new AdminRefusal('INVALID_ARGUMENT', 'there is no other voter');
  if (to !== undefined && !others.some(({ nodeId }) => nodeId === to)) {
    throw new AdminRefusal('INVALID_ARGUMENT', `${to} is no other voter of the cluster`);
  }
  const before = paxos.leaderBallot;
  driver.give({ type: 'transferLeadership', to: to as NodeId | undefined }, 'control');
  const settled = await waitUntil(
    () => compareBallots(paxos.leaderBallot, before) > 0 && knownLeader(replica) !== '',
    transferMs,
  );
  if (knownLeader(replica) === self) {
    throw new AdminRefusal('TIMEOUT', `${to ?? 'no other member'} has not taken over in time; ${self} goes on`);
  }
  return settled ? knownLeader(replica) : '';
}

/** A leader that leaves in order costs its clients no election. */
export async function handOver({ paxos }: Replica, driver: Driver): Promise<void> {
  if (!paxos.serving || votersOf(paxos.members).length < 2) return;
  driver.give({ type: 'transferLeadership', to: undefined }, 'control');
  await waitUntil(() => paxos.role !== 'leader', handOverMs);
}

function refusal(self: string, leader: string): string {
  return leader === '' ? `${self} does not lead, and knows no leader` : `${self} does not lead: ask ${leader}`;
}
