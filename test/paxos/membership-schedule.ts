import { quorumOf, votersOf } from '../../src/paxos/configuration.ts';
import type { ClusterMember, Standing } from '../../src/paxos/record.ts';
import { Harness, type Machine, randomFrom } from './harness.ts';
import { disturb, pick, recover, worldOf } from './schedule.ts';

export interface MembershipOutcome {
  readonly harness: Harness;
  readonly changes: number;
  readonly wiped: number;
}

/** As `runSchedule`, with members that come, go and are replaced all the while; in the end whoever is left has to agree and to serve. */
export function runMembershipSchedule(seed: number, faultMs = 8_000): MembershipOutcome {
  const harness = new Harness({ ...worldOf(seed), spares: 3 });
  const random = randomFrom(seed ^ 0x1b873593);
  let proposed = 0;
  let changes = 0;
  let wiped = 0;
  harness.startAll();
  harness.runUntil(() => harness.servingLeader() !== undefined, 60_000);
  const endMs = harness.nowMs + faultMs;
  while (harness.nowMs < endMs) {
    harness.run(random() * 40);
    disturb(harness, random);
    if (random() < 0.02 && wipeOne(harness, random)) wiped += 1;
    for (const machine of harness.machines) {
      if (!machine.isUp || machine.paxos.role !== 'leader') continue;
      harness.confirm(machine);
      for (let count = Math.floor(random() * 4); count > 0; count--) {
        proposed += 1;
        harness.propose(machine, `v${proposed}`);
      }
      const members = changed(machine, random);
      if (random() < 0.3 && canDecide(harness, members) && harness.changeMembers(machine, members)) changes += 1;
    }
  }
  recover(harness);
  return { harness, changes, wiped };
}

/** A directory is lost whose votes nobody needs: those of one that does not vote, or of one voter while all others have theirs. */
function wipeOne(harness: Harness, random: () => number): boolean {
  const machine = pick(random, harness.machines);
  const { voters } = harness.observer.regime;
  const isStrange = (nodeId: Machine['nodeId']): boolean => voters.get(nodeId) !== harness.machine(nodeId).incarnation;
  const othersAreWhole = [...voters.keys()].every((nodeId) => nodeId === machine.nodeId || !isStrange(nodeId));
  const isNeeded = voters.has(machine.nodeId) && !isStrange(machine.nodeId);
  if (harness.observer.changing || (isNeeded && (voters.size < 3 || !othersAreWhole))) return false;
  if (machine.isUp) harness.crash(machine.nodeId);
  harness.wipe(machine.nodeId);
  harness.start(machine.nodeId);
  return true;
}

/** Nobody is asked to rely on voters whose directories are lost. */
function canDecide(harness: Harness, members: readonly ClusterMember[]): boolean {
  const whole = votersOf(members).filter(
    ({ nodeId, incarnation }) => harness.machine(nodeId).incarnation === incarnation,
  );
  return whole.length >= quorumOf(members);
}

/** What a leader might be asked to make of its members, or would by itself. */
function changed({ paxos }: Machine, random: () => number): ClusterMember[] {
  const strangers = [...paxos.strangers];
  const returned = strangers.find(([nodeId]) => paxos.members.some((member) => member.nodeId === nodeId));
  if (returned !== undefined) {
    const [nodeId, { incarnation }] = returned;
    return paxos.members.map((member) =>
      member.nodeId === nodeId ? { ...member, incarnation, standing: 'joining' } : member,
    );
  }
  const draw = random();
  const voters = paxos.members.filter(({ standing }) => standing === 'voter');
  if (draw < 0.4 && strangers.length > 0) {
    const [nodeId, { incarnation }] = pick(random, strangers);
    return [...paxos.members, { nodeId, incarnation, address: nodeId, standing: 'learner', replaces: '' }];
  }
  const learners = paxos.members.filter(({ standing }) => standing !== 'voter');
  if (draw < 0.8 && learners.length > 0) {
    const promoted = learners.filter(() => random() < 0.7).map(({ nodeId }) => nodeId);
    // Some go at the same time: the cluster may move as a whole.
    const leaving = random() < 0.5 ? voters.filter(() => random() < 0.5).map(({ nodeId }) => nodeId) : [];
    if (promoted.length + voters.length === leaving.length) return [...paxos.members];
    return paxos.members
      .filter(({ nodeId }) => !leaving.includes(nodeId))
      .map((member) => (promoted.includes(member.nodeId) ? as(member, 'voter') : member));
  }
  if (voters.length < 2) return [...paxos.members];
  const leaving = pick(random, paxos.members);
  return random() < 0.3
    ? paxos.members.map((member) => (member === leaving ? as(member, 'learner') : member))
    : paxos.members.filter((member) => member !== leaving);
}

function as(member: ClusterMember, standing: Standing): ClusterMember {
  return { ...member, standing };
}
