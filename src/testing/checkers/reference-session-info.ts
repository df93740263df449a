import type { SessionId } from '../../wire/identifiers.ts';
import type { ReadBody } from '../../wire/operation.ts';
import type { ResultBody } from '../../wire/result.ts';
import type { SessionInfo, SessionLock } from '../../wire/session-info.ts';
import { sessionLockOf } from './reference-locks.ts';
import { generationAt, type ReferenceLog, type SessionHistory } from './reference-log.ts';

const sessionsPerList = 1000;

/** What a look at one session must show. */
export function sessionStateAt(log: ReferenceLog, sessionId: SessionId, revision: number): ResultBody {
  const session = log.sessions.get(sessionId);
  const lives = session !== undefined && livesAt(session, revision);
  return { kind: 'sessionState', session: lives ? infoAt(log, session, revision) : undefined };
}

/** What a list of sessions must show; no run has so many locks that they do not fit. */
export function sessionListAt(
  log: ReferenceLog,
  { after, limit }: Extract<ReadBody, { readonly kind: 'sessionList' }>,
  revision: number,
): ResultBody {
  const live = [...log.sessions.values()]
    .filter((session) => session.sessionId > after && livesAt(session, revision))
    .sort((a, b) => a.sessionId - b.sessionId);
  const most = limit === 0 ? sessionsPerList : limit;
  const sessions = live.slice(0, most).map((session) => infoAt(log, session, revision));
  return { kind: 'sessionList', sessions, more: live.length > most };
}

function livesAt({ sessionId, endedRevision }: SessionHistory, revision: number): boolean {
  return sessionId <= revision && (endedRevision ?? Number.POSITIVE_INFINITY) > revision;
}

function infoAt(log: ReferenceLog, session: SessionHistory, revision: number): SessionInfo {
  const { sessionId, ttlMs, name, metadata } = session;
  const held: SessionLock[] = [];
  const waiting: SessionLock[] = [];
  for (const acquisition of log.acquisitions.values()) {
    const { askedRevision, grantedRevision, endedRevision } = acquisition;
    if (acquisition.sessionId !== sessionId || askedRevision > revision) continue;
    if ((endedRevision ?? Number.POSITIVE_INFINITY) <= revision) continue;
    if ((grantedRevision ?? Number.POSITIVE_INFINITY) <= revision) held.push(sessionLockOf(acquisition));
    else waiting.push({ ...sessionLockOf(acquisition), token: 0 });
  }
  for (const locks of [held, waiting]) locks.sort((a, b) => a.sequence - b.sequence);
  return {
    sessionId,
    generation: generationAt(session, revision),
    ttlMs,
    name,
    metadata,
    ephemeralKeys: log.keys().filter((key) => log.entryAt(key, revision)?.sessionId === sessionId).length,
    held,
    waiting,
    moreLocks: false,
  };
}
