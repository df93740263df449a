import type { LockEvent, OperationEvent, ResumedLock, ResumptionEvent } from './event-history.ts';
import { anonymousMutexModel, chainGrants, fencedMutexModel, type MutexOperation } from './models/fenced-mutex.ts';
import type { TimedOperation } from './wgl/model.ts';

type Timed = TimedOperation<MutexOperation>;

interface Named {
  readonly key: string;
  readonly others?: readonly string[] | undefined;
}

/** The locks that something is about: one, but for several locks at once. */
export function lockNames({ key, others = [] }: Named): readonly string[] {
  return [key, ...others];
}

/** By the name of their object. Several locks at once have what concerns them in each of their histories. */
export function groupByObject(
  events: readonly OperationEvent[],
  resumptions: readonly ResumptionEvent[] = [],
): ReadonlyMap<string, readonly OperationEvent[]> {
  // A token is that of a name: one release may hand locks of different names to different holders, with one token.
  const several = new Map<string, readonly string[]>();
  const note = (lock: Named & { readonly token: number }): void => {
    const names = lockNames(lock);
    if (names.length > 1) for (const name of names) several.set(`${lock.token} ${name}`, names);
  };
  for (const event of events) if (event.op === 'lock' && event.outcome === 'ok') note(event);
  for (const { locks } of resumptions) locks.forEach(note);
  const groups = new Map<string, OperationEvent[]>();
  for (const event of events) {
    const taken = event.op === 'force-unlock' ? several.get(`${event.token} ${event.key}`) : undefined;
    for (const name of taken ?? lockNames(event)) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [event]);
      else group.push(event);
    }
  }
  return groups;
}

/** What was handed over with sessions of the locks of a name. */
export function* resumedLocks(
  resumptions: readonly ResumptionEvent[],
  name: string,
): IterableIterator<{ readonly lock: ResumedLock; readonly resumption: ResumptionEvent }> {
  for (const resumption of resumptions) {
    for (const lock of resumption.locks) if (lockNames(lock).includes(name)) yield { lock, resumption };
  }
}

/**
 * The history of one lock, for the search. Permits are no lock: nothing orders them, and how many there are is judged without a search, by
 * `checkEventHolds`.
 */
export function eventLockOperations(
  events: readonly OperationEvent[],
  name: string,
  isLeased: (process: string) => boolean,
  resumptions: readonly ResumptionEvent[] = [],
): { readonly operations: readonly Timed[]; readonly model: typeof fencedMutexModel } {
  const known: Timed[] = [];
  const unanswered: Timed[] = [];
  const sharedTokens = sharedTokensOf(events);
  for (const { event, token } of withTokens(events)) {
    const { process, start, outcome, end } = event;
    if (outcome === 'fail') continue;
    const timed = { start, end: end ?? Number.POSITIVE_INFINITY, source: event };
    if (event.op === 'lock') {
      const shared = event.mode === 'shared';
      const leased = shared || isLeased(process);
      if (outcome === 'unknown') {
        const group = `${leased} ${shared}`;
        unanswered.push({ ...timed, operation: { kind: 'grant', token: undefined, leased, shared }, group });
        continue;
      }
      known.push({ ...timed, operation: { kind: 'grant', token, leased, shared } });
      continue;
    }
    // A release that may have been is in nobody's way, and frees only what may be freed anyway.
    if (event.op === 'unlock' && outcome === 'unknown' && isLeased(process)) continue;
    // One that never locked has nothing to release: no token is 0.
    const released = token ?? 0;
    const operation = endOf(event, released, { shared: sharedTokens.has(released), leased: isLeased(process) });
    if (operation === undefined) continue;
    known.push({ ...timed, operation, group: `${released}` });
  }
  for (const { lock, resumption } of resumedLocks(resumptions, name)) {
    const { start, end } = resumption;
    known.push({
      operation: { kind: 'holds', token: lock.token, shared: lock.mode === 'shared' },
      start,
      end,
      source: { ...lock, start, end },
    });
  }
  const chained = chainGrants(known);
  // A grant that nobody learned of is in nobody's way, and explains nothing but a token that is seen before all that is known of it.
  if (!seesStrangers(known)) return { operations: chained, model: fencedMutexModel };
  return { operations: [...chained, ...unanswered], model: anonymousMutexModel };
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
    } else if (event.op === 'force-unlock') {
      yield { event, token: event.token };
    }
  }
}

/** Whether somebody is seen to hold the lock by a grant of which nobody learned: with a token that nobody else has got by then. */
function seesStrangers(operations: readonly Timed[]): boolean {
  const granted = new Map<number, number>();
  for (const { operation, start } of operations) {
    if (operation.kind !== 'grant' || operation.token === undefined) continue;
    granted.set(operation.token, Math.min(granted.get(operation.token) ?? start, start));
  }
  return operations.some(({ operation, end }) => {
    if ((operation.kind !== 'holds' && operation.kind !== 'release') || !Number.isFinite(end)) return false;
    return (granted.get(operation.token) ?? Number.POSITIVE_INFINITY) > end;
  });
}

function sharedTokensOf(events: readonly OperationEvent[]): ReadonlySet<number> {
  const tokens = new Set<number>();
  for (const event of events) {
    if (event.op === 'lock' && event.outcome === 'ok' && event.mode === 'shared') tokens.add(event.token);
    if (event.op === 'unlock' && event.token !== undefined && event.mode === 'shared') tokens.add(event.token);
  }
  return tokens;
}

/** What the end of a hold says of the lock; undefined: nothing. */
function endOf(
  event: Exclude<LockEvent, { readonly op: 'lock' }>,
  token: number,
  { shared, leased }: { readonly shared: boolean; readonly leased: boolean },
): MutexOperation | undefined {
  const { outcome } = event;
  if (event.op === 'force-unlock') {
    if (outcome === 'unknown') return { kind: 'release', token };
    return { kind: outcome === 'ok' && event.result === 0 ? 'holdsNot' : 'release', token };
  }
  const wasHeld = outcome === 'ok' && event.result;
  // Its client had lost its trust, for which it asks nobody: the service may hold it for a while.
  if (outcome === 'ok' && !wasHeld && leased) return undefined;
  // One of those who share it has left it, or was found to have lost it: others may be left.
  if (shared) return wasHeld ? { kind: 'holds', token, shared } : undefined;
  return { kind: outcome === 'ok' && !wasHeld ? 'holdsNot' : 'release', token };
}
