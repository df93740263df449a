import type { ClusterStatus, MemberStatus } from '../cluster-status.ts';

/** Something that has happened to the nodes, as far as one can see who looks now and then. */
export type ClusterChange =
  | { readonly type: 'leader'; readonly leader: string | null; readonly previous: string | null }
  | {
      readonly type: 'member';
      readonly id: string;
      readonly change: 'joined' | 'left' | 'answers' | 'silent' | 'stranger' | 'voter' | 'learner' | 'joining';
    };

/** What is different; if nobody has answered, nobody knows whether the members are others. */
export function clusterChanges(before: ClusterStatus, now: ClusterStatus): readonly ClusterChange[] {
  const changes: ClusterChange[] = [];
  if (now.leader !== before.leader) changes.push({ type: 'leader', leader: now.leader, previous: before.leader });
  if (before.clusterId === null || now.clusterId === null) return changes;
  const former = new Map(before.members.map((member) => [member.id, member]));
  for (const member of now.members) {
    const { id } = member;
    if (id === null) continue;
    const known = former.get(id);
    former.delete(id);
    if (known === undefined) changes.push({ type: 'member', id, change: 'joined' });
    else changes.push(...memberChanges(id, known, member));
  }
  for (const id of former.keys()) if (id !== null) changes.push({ type: 'member', id, change: 'left' });
  return changes;
}

function* memberChanges(id: string, before: MemberStatus, now: MemberStatus): Iterable<ClusterChange> {
  if (now.standing !== before.standing && now.standing !== null) yield { type: 'member', id, change: now.standing };
  const reached = reachOf(now);
  if (reached !== reachOf(before)) yield { type: 'member', id, change: reached };
}

function reachOf({ state }: MemberStatus): 'answers' | 'silent' | 'stranger' {
  if (state === 'unreachable') return 'silent';
  return state === 'stranger' ? 'stranger' : 'answers';
}

export function clusterChangeText(change: ClusterChange): string {
  if (change.type === 'member') return `- member ${change.id} ${change.change}`;
  const former = change.previous === null ? '' : ` (before: ${change.previous})`;
  return change.leader === null ? `- leader lost${former}` : `- leader ${change.leader}${former}`;
}
