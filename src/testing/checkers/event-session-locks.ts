import type { LockEvent, OperationEvent, ResumptionEvent, SessionEvent } from './event-history.ts';
import { lockNames, withTokens } from './event-locks.ts';
import type { Finding } from './history.ts';
import { describe } from './structural-equality.ts';

type Of<Op extends LockEvent['op']> = Extract<LockEvent, { readonly op: Op }>;
type Granted = Extract<Of<'lock'>, { readonly outcome: 'ok' }>;

/** An end of a hold that may have had an effect. */
interface End {
  readonly event: Exclude<LockEvent, { readonly op: 'lock' }>;
  readonly token: number;
}

/**
 * What a session's fate means for its locks. When it is over, nothing is held by it any more. A program that resumes it is handed
 * all that it holds, and nothing else.
 */
export function checkSessionLocks(events: readonly OperationEvent[], lines: readonly SessionEvent[]): Finding[] {
  const findings: Finding[] = [];
  const grants = events.filter(isGranted);
  const untold = events.filter(({ op, outcome }) => op === 'lock' && outcome === 'unknown');
  const ends = [...withTokens(events)].flatMap(({ event, token }): End[] =>
    event.op === 'lock' || event.outcome === 'fail' || token === undefined ? [] : [{ event, token }],
  );
  checkOver(grants, ends, overSince(lines), findings);
  const resumptions = lines.filter((line) => line.op === 'session-resumed');
  const heirs = new Set(resumptions.flatMap(({ locks }) => locks.map(({ process }) => process)));
  for (const resumption of resumptions) {
    checkAllHandedOver(resumption, grants, ends, heirs, findings);
    checkOnlyHeldHandedOver(resumption, grants, untold, ends, findings);
  }
  return findings;
}

function isGranted(event: OperationEvent): event is Granted {
  return event.op === 'lock' && event.outcome === 'ok';
}

/** By session: from when on it is known to be over. */
function overSince(lines: readonly SessionEvent[]): ReadonlyMap<string, number> {
  const over = new Map<string, number>();
  for (const line of lines) {
    const isOver = line.op === 'session-close-other' || (line.op === 'session-seen' && !line.alive);
    if (!isOver || line.end === null) continue;
    over.set(line.session, Math.min(over.get(line.session) ?? line.end, line.end));
  }
  return over;
}

function checkOver(
  grants: readonly Granted[],
  ends: readonly End[],
  over: ReadonlyMap<string, number>,
  findings: Finding[],
): void {
  const check = 'locks go with their session';
  for (const grant of grants) {
    const since = grant.session === undefined ? undefined : over.get(grant.session);
    if (since === undefined) continue;
    if (grant.start > since) findings.push({ check, detail: `over since ${since}: ${describe(grant)}` });
    for (const { event, token } of ends) {
      const wasHeld = event.op === 'unlock' && event.outcome === 'ok' && event.result && event.start > since;
      if (wasHeld && isOf(grant, event, token)) {
        findings.push({ check, detail: `over since ${since}: ${describe(event)}` });
      }
    }
  }
}

function checkAllHandedOver(
  resumption: ResumptionEvent,
  grants: readonly Granted[],
  ends: readonly End[],
  heirs: ReadonlySet<string>,
  findings: Finding[],
): void {
  const { session, locks, start, end } = resumption;
  const held = new Map<string, Granted[]>();
  for (const grant of grants) {
    if (grant.session !== session || grant.end > start) continue;
    const mayBeOver = ends.some(({ event, token }) => event.start <= end && isOf(grant, event, token, heirs));
    if (!mayBeOver) held.set(holdText(grant), [...(held.get(holdText(grant)) ?? []), grant]);
  }
  for (const [text, same] of held) {
    const handed = locks.filter((lock) => holdText(lock) === text).length;
    for (const grant of same.slice(handed)) {
      const detail = `${describe(grant)}: ${describe(resumption)}`;
      findings.push({ check: 'what a session holds is handed over', detail });
    }
  }
}

function checkOnlyHeldHandedOver(
  resumption: ResumptionEvent,
  grants: readonly Granted[],
  untold: readonly OperationEvent[],
  ends: readonly End[],
  findings: Finding[],
): void {
  const { session, locks, start, end } = resumption;
  const find = (what: unknown): void => {
    const detail = `${describe(what)}: ${describe(resumption)}`;
    findings.push({ check: 'only what a session holds is handed over', detail });
  };
  for (const lock of locks) {
    const grant = grants.find((other) => holdText(other) === holdText(lock));
    if (grant === undefined) {
      if (!untold.some((event) => lockNames(event).includes(lock.key) && event.start <= end)) find(lock);
      continue;
    }
    // Of those who share a token, nobody knows who is meant.
    if (lock.mode === 'shared') continue;
    if (grant.session !== undefined && grant.session !== session) find(grant);
    const over = ends.find(({ event, token }) => event.end !== null && event.end < start && isOf(grant, event, token));
    if (over !== undefined && endedIt(over.event)) find(over.event);
  }
}

function endedIt(event: End['event']): boolean {
  return event.outcome === 'ok' && (event.op === 'force-unlock' ? event.result > 0 : event.result);
}

/** Of those who share a lock, each releases its own, or whoever resumes its session does. An operator names any of several locks. */
function isOf(grant: Granted, event: End['event'], token: number, heirs: ReadonlySet<string> = new Set()): boolean {
  if (grant.token !== token || !lockNames(grant).includes(event.key)) return false;
  if (event.op === 'force-unlock' || grant.mode !== 'shared') return true;
  return grant.process === event.process || heirs.has(event.process);
}

/** Equal for what may be one hold. */
function holdText({ key, others = [], mode, token }: Pick<Granted, 'key' | 'others' | 'mode' | 'token'>): string {
  return JSON.stringify([[key, ...others].sort(), mode, token]);
}
