import type { IdentityOrigin } from '../../storage/identity.ts';
import { counted } from '../counted.ts';
import { formatUptime } from '../duration.ts';
import { type Colors, printable } from '../output.ts';
import { formatSize } from '../size.ts';
import type {
  CheckpointReport,
  DirectoryReport,
  JournalReport,
  MemberReport,
  PartHealth,
  PartStatus,
} from './directory-report.ts';

/** One part of a directory, as it is shown. */
interface Section {
  readonly name: string;
  readonly status: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** For people, with the parts under one another. */
export function reportForTerminal(report: DirectoryReport, colors: Colors, nowMs: number): string {
  const paint: Readonly<Record<PartStatus, (text: string) => string>> = {
    ok: colors.green,
    missing: colors.yellow,
    damaged: colors.red,
    newer: colors.red,
  };
  const all = sections(report, nowMs);
  const width = Math.max(...all.flatMap(({ name, fields }) => [name.length, ...fields.map(([key]) => key.length + 2)]));
  const lines = all.flatMap(({ name, status, fields }) => [
    `${name.padEnd(width)}  ${(paint[status as PartStatus] ?? String)(status)}`,
    ...fields.map(([key, value]) => `${colors.dim(`  ${key}`.padEnd(width))}  ${printable(value)}`),
  ]);
  return [...lines, '', printable(report.start.text)].join('\n');
}

/** Part, field and value, divided by tabs for `cut` and `awk`. */
export function reportForPrograms(report: DirectoryReport, nowMs: number): string {
  const lines = sections(report, nowMs).flatMap(({ name, status, fields }) =>
    [['status', status] as const, ...fields].map(([key, value]) => [name, key, printable(value)].join('\t')),
  );
  return [...lines, `start\t${report.start.from}\t${printable(report.start.text)}`].join('\n');
}

function sections(report: DirectoryReport, nowMs: number): readonly Section[] {
  const { identity, cluster, witness, journal, checkpoints } = report;
  const { createdAt } = identity;
  const reached =
    witness.reached === null ? '' : `, which the journal ${witness.reached ? 'reaches' : 'does not reach'}`;
  return [
    section('identity', identity, [
      ['directory', report.directory],
      ['node', identity.id],
      ['incarnation', identity.incarnation],
      ['created', createdAt === null ? null : timeText(createdAt, nowMs)],
      ['format', identity.formatVersion],
      ['restored', identity.origin === null ? null : originText(identity.origin)],
    ]),
    clusterSection(cluster),
    section('witness', witness, [['mark', witness.sequence === null ? null : `record ${witness.sequence}${reached}`]]),
    section('journal', journal, journalFields(journal)),
    section('checkpoints', checkpoints, [['count', checkpoints.status === 'ok' ? checkpoints.list.length : null]]),
    ...checkpoints.list.map((checkpoint) =>
      section(`checkpoint ${checkpoint.slot}`, checkpoint, checkpointFields(checkpoint)),
    ),
  ];
}

type OptionalField = readonly [name: string, value: string | number | null];

function section(name: string, { status, problem }: PartHealth, fields: readonly OptionalField[]): Section {
  return { name, status, fields: known([...fields, ['problem', problem]]) };
}

/** Those that can be told. */
function known(fields: readonly OptionalField[]): Section['fields'] {
  return fields.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)] as const]));
}

function clusterSection(cluster: DirectoryReport['cluster']): Section {
  if (cluster === null) return { name: 'cluster', status: 'unknown', fields: [] };
  const { clusterId, name, formed, members, membersSlot, settings } = cluster;
  const leases = settings.leases ? `leases of ${settings.leaseMs}ms` : 'no leases';
  return {
    name: 'cluster',
    status: formed ? 'formed' : 'not formed yet',
    fields: [
      ['id', clusterId],
      ['name', name],
      ['members', membersSlot === 0 ? 'as it began' : `since slot ${membersSlot}`],
      ...members.map((member) => [`member ${member.id}`, memberText(member)] as const),
      ['settings', `${leases}, clocks that differ by ${settings.clockDriftPermille} permille`],
    ],
  };
}

function memberText({ address, incarnation, standing, replaces }: MemberReport): string {
  const place = replaces === null ? '' : ` in the place of ${replaces}`;
  return `${address}, incarnation ${incarnation}${standing === 'voter' ? '' : `, ${standing}${place}`}`;
}

function journalFields(journal: JournalReport): readonly OptionalField[] {
  const { records, firstSequence, lastSequence, anchor, promised, lowestSlot, highestSlot } = journal;
  const sequences = firstSequence === null ? '' : `: ${firstSequence} to ${lastSequence}`;
  const isRead = records > 0 || anchor !== null;
  if (!isRead) return [['records', journal.status === 'ok' ? 'none' : null]];
  return [
    ['records', `${records}${sequences}${journal.status === 'ok' ? '' : ' could be read'}`],
    [
      'anchor',
      anchor === null ? 'none' : `after record ${anchor.sequence}, trimmed through slot ${anchor.trimmedThrough}`,
    ],
    ['promised', promised === null ? 'nothing' : `${promised.round}.${promised.node}`],
    ['chosen', `through slot ${journal.chosenThrough}`],
    ['trimmed', journal.trimmedThrough === 0 ? 'nothing' : `through slot ${journal.trimmedThrough}`],
    ['accepted', lowestSlot === null ? 'nothing' : `slots ${lowestSlot} to ${highestSlot}`],
    ['values', formatSize(journal.valueBytes)],
    ...journal.seen.map(({ id, incarnation, sequence }): OptionalField => {
      return [`seen of ${id}`, `record ${sequence}, incarnation ${incarnation}`];
    }),
  ];
}

function checkpointFields(checkpoint: CheckpointReport): readonly OptionalField[] {
  const { revision, hash, chunks, intactChunks, bytes, stateMatches, keys, sessions, locks, membersSlot } = checkpoint;
  const { featureLevel, residentBytes, quotaBytes } = checkpoint;
  const isWhole = chunks === intactChunks;
  const state =
    keys === null
      ? 'not the one of that hash'
      : [counted(keys, 'key'), counted(sessions ?? 0, 'session'), counted(locks ?? 0, 'lock')].join(', ');
  return [
    ['revision', revision],
    ['hash', hash],
    ['chunks', chunks === null ? null : `${chunks}, ${isWhole ? 'all' : `only ${intactChunks}`} intact`],
    ['size', bytes === null ? null : formatSize(bytes)],
    ['state', stateMatches === null ? null : state],
    ['takes', residentBytes === null ? null : roomText(residentBytes, quotaBytes)],
    ['feature level', featureLevel],
    ['members', (membersSlot ?? 0) === 0 ? null : `since slot ${membersSlot}`],
  ];
}

function originText({ digest, revision, backup }: IdentityOrigin): string {
  const from = `cluster ${backup.clusterId}, slot ${backup.slot}, revision ${backup.revision}`;
  return `to state ${digest.slice(0, 16)} at revision ${revision}, from ${from}`;
}

function roomText(residentBytes: number, quotaBytes: number | null): string {
  const taken = formatSize(residentBytes);
  return quotaBytes === null ? taken : `${taken} of ${formatSize(quotaBytes)}`;
}

function timeText(iso8601: string, nowMs: number): string {
  const atMs = Date.parse(iso8601);
  const text = new Date(atMs)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
  return atMs > nowMs ? text : `${text}, ${formatUptime((nowMs - atMs) / 1_000)} ago`;
}
