import { assert } from '../wire/assert.ts';
import type { SessionId } from '../wire/identifiers.ts';
import type { OpenSession } from '../wire/operation.ts';
import type { ResultBody } from '../wire/result.ts';
import type { Consequences } from './applied.ts';
import { argumentError } from './arguments.ts';
import { type KeyChange, noSession } from './keyspace.ts';
import type { Acquisition } from './locks.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';

/** Takes a revision if, and only if, it changes anything. */
export function openSession(state: State, body: OpenSession, consequences: Consequences): ResultBody {
  const error = argumentError(body);
  if (error !== undefined) return error;
  const id = state.history.advance() as number as SessionId;
  const session = state.sessions.open(id, body.ttlMs, body.name);
  consequences.opened.push(session);
  return { kind: 'sessionOpened', sessionId: id, generation: session.generation, ttlMs: session.ttlMs };
}

/** In one revision: its ephemeral keys, its locks and its places in queues go, and the next in each queue is served. */
export function endSession(state: State, session: Session, consequences: Consequences): void {
  const revision = state.history.advance();
  const deleted = state.keyspace
    .ownedKeys(session.id)
    .map((key): KeyChange => ({ key, value: undefined, sessionId: noSession, recreated: false }));
  if (deleted.length > 0) state.keyspace.commit(deleted);
  const granted = state.locks.endSession(session.id, revision);
  state.sessions.end(session);
  consequences.ended.push(session.id);
  for (const acquisition of granted) reportGrant(state, acquisition, consequences);
}

/** A waiter has got its lock. */
export function reportGrant(state: State, acquisition: Acquisition, { grants }: Consequences): void {
  const { sessionId, sequence, name, token } = acquisition;
  assert(state.isLive(sessionId), 'the new holder of a lock has a live session');
  grants.push({ sessionId, sequence, name, token });
}
