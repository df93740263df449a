import type { HistoryLine, OperationEvent } from '../../checkers/event-history.ts';
import type { Finding } from '../../checkers/history.ts';
import { describe } from '../../checkers/structural-equality.ts';
import {
  accountMembers,
  accountsPrefix,
  balanceOf,
  finalProcess,
  groupParts,
  groupPrefix,
  guardedPrefix,
  guardedToken,
  initialBalance,
  isSessionProcess,
  lockPrefix,
  markerKey,
  pairPrefix,
  readTally,
  tallyPrefix,
} from './workload-names.ts';

/** From one moment to another, both in nanoseconds since the run's start. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

type Completed<Op extends OperationEvent['op']> = Extract<OperationEvent, { readonly op: Op; readonly outcome: 'ok' }>;

function isCompleted<Op extends OperationEvent['op']>(line: HistoryLine, op: Op): line is Completed<Op> {
  return line.op === op && 'outcome' in line && line.outcome === 'ok';
}

/** What is read of two keys that are only written together is equal, in reads and in what watches show. */
export function checkPairs(lines: readonly HistoryLine[]): Finding[] {
  const findings: Finding[] = [];
  const find = (line: HistoryLine): void => {
    findings.push({ check: 'transactions are atomic', detail: describe(line) });
  };
  for (const line of lines) {
    if (isCompleted(line, 'get') && line.result !== null && groupPrefix(line.key)?.startsWith(pairPrefix) === true) {
      if (new Set(groupParts(line.result)).size !== 1) find(line);
    }
    if (line.op !== 'watch-events') continue;
    const shown = new Map<string, string[]>();
    for (const { key, value } of line.events) {
      if (!key.startsWith(pairPrefix) || key === markerKey(pairPrefix)) continue;
      const group = key.slice(0, key.lastIndexOf('/'));
      shown.set(group, [...(shown.get(group) ?? []), value ?? '']);
    }
    if ([...shown.values()].some((values) => values.length !== 2 || values[0] !== values[1])) find(line);
  }
  return findings;
}

/** Transfers neither make nor destroy anything. */
export function checkAccounts(lines: readonly HistoryLine[]): Finding[] {
  const total = accountMembers.length * initialBalance;
  const findings: Finding[] = [];
  for (const line of lines) {
    if (!isCompleted(line, 'get') || line.result === null) continue;
    if (groupPrefix(line.key)?.startsWith(accountsPrefix) !== true) continue;
    const sum = groupParts(line.result).reduce((so, part) => so + balanceOf(part), 0);
    if (sum !== total) findings.push({ check: 'transfers keep the sum', detail: `${sum}: ${describe(line)}` });
  }
  return findings;
}

/** What was counted under a lock is the number of increments that were accepted: none was lost, none came twice. */
export function checkTallies(lines: readonly HistoryLine[]): Finding[] {
  const increments = new Map<string, number>();
  const last = new Map<string, number>();
  for (const line of lines) {
    if (isCompleted(line, 'fenced-write') && line.key.startsWith(tallyPrefix)) {
      const counts = line.result && readTally(line.value).step > 0;
      increments.set(line.key, (increments.get(line.key) ?? 0) + (counts ? 1 : 0));
    }
    if (isCompleted(line, 'fenced-read') && line.process === finalProcess && line.key.startsWith(tallyPrefix)) {
      last.set(line.key, readTally(line.result).count);
    }
  }
  return [...last].flatMap(([key, count]) => {
    const expected = increments.get(key) ?? 0;
    const detail = `${key}: ${expected} increments were accepted, and ${count} is the number`;
    return count === expected ? [] : [{ check: 'no update under a lock is lost', detail }];
  });
}

