import type { ClusterStatus, MemberStatus } from '../cluster-status.ts';
import type { CommandContext } from '../context.ts';
import { colorsFor } from '../output.ts';
import { paintOf } from '../state-colors.ts';
import { alignedRows } from '../table.ts';

/** One member, as programs are told. */
export function memberJson({ id, standing, replaces, state, address, behind, incarnation }: MemberStatus) {
  return { id, standing, replaces, state, address, behind, incarnation };
}

export function membersJson({ clusterId, leader, failureTolerance, membersSlot, members }: ClusterStatus) {
  return { clusterId, leader, failureTolerance, membersSlot, members: members.map(memberJson) };
}

export function membersText(cluster: ClusterStatus, { stdout, environment }: CommandContext): string {
  const colors = colorsFor(stdout, environment);
  const titles = ['MEMBER', 'STANDING', 'STATE', 'ADDRESS', 'BEHIND', 'INCARNATION'].map((title) => colors.dim(title));
  const rows = cluster.members.map((member) => {
    const { id, state, address, behind, incarnation } = member;
    return [id, standingText(member), paintOf(state, colors)(state), address, behind, incarnation].map((cell) =>
      String(cell ?? '-'),
    );
  });
  const { membersSlot } = cluster;
  const since =
    membersSlot === null ? 'unknown' : membersSlot === 0 ? 'founding members' : `members since slot ${membersSlot}`;
  const summary = [
    `cluster ${cluster.clusterId ?? 'unknown'}`,
    `leader ${cluster.leader ?? colors.red('none')}`,
    since,
    `can lose ${cluster.failureTolerance} more`,
  ];
  return `${alignedRows([titles, ...rows], stdout.isTTY === true)}\n${summary.join('   ')}`;
}

function standingText({ standing, replaces }: MemberStatus): string {
  return replaces === null ? (standing ?? '-') : `${standing} for ${replaces}`;
}
