import type { MemberChange } from '../../../replica/member-change.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { FaultAction, FaultContext } from './fault-context.ts';

/** What a node takes to start and to greet, more or less: until then a leader refuses to take it in. */
const greetingUs = 500_000;

/** What operators do to the members while everything else goes wrong. Whoever leads is asked; what it cannot do it refuses. */
export const memberFaults = {
  addMember: (fault) => {
    const { host, stream } = fault;
    const outsiders = host.nodes.filter(({ nodeId }) => !isMember(fault, nodeId));
    if (outsiders.length === 0) return;
    const node = stream.pick(outsiders);
    const isBack = host.regimes.newest.slot > 0 && bringBack(fault, node);
    const standing = stream.pick(['joining', 'joining', 'learner'] as const);
    const voters = host.nodes.filter(({ index }) => (host.regimes.newest.voters & (1 << index)) !== 0);
    const replaces = standing === 'joining' && stream.chance(0.4) ? stream.pick(voters).nodeId : '';
    const change = { kind: 'add', nodeId: node.nodeId, address: `${node.nodeId}:7101`, standing, replaces } as const;
    if (isBack) fault.after(greetingUs, () => ask(fault, change));
    else ask(fault, change);
  },

  promoteMember: (fault) => {
    const learners = (fault.host.regimes.newest.members ?? []).filter(({ standing }) => standing !== 'voter');
    if (learners.length > 0) ask(fault, { kind: 'promote', nodeId: fault.stream.pick(learners).nodeId });
  },

  removeMember: (fault) => {
    const { host, stream } = fault;
    const members = host.nodes.filter(({ nodeId }) => isMember(fault, nodeId));
    const leader = host.leader();
    const node = leader !== undefined && stream.chance(0.4) ? leader : stream.pick(members);
    ask(fault, { kind: 'remove', nodeId: node.nodeId });
  },
} satisfies Record<string, FaultAction>;

function isMember({ host }: FaultContext, nodeId: SimulatedNode['nodeId']): boolean {
  const { members } = host.regimes.newest;
  if (members !== undefined) return members.some((member) => member.nodeId === nodeId);
  return host.nodes.findIndex((node) => node.nodeId === nodeId) < host.config.nodes;
}

/** A node that was removed is of use again with a new directory. Whether it was. */
function bringBack({ host }: FaultContext, node: SimulatedNode): boolean {
  if (!host.regimes.hasTakenIn(node.nodeId, node.incarnation) && node.index >= host.config.nodes) return false;
  if (!node.retired) return false;
  host.coverage.hit('removed node brought back');
  node.retired = false;
  node.joins = true;
  node.disk.wipe(`${node.incarnation}-again`);
  node.start();
  return true;
}

function ask({ host, stream }: FaultContext, change: MemberChange): void {
  const leader = host.leader();
  if (leader === undefined) return;
  host.coverage.hit('change of members asked for');
  leader.give({ type: 'changeMembers', token: stream.next32(), change });
}
