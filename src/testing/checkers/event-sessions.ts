import type { SessionEvent } from './event-history.ts';
import type { Finding } from './history.ts';
import { describe } from './structural-equality.ts';

type Of<Name extends SessionEvent['op']> = Extract<SessionEvent, { readonly op: Name }>;

export interface EventSessionOptions {
  /** ε: the largest deviation of a clock's rate from 1. Default 0. */
  readonly maximumDrift?: number | undefined;
  /** How long after its TTL a session of a silent client may still be seen, in nanoseconds; absent: not judged. */
  readonly lateAllowanceNs?: number | undefined;
}

/** How near the history came to breaking a promise. Infinite, of either sign, if nothing was there to be measured. */
export interface EventSessionMargins {
  /** The shortest time by which a session was seen to be over after what its client had been promised. */
  readonly smallestEarlyNs: number;
  /** The longest time for which one was seen alive after the end of what its client had been promised. */
  readonly longestLateNs: number;
}

export interface EventSessionReport {
  readonly findings: readonly Finding[];
  readonly margins: EventSessionMargins;
}

interface ObservedSession {
  readonly alive: Of<'session-alive'>[];
  readonly seen: Of<'session-seen'>[];
  readonly resumed: Of<'session-resumed'>[];
  /** When clients gave it up, by closing it or by losing trust. */
  readonly lostAt: number[];
  /** From when on anybody may have closed it; infinite: never. */
  closedAt: number;
  /** From when on it is known to have been closed by another client; infinite: never. */
  closedBy: number;
}

/**
 * What may be said about the ends of sessions without having seen them: a session seen to be over at some moment had ended by then, and
 * one seen alive had not. One that another client closes ends without its own client's knowing first; once anybody knows of it, it is
 * over for all: it is not kept alive, and not resumed.
 */
export function checkEventSessions(
  lines: readonly SessionEvent[],
  options: EventSessionOptions = {},
): EventSessionReport {
  const findings: Finding[] = [];
  let smallestEarlyNs = Number.POSITIVE_INFINITY;
  let longestLateNs = Number.NEGATIVE_INFINITY;
  for (const [name, session] of collect(lines)) {
    const find = (check: string, what: unknown): void => {
      findings.push({ check, detail: `${name}: ${describe(what)}` });
    };
    const promises = promisesOf(session, options.maximumDrift ?? 0);
    smallestEarlyNs = Math.min(smallestEarlyNs, checkOver(session, promises, find));
    longestLateNs = Math.max(longestLateNs, checkAlive(session, promises, options.lateAllowanceNs, find));
  }
  return { findings, margins: { smallestEarlyNs, longestLateNs } };
}

interface Promises {
  /** No end before it, and none needed before that; infinitely early if there was no sign of life. */
  readonly notBefore: number;
  readonly dueBy: number;
  /** Until when the client trusted it. */
  readonly trustedUntil: number;
}

function promisesOf({ alive, resumed, lostAt }: ObservedSession, maximumDrift: number): Promises {
  let notBefore = Number.NEGATIVE_INFINITY;
  let dueBy = Number.NEGATIVE_INFINITY;
  let lastSign = Number.NEGATIVE_INFINITY;
  for (const { at, ttl } of alive) {
    notBefore = Math.max(notBefore, at + ttl * (1 - maximumDrift));
    dueBy = Math.max(dueBy, at + ttl * (1 + maximumDrift));
    lastSign = Math.max(lastSign, at);
  }
  // The program that gave it up was followed by another.
  const resumedAt = Math.max(...resumed.map(({ end }) => end));
  const lost = lostAt.filter((at) => at > resumedAt);
  return { notBefore, dueBy, trustedUntil: lost.length > 0 ? Math.min(...lost) : lastSign };
}

type Find = (check: string, what: unknown) => void;

/** @returns the smallest margin */
function checkOver({ seen, closedAt }: ObservedSession, { notBefore, trustedUntil }: Promises, find: Find): number {
  let margin = Number.POSITIVE_INFINITY;
  for (const look of seen) {
    if (look.alive || closedAt <= look.end) continue;
    margin = Math.min(margin, look.end - notBefore);
    if (look.end < notBefore) find('no session expires early', { look, notBefore });
    if (look.end < trustedUntil) find('the client knows first', { look, trustedUntil });
  }
  return margin;
}

/** @returns the longest lateness */
function checkAlive(
  { alive, seen, resumed, closedBy }: ObservedSession,
  { dueBy }: Promises,
  lateAllowanceNs: number | undefined,
  find: Find,
): number {
  const overSince = Math.min(closedBy, ...seen.filter((look) => !look.alive).map(({ end }) => end));
  for (const sign of alive) if (sign.at > overSince) find('an ended session stays ended', { sign, overSince });
  for (const line of resumed) if (line.start > overSince) find('an ended session stays ended', { line, overSince });
  let lateness = Number.NEGATIVE_INFINITY;
  for (const look of seen) {
    if (!look.alive) continue;
    if (look.start > overSince) find('an ended session stays ended', { look, overSince });
    if (dueBy === Number.NEGATIVE_INFINITY) continue;
    lateness = Math.max(lateness, look.start - dueBy);
    if (lateAllowanceNs !== undefined && look.start > dueBy + lateAllowanceNs) {
      find('no session expires late', { look, dueBy });
    }
  }
  return lateness;
}

function collect(lines: readonly SessionEvent[]): ReadonlyMap<string, ObservedSession> {
  const sessions = new Map<string, ObservedSession>();
  for (const line of lines) {
    const session = sessions.get(line.session) ?? {
      alive: [],
      seen: [],
      resumed: [],
      lostAt: [],
      closedAt: Number.POSITIVE_INFINITY,
      closedBy: Number.POSITIVE_INFINITY,
    };
    sessions.set(line.session, session);
    switch (line.op) {
      case 'session-alive':
        session.alive.push(line);
        break;
      case 'session-seen':
        session.seen.push(line);
        break;
      case 'session-closed':
        session.closedAt = Math.min(session.closedAt, line.at);
        session.lostAt.push(line.at);
        break;
      case 'session-lost':
        session.lostAt.push(line.at);
        break;
      case 'session-close-other':
        session.closedAt = Math.min(session.closedAt, line.start);
        session.closedBy = Math.min(session.closedBy, line.end ?? Number.POSITIVE_INFINITY);
        break;
      case 'session-resumed':
        session.resumed.push(line);
        break;
    }
  }
  return sessions;
}
