import { limits } from '../wire/limits.ts';
import type { ReadBody } from '../wire/operation.ts';
import type { ResultBody } from '../wire/result.ts';
import type { SessionInfo, SessionLock } from '../wire/session-info.ts';
import type { Acquisition } from './acquisition.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';

/** A UTF-16 unit takes at most so many bytes in UTF-8. */
const bytesPerUnit = 3;
/** The most that a name of a lock takes, with all that is told of the lock. */
const lockOverheadBytes = 32;
/** The most that an entry of the metadata takes besides name and value. */
const entryOverheadBytes = 16;
/** The most that a session takes besides its name, metadata, locks and places. */
const sessionOverheadBytes = 64;

/** As much of a list as fits. */
export interface SomeLocks {
  readonly locks: readonly SessionLock[];
  readonly more: boolean;
  readonly bytes: number;
}

/** In the order given, no more than `bytesHigh` of them. */
export function someLocks(acquisitions: readonly Acquisition[], bytesHigh: number): SomeLocks {
  const locks: SessionLock[] = [];
  let bytes = 0;
  for (const { names, sequence, token, mode, permits } of acquisitions) {
    const [name = '', ...otherNames] = names;
    for (const each of names) bytes += each.length * bytesPerUnit + lockOverheadBytes;
    if (bytes > bytesHigh) return { locks, more: true, bytes };
    locks.push({ name, otherNames, sequence, token, mode, permits });
  }
  return { locks, more: false, bytes };
}

/** The live sessions behind `after`, as many as `limit` and `bytesHigh` allow, and at least one. */
export function listSessions(
  state: State,
  { after, limit }: Extract<ReadBody, { readonly kind: 'sessionList' }>,
  bytesHigh: number,
): ResultBody {
  const most = limit === 0 ? limits.sessionsPerList : Math.min(limit, limits.sessionsPerList);
  const sessions: SessionInfo[] = [];
  let bytes = 0;
  for (const session of state.sessions.all()) {
    if (session.id <= after) continue;
    if (sessions.length === most) return { kind: 'sessionList', sessions, more: true };
    const described = describeSession(state, session, bytesHigh);
    bytes += described.bytes;
    if (bytes > bytesHigh && sessions.length > 0) return { kind: 'sessionList', sessions, more: true };
    sessions.push(described.info);
  }
  return { kind: 'sessionList', sessions, more: false };
}

/** All that others may know of it. */
export function describeSession(
  state: State,
  { id, generation, ttlMs, name, metadata }: Session,
  bytesHigh: number,
): { readonly info: SessionInfo; readonly bytes: number } {
  const acquisitions = [...state.locks.ofSession(id)];
  let bytes = sessionOverheadBytes + name.length * bytesPerUnit;
  for (const entry of metadata) bytes += (entry.name.length + entry.value.length) * bytesPerUnit + entryOverheadBytes;
  const held = someLocks(
    acquisitions.filter(({ token }) => token !== 0),
    bytesHigh - bytes,
  );
  bytes += held.bytes;
  const waiting = someLocks(
    acquisitions.filter(({ token }) => token === 0),
    bytesHigh - bytes,
  );
  const info: SessionInfo = {
    sessionId: id,
    generation,
    ttlMs,
    name,
    metadata,
    ephemeralKeys: state.keyspace.ownedCountAfter(id, []),
    held: held.locks,
    waiting: waiting.locks,
    moreLocks: held.more || waiting.more,
  };
  return { info, bytes: bytes + waiting.bytes };
}
