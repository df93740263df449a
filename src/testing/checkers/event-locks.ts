import type { OperationEvent } from './event-history.ts';
import { anonymousMutexModel, chainGrants, fencedMutexModel, type MutexOperation } from './models/fenced-mutex.ts';
import type { TimedOperation } from './wgl/model.ts';

type LockEvent = Extract<OperationEvent, { readonly op: 'lock' | 'unlock' }>;

/** The history of one lock, for the search. */
export function eventLockOperations(
  events: readonly OperationEvent[],
  isLeased: (process: string) => boolean,
): { readonly operations: readonly TimedOperation<MutexOperation>[]; readonly model: typeof fencedMutexModel } {
  const tokens = new Set<number>();
  const releases: TimedOperation<MutexOperation>[] = [];
  const grants: TimedOperation<MutexOperation>[] = [];
  const unanswered: TimedOperation<MutexOperation>[] = [];
  const strangers = new Set<number>();
  for (const { event, token } of withTokens(events)) {
    const { process, start, outcome, end } = event;
    if (outcome === 'fail') continue;
    const timed = { start, end: end ?? Number.POSITIVE_INFINITY, source: event };
    if (event.op === 'lock') {
      const leased = isLeased(process);
      if (outcome === 'unknown') {
        unanswered.push({ ...timed, operation: { kind: 'grant', token: undefined, leased }, group: `${leased}` });
        continue;
      }
      if (token !== undefined) tokens.add(token);
      grants.push({ ...timed, operation: { kind: 'grant', token, leased } });
      continue;
    }
    // A release that may have been is in nobody's way, and frees only what may be freed anyway.
    if (outcome === 'unknown' && isLeased(process)) continue;
    // One that never locked has nothing to release: no token is 0.
    const released = token ?? 0;
    if (event.outcome === 'ok' && event.result) strangers.add(released);
    const kind = event.outcome === 'ok' && !event.result ? 'holdsNot' : 'release';
    releases.push({ ...timed, operation: { kind, token: released }, group: `${released}` });
  }
  for (const token of tokens) strangers.delete(token);
  // A grant that nobody learned of is in nobody's way, and explains nothing but a release of a token of which nothing else is known.
  const known = chainGrants([...grants, ...releases]);
  if (strangers.size === 0) return { operations: known, model: fencedMutexModel };
  return { operations: [...known, ...unanswered], model: anonymousMutexModel };
}

/** Each event with the token that it gave or named; that of an `unlock` without one is that of the last `lock` of its process. */
export function* withTokens(
  events: readonly OperationEvent[],
): IterableIterator<{ readonly event: LockEvent; readonly token: number | undefined }> {
  const held = new Map<string, number>();
  for (const event of events.toSorted((a, b) => a.start - b.start)) {
    if (event.op === 'lock') {
      const token = event.outcome === 'ok' ? event.token : undefined;
      if (token !== undefined) held.set(event.process, token);
      yield { event, token };
    } else if (event.op === 'unlock') {
      yield { event, token: event.token ?? held.get(event.process) };
    }
  }
}
