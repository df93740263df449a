import type { Replica } from '../replica/replica.ts';
import type {
  LockPartyReport,
  LockReport,
  LocksPage,
  LocksRequest,
  SessionReport,
  SessionsPage,
  SessionsRequest,
} from '../rpc/inspection-definition.ts';
import type { SessionId } from '../wire/identifiers.ts';
import type { LockParty } from '../wire/lock-operation.ts';
import type { SessionInfo } from '../wire/session-info.ts';
import { firstNames } from './first-names.ts';

const defaultLimit = 100;
const mostPerPage = 1_000;
/** Holders, and waiters, that are told of one lock. */
const partiesPerLock = 16;
/** A page ends once it has so much: one lock more may be of some 150 KiB, with all its notes. */
const pageBytes = 1024 * 1024;
/** The most that a party takes besides its note and the name of its session. */
const partyOverheadBytes = 64;

/** How many entries of a page are asked for. */
export function pageLimit(limit: number): number {
  return limit === 0 ? defaultLimit : Math.min(limit, mostPerPage);
}

/** Locks that are held, waited for or closed, in the order of their names, as this node has applied them. */
export async function locksPage(replica: Replica, { prefix, after, limit }: LocksRequest): Promise<LocksPage> {
  const { machine } = replica;
  const most = pageLimit(limit);
  const names = await firstNames(machine.lockNames(), { prefix, after, limit: most + 1 });
  const locks: LockReport[] = [];
  let bytes = 0;
  for (const name of names.slice(0, most)) {
    if (bytes > pageBytes) break;
    const lock = lockReport(replica, name);
    bytes += 3 * name.length;
    for (const { note, sessionName } of [...lock.holders, ...lock.waiters]) {
      bytes += note.length + 3 * sessionName.length + partyOverheadBytes;
    }
    locks.push(lock);
  }
  return { revision: machine.revision, timed: isTimed(replica), locks, more: names.length > locks.length };
}

/** Live sessions in the order of their opening, as this node has applied them. */
export function sessionsPage(replica: Replica, { after, limit }: SessionsRequest): SessionsPage {
  const { machine } = replica;
  const page = machine.read({
    kind: 'sessionList',
    after: after as SessionId,
    limit: pageLimit(limit),
    consistency: 'stale',
  });
  if (page.kind !== 'sessionList') throw new Error(`a list of sessions is answered with ${page.kind}`);
  const sessions = page.sessions.map((session) => sessionReport(replica, session));
  return { revision: machine.revision, timed: isTimed(replica), sessions, more: page.more };
}

/** Only a leader that serves counts the time of sessions and lock-delays. */
function isTimed(replica: Replica): boolean {
  return replica.status().serving;
}

function lockReport(replica: Replica, name: string): LockReport {
  const details = replica.machine.read({ kind: 'lockInspect', name, consistency: 'stale', limit: partiesPerLock });
  if (details.kind !== 'lockDetails') throw new Error(`what a lock is, is answered with ${details.kind}`);
  return {
    name,
    holders: details.holders.map((party) => partyReport(replica, party)),
    waiters: details.waiters.map((party) => partyReport(replica, party)),
    holderCount: details.holderCount,
    waiterCount: details.waiterCount,
    delaySinceRevision: details.closedSince,
    delayMs: details.delayMs,
    delayRemainingMs: replica.lockDelayRemainingMs(name) ?? 0,
  };
}

function partyReport(replica: Replica, { sessionId, mode, token, askedRevision, note }: LockParty): LockPartyReport {
  return {
    sessionId,
    sessionName: replica.machine.session(sessionId)?.name ?? '',
    mode,
    token,
    askedRevision,
    note,
    remainingMs: replica.sessionClock.remainingMs(sessionId) ?? 0,
  };
}

function sessionReport({ sessionClock }: Replica, session: SessionInfo): SessionReport {
  const { sessionId, name, metadata, ttlMs, generation, ephemeralKeys, held, waiting } = session;
  return {
    id: sessionId,
    name,
    metadata,
    ttlMs,
    generation,
    ephemeralKeys,
    held: held.length,
    waiting: waiting.length,
    remainingMs: sessionClock.remainingMs(sessionId) ?? 0,
  };
}
