import type { Durations } from '../../rpc/inspection-client.ts';
import type { ClusterStatus, MemberStatus } from '../cluster-status.ts';
import type { CommandContext } from '../context.ts';
import { formatUptime } from '../duration.ts';
import { type Colors, colorsFor, printable } from '../output.ts';
import { formatSize } from '../size.ts';
import { paintOf } from '../state-colors.ts';
import { alignedRows } from '../table.ts';
import { formatMilliseconds } from './milliseconds.ts';
import type { VitalsReading } from './vitals-reading.ts';

/** What the members say of themselves, and how those are that answered; by node id. */
export interface ObservedCluster {
  readonly cluster: ClusterStatus;
  readonly vitals: ReadonlyMap<string, VitalsReading>;
}

const memberTitles = [
  'MEMBER',
  'STATE',
  'ADDRESS',
  'BALLOT',
  'CHOSEN',
  'APPLIED',
  'CHECKPOINT',
  'PID',
  'VERSION',
  'UP',
];
const vitalsTitles = [
  'MEMBER',
  'BEHIND',
  'ROUND TRIP',
  'FSYNC',
  'COMMIT',
  'LOOP',
  'MEMORY',
  'DISK FREE',
  'JOURNAL',
  'CLIENTS',
  'WATCHES',
];

/** As programs are told: the status, and of each member `vitals` and `roundTrip`, or null. */
export function statusJson({ cluster, vitals }: ObservedCluster) {
  const roundTrips = roundTripsOf({ cluster, vitals });
  const members = cluster.members.map((member) => {
    const reading = member.id === null ? undefined : vitals.get(member.id);
    return {
      ...member,
      vitals: reading === undefined ? null : vitalsJson(reading),
      roundTrip: roundTrips.get(member.id) ?? null,
    };
  });
  return { ...cluster, members };
}

function vitalsJson({ vitals }: VitalsReading) {
  const { residentMemoryBytes, heapUsedBytes, eventLoopDelayP99Ms, eventLoopDelayMaxMs } = vitals;
  const { appends, commits, diskFreeBytes, diskNeededBytes, journaledBytes } = vitals;
  return {
    residentMemoryBytes,
    heapUsedBytes,
    eventLoopDelayP99Ms,
    eventLoopDelayMaxMs,
    appends,
    commits,
    diskFreeBytes,
    diskNeededBytes,
    journaledBytes,
  };
}

/** Everything at one glance. */
export function statusText(observed: ObservedCluster, { stdout, environment }: CommandContext): string {
  const { cluster, vitals } = observed;
  const colors = colorsFor(stdout, environment);
  const onTerminal = stdout.isTTY === true;
  const titled = (titles: readonly string[]): string[] => titles.map((title) => colors.dim(title));
  const parts = [
    alignedRows([titled(memberTitles), ...cluster.members.map((member) => memberRow(member, colors))], onTerminal),
  ];
  if (vitals.size > 0) {
    const roundTrips = roundTripsOf(observed);
    const rows = cluster.members.map((member) => vitalsRow(member, vitals, roundTrips.get(member.id)));
    parts.push('', alignedRows([titled(vitalsTitles), ...rows], onTerminal), '');
  }
  const summary = [
    `cluster ${cluster.clusterId ?? 'unknown'}`,
    `leader ${cluster.leader ?? colors.red('none')}`,
    `revision ${cluster.revision ?? 'unknown'}`,
    `can lose ${cluster.failureTolerance} more`,
    ...roomText(cluster, colors),
  ];
  const errors = cluster.members.flatMap(({ id, lastError }) =>
    lastError === null ? [] : [colors.yellow(`last error ${id}: ${printable(lastError)}`)],
  );
  const alarms = cluster.members.flatMap(({ id, alarm }) =>
    alarm === null ? [] : [colors.red(`alarm ${id}: ${printable(alarm)}`)],
  );
  return [...parts, summary.join('   '), ...errors, ...alarms].join('\n');
}

/** Coloured as the node's log warns. */
function roomText({ residentBytes, quotaBytes, featureLevel }: ClusterStatus, colors: Colors): readonly string[] {
  if (residentBytes === null || featureLevel === null) return [];
  const size = formatSize(residentBytes);
  if (quotaBytes === null) return [`state ${size}`, `feature level ${featureLevel}`];
  const used = residentBytes / quotaBytes;
  const paint = used >= 0.95 ? colors.red : used >= 0.8 ? colors.yellow : String;
  return [paint(`state ${size} of ${formatSize(quotaBytes)}`), `feature level ${featureLevel}`];
}

function memberRow(member: MemberStatus, colors: Colors): string[] {
  const paint = paintOf(member.state, colors);
  return [
    member.id,
    paint(member.state),
    member.address,
    member.ballot === null ? null : `${member.ballot.round}.${member.ballot.node}`,
    member.chosen,
    member.applied,
    member.checkpoint,
    member.pid,
    member.version,
    member.uptimeSeconds === null ? null : formatUptime(member.uptimeSeconds),
  ].map((cell) => String(cell ?? '-'));
}

function vitalsRow(
  { id, behind, connections, watches }: MemberStatus,
  readings: ObservedCluster['vitals'],
  roundTrip: Durations | undefined,
): string[] {
  const vitals = id === null ? undefined : readings.get(id)?.vitals;
  return [
    id,
    behind,
    roundTrip && formatMilliseconds(roundTrip.medianMs),
    worst(vitals?.appends),
    worst(vitals?.commits),
    vitals && formatMilliseconds(vitals.eventLoopDelayP99Ms),
    vitals && formatSize(vitals.residentMemoryBytes),
    vitals && vitals.diskFreeBytes > 0 ? formatSize(vitals.diskFreeBytes) : null,
    vitals && formatSize(vitals.journaledBytes),
    connections,
    watches,
  ].map((cell) => String(cell ?? '-'));
}

/** As most see it that are unlucky. */
function worst(durations: Durations | undefined): string | undefined {
  return durations === undefined || durations.count === 0 ? undefined : formatMilliseconds(durations.p99Ms);
}

/** From the leader to each member that answers it. */
export function roundTripsOf({ cluster, vitals }: ObservedCluster): ReadonlyMap<string | null, Durations> {
  const leader = cluster.leader === null ? undefined : vitals.get(cluster.leader)?.vitals;
  return new Map(leader?.roundTrips.map(({ nodeId, durations }) => [nodeId, durations]) ?? []);
}
