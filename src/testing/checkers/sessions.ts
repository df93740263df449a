import type { Finding, SessionRecord } from './history.ts';
import type { ReferenceLog } from './reference-log.ts';
import { describe } from './structural-equality.ts';

/**
 * When sessions may end. Not early: a keep-alive that was answered buys a whole TTL on the client's own clock, counted from its
 * sending. The client first: whoever still trusts a session is right. All clocks are within 1 ± ε of true time.
 */
export function checkSessions(sessions: readonly SessionRecord[], log: ReferenceLog): Finding[] {
  const findings: Finding[] = [];
  for (const session of sessions) {
    const chosen = log.sessions.get(session.sessionId);
    if (chosen === undefined) {
      findings.push({ check: 'a session is in the log', detail: describe(session) });
      continue;
    }
    const { endedUs, endedBy } = chosen;
    if (endedUs === undefined) continue;
    if (endedBy === 'closed') {
      if (session.closeCalledUs === undefined || endedUs < session.closeCalledUs) {
        findings.push({ check: 'only its client closes a session', detail: describe(session) });
      }
      continue;
    }
    const ttlUs = (session.ttlMs * 1000) / session.clockRate;
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
