import type { MemberStatus } from '../cluster-status.ts';
import { isComplete, verdictOf } from '../observe/hash-comparison.ts';
import { formatMilliseconds } from '../observe/milliseconds.ts';
import { formatSize } from '../size.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, levelOf, overMembers } from './finding.ts';

/** As many as a leader hands out in one go to a member that catches up. */
const slotsBehind = { warning: 1_024, critical: 100_000 };
const readsMs = { warning: 100, critical: 1_000 };
/** Parts of the quota, at which nodes warn in their logs, too. */
const quotaUsed = { warning: 0.8, critical: 0.95 };

/** What is to be known of the cluster as a whole. */
export function clusterFindings(evidence: Evidence): readonly Finding[] {
  return [
    leader(evidence),
    ...members(evidence),
    ...tolerance(evidence),
    ...lag(evidence),
    reads(evidence),
    state(evidence),
    ...alarms(evidence),
    ...versions(evidence),
    ...quota(evidence),
  ];
}

function leader({ cluster }: Evidence): Finding {
  const found = cluster.leader;
  if (found === null) return { check: 'leader', member: null, level: 'critical', detail: 'nobody leads' };
  return { check: 'leader', member: null, level: 'ok', detail: `${found} leads` };
}

function members({ cluster }: Evidence): readonly Finding[] {
  const missing = cluster.members.filter(({ state }) => state === 'unreachable' || state === 'stranger');
  if (missing.length === 0) {
    return [{ check: 'members', member: null, level: 'ok', detail: `all ${cluster.members.length} answer` }];
  }
  return missing.map(({ id, address, state }) => {
    const detail =
      state === 'stranger' ? 'answers, but does not belong to the cluster' : `does not answer at ${address}`;
    return { check: 'members', member: id, level: 'warning', detail };
  });
}

/** Few voters tolerate nothing even while all of them answer: that is no failure. */
function tolerance({ cluster }: Evidence): readonly Finding[] {
  const voters = cluster.members.filter(({ standing }) => standing === 'voter').length;
  if (voters === 0) return [];
  const designed = Math.max(0, Math.ceil(voters / 2) - 1);
  const { failureTolerance } = cluster;
  const lost = failureTolerance < designed;
  const level = lost ? (failureTolerance === 0 ? 'critical' : 'warning') : 'ok';
  const detail = `can lose ${failureTolerance} more${lost ? `, of ${designed} if all voters answer` : ''}`;
  return [{ check: 'tolerance', member: null, level, detail }];
}

function lag({ cluster }: Evidence): readonly Finding[] {
  return overMembers(
    'lag',
    cluster.members.flatMap(({ id, behind }: MemberStatus) => {
      if (id === null || behind === null) return [];
      const level = levelOf(behind, slotsBehind.warning, slotsBehind.critical);
      return [{ member: id, level, value: behind, detail: `${behind} slots behind` }];
    }),
  );
}

function reads({ reads: { durationsMs, problem } }: Evidence): Finding {
  if (problem !== undefined) return { check: 'reads', member: null, level: 'critical', detail: problem };
  const sorted = [...durationsMs].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const slowest = formatMilliseconds(sorted.at(-1) ?? 0);
  const detail = `${formatMilliseconds(median)} for a linearizable read, ${slowest} for the slowest of ${sorted.length}`;
  return { check: 'reads', member: null, level: levelOf(median, readsMs.warning, readsMs.critical), detail };
}

function state({ hashes }: Evidence): Finding {
  const level = hashes.same === false ? 'critical' : isComplete(hashes) && hashes.members.length > 0 ? 'ok' : 'unknown';
  return { check: 'state', member: null, level, detail: verdictOf(hashes) };
}

function alarms({ cluster }: Evidence): readonly Finding[] {
  return cluster.members.flatMap(({ id, alarm }) => {
    return alarm === null ? [] : [{ check: 'alarm', member: id, level: 'critical' as const, detail: alarm }];
  });
}

function versions({ statuses }: Evidence): readonly Finding[] {
  const byVersion = new Map<string, string[]>();
  for (const [id, { version }] of statuses) byVersion.set(version, [...(byVersion.get(version) ?? []), id]);
  const [only] = byVersion.keys();
  if (only === undefined) return [];
  if (byVersion.size === 1) return [{ check: 'versions', member: null, level: 'ok', detail: `all run ${only}` }];
  const detail = [...byVersion].map(([version, ids]) => `${ids.join(', ')} run ${version}`).join('; ');
  return [{ check: 'versions', member: null, level: 'warning', detail }];
}

function quota({ cluster: { residentBytes, quotaBytes } }: Evidence): readonly Finding[] {
  if (residentBytes === null || quotaBytes === null) return [];
  const used = residentBytes / quotaBytes;
  const detail = `the state takes ${formatSize(residentBytes)} of ${formatSize(quotaBytes)}`;
  return [{ check: 'quota', member: null, level: levelOf(used, quotaUsed.warning, quotaUsed.critical), detail }];
}
