import { type ClusterStatus, failureTolerance, type MemberStatus } from '../cluster-status.ts';
import { counted } from '../counted.ts';

/** What it is to the cluster that this member leaves. */
export function consequencesOfRemoval({ leader, members }: ClusterStatus, leaving: MemberStatus): readonly string[] {
  const { id, standing, address, state } = leaving;
  const after = members.filter((member) => member !== leaving);
  const change =
    standing === 'voter'
      ? `${votersText(after)} instead of ${voterCount(members)}; ${toleranceText(members, after)}`
      : `it is a ${standing}, and does not count for failures`;
  return [
    `${id} at ${address} is removed for good: ${change}.`,
    ...(id === leader ? [`${id} leads, and hands over first.`] : []),
    ...(state === 'unreachable'
      ? [`${id} does not answer. If it comes back, it is told that it was removed, and stops.`]
      : [`${id} stops by itself (REMOVED).`]),
  ];
}

/** The new one counts as one that answers: before it has caught up, nothing changes. */
export function consequencesOfReplacement(
  { leader, members }: ClusterStatus,
  leaving: MemberStatus,
  newId: string,
): readonly string[] {
  const staying = members.filter((member) => member !== leaving && member.id !== newId);
  const after = [...staying, { standing: 'voter', state: 'follower' } as const];
  return [
    `${newId} receives the log, and takes the place of ${leaving.id} at ${leaving.address} once it has caught up.`,
    'Until then nothing changes.',
    `Then: ${votersText(after)}; ${toleranceText(members, after)}.`,
    ...(leaving.id === leader ? [`${leaving.id} leads, and hands over then.`] : []),
  ];
}

type Counted = Pick<MemberStatus, 'standing' | 'state'>;

export function votersText(members: readonly Counted[]): string {
  return counted(voterCount(members), 'voter');
}

function voterCount(members: readonly Counted[]): number {
  return members.filter(({ standing }) => standing === 'voter').length;
}

function toleranceText(before: readonly Counted[], after: readonly Counted[]): string {
  const [now, then] = [failureTolerance(before), failureTolerance(after)];
  return `can lose ${then} more${now === then ? ', as now' : ` instead of ${now}`}`;
}
