import type { CommandContext } from './context.ts';

/** What one node says of itself, as `admin.proto` has it; an empty string or an absent message there is `null` here. */
export interface NodeStatus {
  readonly clusterId: string | null;
  readonly nodeId: string;
  readonly state: 'leader' | 'follower' | 'learner';
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
  readonly members: readonly MemberAddress[];
  /** `null` of a version without levels. */
  readonly featureLevel: number | null;
  readonly residentBytes: number | null;
  /** `null` likewise, and as long as none is in force. */
  readonly quotaBytes: number | null;
}

export interface MemberAddress {
  readonly nodeId: string;
  readonly address: string;
}

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
