import type { CommandContext } from './context.ts';

/** What one node says of itself, as `admin.proto` has it; an empty string or an absent message there is `null` here. */
export interface NodeStatus {
  readonly clusterId: string | null;
  readonly nodeId: string;
  readonly state: 'leader' | 'follower';
  readonly leaderId: string | null;
  readonly ballot: { readonly round: number; readonly node: string } | null;
  readonly chosenSlot: number;
  readonly appliedSlot: number;
  readonly revision: number;
  readonly pid: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** What somebody has to look into, though the node goes on. */
  readonly alarm: string | null;
  /** The last thing that went wrong since its start. */
  readonly lastError: string | null;
  /** Of clients, on this node. */
  readonly connections: number;
  readonly watches: number;
  /** `null` of a version without levels. */
  readonly featureLevel: number | null;
  /** The highest that it carries out; `null` likewise. */
  readonly supportedLevel: number | null;
  readonly residentBytes: number | null;
  /** `null` likewise, and as long as none is in force. */
  readonly quotaBytes: number | null;
  /** Of the newest checkpoint on its disk; 0: none. */
  readonly checkpointSlot: number;
  /** As the node knows them; before the cluster has formed, as it was started. */
  readonly members: readonly KnownMember[];
  /** In which the members were chosen; 0: with the birth of the cluster. */
  readonly membersSlot: number;
}

export interface KnownMember {
  readonly nodeId: string;
  readonly address: string;
  /** Empty before the cluster has formed. */
  readonly incarnation: string;
  readonly standing: MemberStanding;
  /** Of one that joins: who leaves when it becomes a voter. */
  readonly replaces: string | null;
}

/** `joining`: a learner that becomes a voter once it has caught up. */
export type MemberStanding = 'voter' | 'learner' | 'joining';

export type EndpointReport =
  | { readonly kind: 'answered'; readonly endpoint: string; readonly status: NodeStatus }
  | { readonly kind: 'failed'; readonly endpoint: string; readonly reason: string };

/** A node answers at once or is in trouble. */
export const probeTimeoutMs = 1_000;

/** Asks all endpoints at the same time; the reports stand in their order. */
export function probeAll(
  context: Pick<CommandContext, 'probe'>,
  endpoints: readonly string[],
  timeoutMs = probeTimeoutMs,
): Promise<EndpointReport[]> {
  return Promise.all(endpoints.map((endpoint) => context.probe(endpoint, timeoutMs)));
}

export function hasLeader(reports: readonly EndpointReport[]): boolean {
  return reports.some((report) => report.kind === 'answered' && report.status.leaderId !== null);
}
