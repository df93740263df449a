import type { LockMode } from '../../wire/lock-operation.ts';
import type { OperationEvent, SessionEvent } from './event-history.ts';
import { groupByObject, resumedLocks, withTokens } from './event-locks.ts';
import type { Finding, HoldRecord } from './history.ts';
import { checkMutualExclusion } from './locks.ts';
import { describe } from './structural-equality.ts';

interface Grant {
  readonly process: string;
  readonly mode: LockMode;
  readonly permits: number | undefined;
  readonly session: string | undefined;
  /** Nanoseconds. */
  readonly from: number;
}

type ObjectHolds = Map<string, Grant>;

/**
 * What was surely held, of locks that are exclusive or shared and of permits: from the grant to the call of a release that was confirmed,
 * or to the last moment at which the client of one that was lost believed in it, since the client knows first. Nothing that it excludes was
 * held meanwhile. Of holds that an operator has ended, and their clients not known first, nothing is said from then on.
 */
export function checkEventHolds(events: readonly OperationEvent[], sessions: readonly SessionEvent[] = []): Finding[] {
  const resumptions = sessions.filter((line) => line.op === 'session-resumed');
  const closings = new Map<string, number>();
  for (const line of sessions) {
    if (line.op !== 'session-close-other') continue;
    closings.set(line.session, Math.min(closings.get(line.session) ?? line.start, line.start));
  }
  const findings: Finding[] = [];
  for (const [name, ofObject] of groupByObject(events, resumptions)) {
    const grants = grantsOf(ofObject, findings);
    for (const { lock, resumption } of resumedLocks(resumptions, name)) {
      const { process, token, mode = 'exclusive' } = lock;
      const key = grantKey(token, mode, process);
      // Whoever asked for it was killed before it could tell.
      if (grants.has(key)) continue;
      grants.set(key, { process, mode, permits: undefined, session: resumption.session, from: resumption.end });
    }
    findings.push(...checkMutualExclusion(holdsOf(name, ofObject, grants, closings)));
  }
  return findings;
}

function grantsOf(events: readonly OperationEvent[], findings: Finding[]): ObjectHolds {
  const grants: ObjectHolds = new Map();
  const modes = new Map<number, LockMode>();
  for (const event of events) {
    if (event.op !== 'lock' || event.outcome !== 'ok') continue;
    const { process, token, mode = 'exclusive', permits, session, end: from } = event;
    const before = modes.get(token);
    modes.set(token, mode);
    if (before !== undefined && (before !== 'shared' || mode !== 'shared')) {
      findings.push({ check: 'a token has one owner', detail: describe(event) });
    }
    grants.set(grantKey(token, mode, process), { process, mode, permits, session, from });
  }
  return grants;
}

function holdsOf(
  name: string,
  events: readonly OperationEvent[],
  grants: ObjectHolds,
  closings: ReadonlyMap<string, number>,
): HoldRecord[] {
  const permits = Math.max(0, ...[...grants.values()].map((grant) => grant.permits ?? 0));
  const forced = forcedFrom(events);
  const holds: HoldRecord[] = [];
  for (const { event, token } of withTokens(events)) {
    if (event.op !== 'unlock' || event.outcome !== 'ok' || token === undefined) continue;
    const until = event.result ? event.start : event.heldUntil;
    const grant = grants.get(grantKey(token, event.mode ?? 'exclusive', event.process));
    if (until === undefined || grant === undefined) continue;
    const { session, from, mode, process: client } = grant;
    const endedFrom = Math.min(
      forced.get(token) ?? Number.POSITIVE_INFINITY,
      (session === undefined ? undefined : closings.get(session)) ?? Number.POSITIVE_INFINITY,
    );
    const held = { client, name, token, fromUs: from / 1_000, untilUs: Math.min(until, endedFrom) / 1_000 };
    if (held.untilUs <= held.fromUs) continue;
    const terms = mode === 'exclusive' ? {} : { mode, permits: grant.permits ?? permits };
    holds.push({ ...held, ...terms, sessionId: 0 as never, generation: 1, sequence: 0 as never });
  }
  return holds;
}

/** By token: from when on an operator may have ended what is held with it. */
function forcedFrom(events: readonly OperationEvent[]): ReadonlyMap<number, number> {
  const forced = new Map<number, number>();
  for (const event of events) {
    if (event.op !== 'force-unlock' || event.outcome === 'fail') continue;
    forced.set(event.token, Math.min(forced.get(event.token) ?? event.start, event.start));
  }
  return forced;
}

/** Those who share a lock have one token; otherwise it is that of one hold, whoever goes on with it. */
function grantKey(token: number, mode: LockMode, process: string): string {
  return mode === 'shared' ? `${token} ${process}` : String(token);
}
