import { keyString } from '../wire/bytes.ts';
import type { SessionId } from '../wire/identifiers.ts';
import type { OpenSession, ResumeSession } from '../wire/operation.ts';
import type { ResultBody } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import type { Consequences } from './applied.ts';
import { argumentError } from './arguments.ts';
import type { KeyChange } from './key-change.ts';
import { noSession } from './key-owners.ts';
import { reportGrants } from './lock-commands.ts';
import { sessionQuotaError } from './quota.ts';
import { resultBytesHigh } from './read.ts';
import { someLocks } from './session-info.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';

/** Takes a revision if, and only if, it changes anything. */
export function openSession(state: State, body: OpenSession, consequences: Consequences): ResultBody {
  const error = argumentError(body) ?? sessionQuotaError(state, body);
  if (error !== undefined) return error;
  const id = state.history.advance() as number as SessionId;
  const session = state.sessions.open(id, body);
  consequences.opened.push(session);
  return { kind: 'sessionOpened', sessionId: id, generation: session.generation, ttlMs: session.ttlMs };
}

/**
 * Names the generation that it takes over from, so that a late copy has no effect on a later one; the very command that made the
 * present generation is answered again.
 */
export function resumeSession(state: State, body: ResumeSession, consequences: Consequences): ResultBody {
  const error = argumentError(body);
  if (error !== undefined) return error;
  const session = state.sessions.get(body.sessionId);
  if (session === undefined) return wireError('SESSION_EXPIRED', 'The session has ended.');
  const { secret, resumedBy } = session.identity;
  if (secret !== keyString(body.secret)) {
    return wireError('INVALID_CREDENTIALS', `That is not the secret of session ${session.id}.`);
  }
  const repeated = session.generation > 1 && session.generation === body.generation + 1 && resumedBy === body.nonce;
  if (!repeated) {
    if (session.generation !== body.generation) {
      const message = `The session was resumed elsewhere: it has generation ${session.generation}, not ${body.generation}.`;
      return wireError('SESSION_EXPIRED', message);
    }
    const granted = state.locks.withdraw(session.id, state.history.advance());
    state.sessions.resume(session, body.nonce);
    reportGrants(state, granted, consequences);
    consequences.resumed.push(session);
  }
  const { id: sessionId, generation, ttlMs, lastSequence } = session;
  const held = [...state.locks.ofSession(sessionId)].filter(({ token }) => token !== 0);
  const { locks, more: moreLocks } = someLocks(held, resultBytesHigh);
  return { kind: 'sessionResumed', sessionId, generation, ttlMs, lastSequence, locks, moreLocks };
}

/** By an operator, in a session of its own: the other one ends as if it had expired. */
export function closeOtherSession(
  state: State,
  own: Session,
  sessionId: SessionId,
  consequences: Consequences,
): ResultBody {
  if (sessionId === own.id) return wireError('INVALID_ARGUMENT', 'A session does not close itself in this way.');
  const other = state.sessions.get(sessionId);
  if (other !== undefined) endSession(state, other, 'expired', consequences);
  return { kind: 'otherSessionClosed', closed: other !== undefined };
}

/**
 * In one revision: its ephemeral keys, its locks and its places in queues go, and the next in each queue is served, unless the session
 * has expired and a lock-delay keeps the lock closed.
 */
export function endSession(
  state: State,
  session: Session,
  why: 'closed' | 'expired',
  consequences: Consequences,
): void {
  const revision = state.history.advance();
  const deleted = state.keyspace
    .ownedKeys(session.id)
    .map((key): KeyChange => ({ key, value: undefined, sessionId: noSession, recreated: false }));
  if (deleted.length > 0) state.keyspace.commit(deleted);
  if (why === 'expired') {
    for (const delay of state.locks.delayHeld(session.id, revision)) consequences.delaysBegun.push(delay);
  }
  const granted = state.locks.endSession(session.id, revision);
  state.sessions.end(session, why);
  consequences.ended.push(session.id);
  reportGrants(state, granted, consequences);
}
