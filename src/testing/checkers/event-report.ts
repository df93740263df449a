import { type HistoryLine, isOperationEvent, isSessionEvent, isWatchEvent } from './event-history.ts';
import { checkEventHolds } from './event-holds.ts';
import { checkEventOrder } from './event-order.ts';
import { type EventPartitionOptions, eventPartitions } from './event-partitions.ts';
import { checkSessionLocks } from './event-session-locks.ts';
import { checkEventSessions, type EventSessionMargins, type EventSessionOptions } from './event-sessions.ts';
import { checkEventWatches } from './event-watches.ts';
import type { Finding } from './history.ts';
import { judgePartitions } from './partition.ts';

export interface EventReportOptions
  extends Omit<EventPartitionOptions, 'lostProcesses' | 'resumptions'>,
    EventSessionOptions {
  /** Steps of the model for one object before the search is given up. */
  readonly stepLimit?: number | undefined;
}

export interface EventReport {
  /** `undecided`: nothing is known to be wrong, but not everything could be judged. */
  readonly verdict: 'ok' | 'violation' | 'undecided';
  readonly findings: readonly Finding[];
  /** Objects whose search was given up. */
  readonly undecided: readonly string[];
  /** Objects that were searched, operations in them, and steps that it took. */
  readonly partitions: number;
  readonly operations: number;
  readonly steps: number;
  readonly sessionMargins: EventSessionMargins;
}

/** Everything that can be said about a history from what clients saw alone. */
export function judgeEvents(lines: readonly HistoryLine[], options: EventReportOptions = {}): EventReport {
  const events = lines.filter(isOperationEvent);
  const sessionLines = lines.filter(isSessionEvent);
  const lostProcesses = new Set(sessionLines.filter(({ op }) => op === 'session-lost').map(({ process }) => process));
  const resumptions = sessionLines.filter((line) => line.op === 'session-resumed');
  const partitions = eventPartitions(events, { ...options, lostProcesses, resumptions });
  const searched = judgePartitions(partitions, options.stepLimit);
  const sessions = checkEventSessions(sessionLines, options);
  const findings = [
    ...searched.findings,
    ...checkEventOrder(events, options.counters),
    ...checkEventHolds(events, sessionLines),
    ...checkSessionLocks(events, sessionLines),
    ...checkEventWatches(lines.filter(isWatchEvent), events.flatMap(writeOf)),
    ...sessions.findings,
  ];
  const verdict = findings.length > 0 ? 'violation' : searched.undecided.length > 0 ? 'undecided' : 'ok';
  return { ...searched, verdict, findings, sessionMargins: sessions.margins };
}

/** What was surely written, and when. */
function writeOf(
  event: Extract<HistoryLine, { readonly start: number; readonly key: string }>,
): { readonly key: string; readonly value: string | null; readonly revision: number }[] {
  if (event.outcome !== 'ok' || event.revision === undefined) return [];
  const { key, revision } = event;
  if (event.op === 'put') return [{ key, value: event.value, revision }];
  if (event.op === 'cas' && event.result) return [{ key, value: event.value, revision }];
  return event.op === 'delete' && event.result ? [{ key, value: null, revision }] : [];
}
