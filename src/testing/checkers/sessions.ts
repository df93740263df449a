import type { SessionId } from '../../wire/identifiers.ts';
import type { Finding, History, SessionRecord } from './history.ts';
import { endOfGeneration, generationAt, type ReferenceLog } from './reference-log.ts';
import { describe } from './structural-equality.ts';

/** By when a session of a silent client must have ended. */
export interface LatenessBound {
  /** Since when a quorum has been connected without a break, true time. */
  readonly healthyFromUs: number;
  /** The end of what was observed. */
  readonly observedUntilUs: number;
  /** Beyond the TTL, stretched by the drift: for finding a leader, which waits out a whole TTL itself, and for the decision. */
  readonly allowanceUs: number;
  /** ε: the largest deviation of a clock's rate from 1. */
  readonly maximumDrift: number;
}

/** How near a run came to breaking a promise about sessions. Infinite, of either sign, if nothing was there to be measured. */
export interface SessionMargins {
  /** Of all expiries, the shortest time by which one came after the end of what the last answered keep-alive had bought; ≥ 0. */
  readonly smallestEarlyUs: number;
  /** Of all expiries, the shortest time between the client's ceasing to trust its session and the expiry; ≥ 0. */
  readonly smallestClientFirstUs: number;
  /** The longest time for which a session outlived its client's trust. */
  readonly longestLateUs: number;
  readonly expiries: number;
}

/**
 * When sessions may end. Not early: a keep-alive that was answered buys a whole TTL on the client's own clock, counted from its
 * sending. The client first: whoever still trusts a session is right. All clocks are within 1 ± ε of true time.
 *
 * A session that is closed by another one, and a generation that another program takes over from, end without their client's knowing first:
 * see `checkEndsAreFinal`.
 */
export function checkSessions(
  sessions: readonly SessionRecord[],
  log: ReferenceLog,
  lateness?: LatenessBound,
): Finding[] {
  const findings: Finding[] = [];
  for (const session of sessions) {
    const chosen = log.sessions.get(session.sessionId);
    if (chosen === undefined) {
      findings.push({ check: 'a session is in the log', detail: describe(session) });
      continue;
    }
    const end = endOfGeneration(chosen, session.generation);
    const endedUs = end?.us;
    if (lateness !== undefined) checkLateness(session, endedUs, lateness, findings);
    if (end === undefined || endedUs === undefined) continue;
    if (end.by === 'forced' || end.by === 'superseded') continue;
    if (end.by === 'closed') {
      if (session.closeCalledUs === undefined || endedUs < session.closeCalledUs) {
        findings.push({ check: 'only its client closes a session', detail: describe(session) });
      }
      continue;
    }
    const ttlUs = trueTtlUs(session);
    for (const sentUs of [session.openSentUs, ...session.keptAliveUs]) {
      if (endedUs >= sentUs + ttlUs) continue;
      const detail = `expired at ${endedUs}, but kept alive at ${sentUs} for ${ttlUs} µs: ${describe(session)}`;
      findings.push({ check: 'no session expires early', detail });
      break;
    }
    if (endedUs < session.trustedUntilUs) {
      const detail = `expired at ${endedUs}, trusted until ${session.trustedUntilUs}: ${describe(session)}`;
      findings.push({ check: 'the client knows first', detail });
    }
  }
  return findings;
}

/**
 * Once anybody knows that a session was closed by another one, or that its next generation has taken over, no keep-alive is acknowledged
 * that is sent later: so that its client, too, learns of it within one TTL.
 */
export function checkEndsAreFinal(
  { sessions, operations }: Pick<History, 'sessions' | 'operations'>,
  log: ReferenceLog,
): Finding[] {
  const findings: Finding[] = [];
  const known = new Map<string, number>();
  const learn = (sessionId: SessionId, generation: number, us: number): void => {
    const key = `${sessionId}/${generation}`;
    known.set(key, Math.min(us, known.get(key) ?? us));
  };
  for (const { sessionId, generation, begunUs } of sessions) learn(sessionId, generation - 1, begunUs);
  for (const { body, outcome } of operations) {
    if (body.kind !== 'closeOtherSession' || outcome.kind !== 'done') continue;
    const { body: answer, revision, returnUs } = outcome;
    if (answer.kind !== 'otherSessionClosed' || !answer.closed) continue;
    learn(body.sessionId, generationAt(log.sessions.get(body.sessionId), revision), returnUs);
  }
  for (const session of sessions) {
    const { sessionId, generation, keptAliveUs, trustedUntilUs } = session;
    const knownUs = known.get(`${sessionId}/${generation}`);
    if (knownUs === undefined) continue;
    const isTrusted = Number.isFinite(trustedUntilUs) && trustedUntilUs > knownUs + trueTtlUs(session);
    if (!isTrusted && keptAliveUs.every((sentUs) => sentUs <= knownUs)) continue;
    const detail = `known to be over at ${knownUs}: ${describe(session)}`;
    findings.push({ check: 'nothing keeps alive what has ended', detail });
  }
  return findings;
}

/** What was expired, in numbers: margins that shrink from run to run are a warning. */
export function measureSessions(sessions: readonly SessionRecord[], log: ReferenceLog): SessionMargins {
  let smallestEarlyUs = Number.POSITIVE_INFINITY;
  let smallestClientFirstUs = Number.POSITIVE_INFINITY;
  let longestLateUs = Number.NEGATIVE_INFINITY;
  let expiries = 0;
  for (const session of sessions) {
    const { us: endedUs, by } = endOfGeneration(log.sessions.get(session.sessionId), session.generation) ?? {};
    if (endedUs === undefined || by !== 'expired') continue;
    expiries += 1;
    const boughtUntilUs = Math.max(session.openSentUs, ...session.keptAliveUs) + trueTtlUs(session);
    smallestEarlyUs = Math.min(smallestEarlyUs, endedUs - boughtUntilUs);
    smallestClientFirstUs = Math.min(smallestClientFirstUs, endedUs - session.trustedUntilUs);
    longestLateUs = Math.max(longestLateUs, endedUs - session.trustedUntilUs);
  }
  return { smallestEarlyUs, smallestClientFirstUs, longestLateUs, expiries };
}

/** A client that no longer trusts its session is silent about it: the session has to go, or the client's locks stay closed for ever. */
function checkLateness(
  session: SessionRecord,
  endedUs: number | undefined,
  { healthyFromUs, observedUntilUs, allowanceUs, maximumDrift }: LatenessBound,
  findings: Finding[],
): void {
  const silentFromUs = Math.max(session.trustedUntilUs, healthyFromUs);
  const latestUs = silentFromUs + session.ttlMs * 1000 * (1 + maximumDrift) + allowanceUs;
  if ((endedUs ?? observedUntilUs) <= latestUs) return;
  const ended = endedUs === undefined ? `not ended at ${observedUntilUs}` : `ended at ${endedUs}`;
  findings.push({ check: 'no session expires late', detail: `${ended}, due by ${latestUs}: ${describe(session)}` });
}

/** The TTL on the client's clock, in true time. */
function trueTtlUs({ ttlMs, clockRate }: SessionRecord): number {
  return (ttlMs * 1000) / clockRate;
}
