import { compareBallots } from '../wire/ballot.ts';
import type { Sequence, SessionId } from '../wire/identifiers.ts';
import type { CommandBody, InternalBody, OpenSession } from '../wire/operation.ts';
import type { ResultBody } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import type { Consequences } from './applied.ts';
import { argumentError } from './arguments.ts';
import { counterHigh } from './counters.ts';
import { compact, compactHistory, createSequential, deleteKey, put, transact } from './key-commands.ts';
import { type KeyChange, noSession } from './keyspace.ts';
import { endLockDelay, executeLockCommand, reportGrants } from './lock-commands.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';

/** A command of a session; `openSession` has none. */
export type SessionCommand = Exclude<CommandBody, OpenSession>;

type Command<Kind extends SessionCommand['kind']> = Extract<SessionCommand, { kind: Kind }>;

/** Takes a revision if, and only if, it changes anything. */
export function openSession(state: State, body: OpenSession, consequences: Consequences): ResultBody {
  const error = argumentError(body);
  if (error !== undefined) return error;
  const id = state.history.advance() as number as SessionId;
  const session = state.sessions.open(id, body.ttlMs, body.name);
  consequences.opened.push(session);
  return { kind: 'sessionOpened', sessionId: id, generation: session.generation, ttlMs: session.ttlMs };
}

/** The command is the session's next, with the given number. Takes a revision if, and only if, it changes anything. */
export function execute(
  state: State,
  session: Session,
  sequence: Sequence,
  body: SessionCommand,
  consequences: Consequences,
): ResultBody {
  const error = argumentError(body);
  if (error !== undefined) return error;
  switch (body.kind) {
    case 'closeSession':
      endSession(state, session, 'closed', consequences);
      return { kind: 'sessionClosed' };
    case 'put':
      return put(state, session, body);
    case 'delete':
      return deleteKey(state, body);
    case 'transaction':
      return transact(state, session, body);
    case 'createSequential':
      return createSequential(state, session, body);
    case 'compactHistory':
      return compactHistory(state, body.revision);
    case 'lockAcquire':
    case 'lockCancel':
    case 'lockRelease':
    case 'lockForceRelease':
    case 'lockSetNote':
      return executeLockCommand(state, session, sequence, body, consequences);
    case 'counterAdd':
      return addToCounter(state, body);
    case 'counterCompareAndSet':
      return swapCounter(state, body);
  }
}

/** What the leader proposed names its cause, and does nothing if the cause is gone. */
export function executeInternal(state: State, body: InternalBody, consequences: Consequences): void {
  switch (body.kind) {
    case 'openBallot':
      if (compareBallots(body.ballot, state.openBallot) > 0) state.openBallot = body.ballot;
      return;
    case 'expireSession': {
      // A command of an earlier leader may be chosen late, after a later one has told the client that its session lives.
      if (compareBallots(body.ballot, state.openBallot) !== 0) return;
      const session = state.sessions.get(body.sessionId);
      if (session?.generation === body.generation) endSession(state, session, 'expired', consequences);
      return;
    }
    case 'compact':
      if (body.revision <= state.history.revision) compact(state, body.revision);
      return;
    case 'endLockDelay':
      endLockDelay(state, body, consequences);
  }
}

/**
 * In one revision: its ephemeral keys, its locks and its places in queues go, and the next in each queue is served, unless the session
 * has expired and a lock-delay keeps the lock closed.
 */
function endSession(state: State, session: Session, why: 'closed' | 'expired', consequences: Consequences): void {
  const revision = state.history.advance();
  const deleted = state.keyspace
    .ownedKeys(session.id)
    .map((key): KeyChange => ({ key, value: undefined, sessionId: noSession, recreated: false }));
  if (deleted.length > 0) state.keyspace.commit(deleted);
  if (why === 'expired') consequences.delaysBegun.push(...state.locks.delayHeld(session.id, revision));
  const granted = state.locks.endSession(session.id, revision);
  state.sessions.end(session, why);
  consequences.ended.push(session.id);
  reportGrants(state, granted, consequences);
}

function addToCounter(state: State, { name, count }: Command<'counterAdd'>): ResultBody {
  const before = state.counters.get(name);
  const last = before + BigInt(count);
  if (last > counterHigh) return wireError('COUNTER_OVERFLOW', `The counter is at ${before}.`);
  state.history.advance();
  state.counters.set(name, last);
  return { kind: 'counterBlock', first: before + 1n, last };
}

function swapCounter(state: State, { name, expected, value }: Command<'counterCompareAndSet'>): ResultBody {
  if (state.counters.get(name) !== expected) return { kind: 'counterSwapped', swapped: false };
  if (value !== expected) {
    state.history.advance();
    state.counters.set(name, value);
  }
  return { kind: 'counterSwapped', swapped: true };
}