/** Nothing is counted as long as a lock is shared: all that is read with the token of its readers is one number. */
export function checkSharedReads(lines: readonly HistoryLine[]): Finding[] {
  const shared = new Set<string>();
  for (const line of lines) {
    if (!isCompleted(line, 'lock') || line.mode !== 'shared') continue;
    shared.add(`${tallyPrefix}${line.key.slice(lockPrefix.length)} ${line.token}`);
  }
  const counts = new Map<string, number>();
  const findings: Finding[] = [];
  for (const line of lines) {
    if (!isCompleted(line, 'fenced-write') || !line.result) continue;
    const period = `${line.key} ${line.token}`;
    if (!shared.has(period)) continue;
    const { count } = readTally(line.value);
    const before = counts.get(period) ?? count;
    counts.set(period, before);
    const detail = `${before} was read before: ${describe(line)}`;
    if (count !== before) findings.push({ check: 'nothing is written under a shared lock', detail });
  }
  return findings;
}

/** Writes under the condition that a lock is held come in the order of the holders. */
export function checkGuardedWrites(lines: readonly HistoryLine[]): Finding[] {
  const findings: Finding[] = [];
  const byKey = new Map<string, { readonly revision: number; readonly line: Completed<'put'> }[]>();
  for (const line of lines) {
    if (!isCompleted(line, 'put') || !line.key.startsWith(guardedPrefix) || line.revision === undefined) continue;
    const ofKey = byKey.get(line.key) ?? [];
    ofKey.push({ revision: line.revision, line });
    byKey.set(line.key, ofKey);
  }
  for (const ofKey of byKey.values()) {
    let highest = 0;
    for (const { line } of ofKey.sort((a, b) => a.revision - b.revision)) {
      const token = guardedToken(line.value);
      if (token < highest)
        findings.push({ check: 'the condition on a lock holds', detail: `after ${highest}: ${describe(line)}` });
      highest = Math.max(highest, token);
    }
  }
  return findings;
}

/**
 * A session whose client ran and was connected, to a cluster that was healthy, for more than a whole TTL, does not end. `calm` are the
 * times when nothing was being done to anybody, but for sessions that an operator closes.
 */
export function checkCalmSessions(lines: readonly HistoryLine[], calm: readonly Interval[]): Finding[] {
  const ttls = new Map<string, number>();
  const closed = new Set<string>();
  const findings: Finding[] = [];
  for (const line of lines) {
    if (line.op === 'session-alive') ttls.set(line.session, line.ttl);
    if (line.op === 'session-close-other') closed.add(line.session);
    if (line.op !== 'session-lost' || !isSessionProcess(line.process)) continue;
    const ttl = ttls.get(line.session);
    if (ttl === undefined || closed.has(line.session)) continue;
    const isCalm = calm.some(({ start, end }) => start <= line.at - ttl && line.at <= end);
    if (isCalm) findings.push({ check: 'sessions outlive calm', detail: describe(line) });
  }
  return findings;
}

/** Errors that mean that somebody's program is wrong, and here nobody's but the product's can be. */
const unexpectedErrors: ReadonlySet<string> = new Set([
  'INVALID_ARGUMENT',
  'KEY_TOO_LARGE',
  'VALUE_TOO_LARGE',
  'FRAME_TOO_LARGE',
  'TOO_MANY_OPERATIONS',
  'INVALID_UTF8',
  'INVALID_VALUE',
  'PROTOCOL_ERROR',
  'UNSUPPORTED',
  'FUTURE_REVISION',
  'RESULT_FORGOTTEN',
  'COUNTER_OVERFLOW',
  'TOO_MANY_EPHEMERAL_KEYS',
  'CLUSTER_CHANGED',
  'CLOSED',
  'INTERNAL',
]);

export function checkErrors(lines: readonly HistoryLine[]): Finding[] {
  return lines.flatMap((line) => {
    const error = 'error' in line ? line.error : undefined;
    if (error === undefined || (!unexpectedErrors.has(error) && !error.startsWith('not a ConclaveError'))) return [];
    return [{ check: 'errors are those of the outside', detail: describe(line) }];
  });
}
