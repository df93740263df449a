import { counted } from '../counted.ts';
import { formatUptime } from '../duration.ts';
import { type Colors, printable } from '../output.ts';
import { formatSize } from '../size.ts';
import type { Backup } from './read-backup.ts';
import { type StateCounts, stateCounts } from './state-counts.ts';

/** What is in a backup, as `snapshot status --json` and `snapshot save --json` print it. Bytes are numbers, times ISO 8601. */
export interface SnapshotReport extends StateCounts {
  readonly file: string;
  readonly status: 'ok';
  readonly problem: null;
  readonly clusterId: string;
  readonly clusterName: string;
  readonly node: string;
  readonly programVersion: string;
  /** By the clock of that node. */
  readonly createdAt: string;
  /** Taken without a read point. */
  readonly stale: boolean;
  readonly slot: number;
  readonly revision: number;
  readonly stateHash: string;
  readonly chunks: number;
  readonly stateBytes: number;
  readonly fileBytes: number;
  /** Over everything before the trailer. */
  readonly sha256: string;
}

export function snapshotReport({ file, header, trailer, fileBytes, state }: Backup): SnapshotReport {
  return {
    file,
    status: 'ok',
    problem: null,
    clusterId: header.clusterId,
    clusterName: header.clusterName,
    node: header.nodeId,
    programVersion: header.programVersion,
    createdAt: new Date(header.createdAtMs).toISOString(),
    stale: header.stale,
    slot: header.slot,
    revision: header.revision,
    stateHash: header.stateHash,
    ...stateCounts(state),
    chunks: trailer.chunks,
    stateBytes: trailer.bytes,
    fileBytes,
    sha256: Buffer.from(trailer.sha256).toString('hex'),
  };
}

/** For people. */
export function reportForTerminal(report: SnapshotReport, colors: Colors, nowMs: number): string {
  const fields = fieldsOf(report, nowMs);
  const width = Math.max(...fields.map(([name]) => name.length));
  const lines = fields.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${printable(value)}`);
  return [`${printable(report.file)}  ${colors.green('ok')}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Field and value, divided by a tab for `cut` and `awk`. */
export function reportForPrograms(report: SnapshotReport, nowMs: number): string {
  const fields = [['file', report.file], ['status', 'ok'], ...fieldsOf(report, nowMs)] as const;
  return fields.map(([name, value]) => `${name}\t${printable(value)}`).join('\n');
}

function fieldsOf(report: SnapshotReport, nowMs: number): readonly (readonly [name: string, value: string])[] {
  const { keys, ephemeralKeys, keyBytes, counters, sessions, locks, chunks, stateBytes, fileBytes } = report;
  const ephemeral = ephemeralKeys === 0 ? '' : `, of which ${ephemeralKeys} ephemeral`;
  const age = (nowMs - Date.parse(report.createdAt)) / 1_000;
  const ago = age < 0 ? '' : `, ${formatUptime(age)} ago`;
  return [
    ['cluster', `${report.clusterId} (${report.clusterName})`],
    ['made', `${report.createdAt}${ago}, by ${report.node}, conclave ${report.programVersion}`],
    ...(report.stale ? [['stale', 'what was acknowledged before it was made may be missing'] as const] : []),
    ['slot', String(report.slot)],
    ['revision', String(report.revision)],
    ['hash', report.stateHash],
    ['keys', `${keys}${ephemeral}; ${formatSize(keyBytes)} of keys and values`],
    ['counters', String(counters)],
    ['sessions', String(sessions)],
    ['locks', String(locks)],
    ['size', `${formatSize(fileBytes)}, of which state ${formatSize(stateBytes)} in ${counted(chunks, 'chunk')}`],
    ['sha256', report.sha256],
  ];
}
