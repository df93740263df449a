import type { NodeVitals } from '../../rpc/inspection-client.ts';
import { formatMilliseconds } from '../observe/milliseconds.ts';
import { formatSize } from '../size.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, type Level, levelOf, overMembers } from './finding.ts';

const commitMs = { warning: 250, critical: 1_000 };
/** Of the defaults, for nodes that do not say. */
const defaultLeaseMs = 200;
const defaultSilenceMs = 600;

/** What is to be known of each node and its machine. */
export function nodeFindings(evidence: Evidence): readonly Finding[] {
  const { cluster, statuses, vitals } = evidence;
  const silent = [...statuses.keys()].filter((id) => !vitals.has(id));
  return [
    ...silent.map((member): Finding => {
      return { check: 'vitals', member, level: 'unknown', detail: 'does not tell how it is: its version is older' };
    }),
    ...roundTrips(newest(evidence), cluster.leader),
    ...fsync(newest(evidence)),
    ...commits(newest(evidence), cluster.leader),
    ...eventLoop(newest(evidence)),
    ...disk(newest(evidence)),
    ...configuration(newest(evidence)),
  ];
}

type Vitals = readonly (readonly [member: string, vitals: NodeVitals])[];

function newest({ vitals }: Evidence): Vitals {
  return [...vitals].map(([member, { second }]) => [member, second.vitals]);
}

/** Past T, a lease has run out before it is granted. */
function roundTrips(vitals: Vitals, leader: string | null): readonly Finding[] {
  const found = vitals.find(([member]) => member === leader)?.[1];
  if (found === undefined) return [];
  const leaseMs = found.leaseMs || defaultLeaseMs;
  return overMembers(
    'round-trip',
    found.roundTrips.map(({ nodeId, durations: { medianMs } }) => {
      const level = levelOf(medianMs, leaseMs / 2, leaseMs);
      return {
        member: nodeId,
        level,
        value: medianMs,
        detail: `${formatMilliseconds(medianMs)} from the leader and back`,
      };
    }),
  );
}

/** A leader whose disk takes longer than the others wait for it is no leader. */
function fsync(vitals: Vitals): readonly Finding[] {
  return overMembers(
    'fsync',
    vitals.map(([member, { appends, leaseMs, settings }]) => {
      const { count, p99Ms } = appends;
      if (count === 0) return { member, level: 'ok', value: 0, detail: 'has written nothing yet' };
      const silenceMs = Number(settings.find(({ name }) => name === 'silenceMsLow')?.value ?? defaultSilenceMs);
      const level = levelOf(p99Ms, (leaseMs || defaultLeaseMs) / 2, silenceMs);
      return {
        member,
        level,
        value: p99Ms,
        detail: `${formatMilliseconds(p99Ms)} for 99 of 100 appends to the journal`,
      };
    }),
  );
}

function commits(vitals: Vitals, leader: string | null): readonly Finding[] {
  const durations = vitals.find(([member]) => member === leader)?.[1].commits;
  if (durations === undefined || durations.count === 0) return [];
  const { p99Ms } = durations;
  const level = levelOf(p99Ms, commitMs.warning, commitMs.critical);
  return [
    { check: 'commit', member: null, level, detail: `${formatMilliseconds(p99Ms)} until 99 of 100 slots are chosen` },
  ];
}

function eventLoop(vitals: Vitals): readonly Finding[] {
  return overMembers(
    'event-loop',
    vitals.map(([member, { eventLoopDelayP99Ms: delayMs, leaseMs }]) => {
      const limitMs = leaseMs || defaultLeaseMs;
      const level = levelOf(delayMs, limitMs / 4, limitMs);
      return { member, level, value: delayMs, detail: `${formatMilliseconds(delayMs)} late` };
    }),
  );
}

function disk(vitals: Vitals): readonly Finding[] {
  return overMembers(
    'disk',
    vitals.flatMap(([member, { diskFreeBytes, diskNeededBytes }]) => {
      if (diskFreeBytes === 0) return [];
      const level: Level =
        diskFreeBytes < diskNeededBytes ? 'critical' : diskFreeBytes < 2 * diskNeededBytes ? 'warning' : 'ok';
      const detail = `${formatSize(diskFreeBytes)} free, ${formatSize(diskNeededBytes)} may be needed`;
      return [{ member, level, value: -diskFreeBytes, detail }];
    }),
  );
}

/** Nodes are meant to have the same settings: what most have is taken for what is meant. */
function configuration(vitals: Vitals): readonly Finding[] {
  const names = new Set(vitals.flatMap(([, { settings }]) => settings.map(({ name }) => name)));
  const drifted = [...names].flatMap((name): Finding[] => {
    const values = vitals.flatMap(([member, { settings }]) => {
      const value = settings.find((setting) => setting.name === name)?.value;
      return value === undefined ? [] : [{ member, value }];
    });
    if (new Set(values.map(({ value }) => value)).size < 2) return [];
    const detail = `${name} differs: ${values.map(({ member, value }) => `${value} at ${member}`).join(', ')}`;
    return [{ check: 'configuration', member: null, level: 'warning', detail }];
  });
  if (drifted.length > 0 || vitals.length < 2) return drifted;
  return [{ check: 'configuration', member: null, level: 'ok', detail: `${names.size} settings are the same on all` }];
}
