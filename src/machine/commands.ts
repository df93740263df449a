import { compareBallots } from '../wire/ballot.ts';
import type { Sequence } from '../wire/identifiers.ts';
import type { CommandBody, InternalBody, OpenSession, ResumeSession } from '../wire/operation.ts';
import type { ResultBody } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import type { Consequences } from './applied.ts';
import { argumentError } from './arguments.ts';
import { counterHigh } from './counters.ts';
import { compact, compactHistory, createSequential, deleteKey, put, transact } from './key-commands.ts';
import { endLockDelay, executeLockCommand } from './lock-commands.ts';
import { quotaError } from './quota.ts';
import { counterBytes } from './resident-bytes.ts';
import { closeOtherSession, endSession } from './session-commands.ts';
import type { Session } from './sessions.ts';
import { changeSettings, raiseFeatureLevel } from './settings.ts';
import type { State } from './state.ts';

/** A command of a session; those that begin a session or a generation have none. */
export type SessionCommand = Exclude<CommandBody, OpenSession | ResumeSession>;

type Command<Kind extends SessionCommand['kind']> = Extract<SessionCommand, { kind: Kind }>;

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
    case 'closeOtherSession':
      return closeOtherSession(state, session, body.sessionId, consequences);
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
      return;
    case 'changeSettings':
      changeSettings(state, body);
      return;
    case 'raiseFeatureLevel':
      raiseFeatureLevel(state, body.level);
  }
}

function addToCounter(state: State, { name, count }: Command<'counterAdd'>): ResultBody {
  const before = state.counters.get(name);
  const last = before + BigInt(count);
  if (last > counterHigh) return wireError('COUNTER_OVERFLOW', `The counter is at ${before}.`);
  const error = quotaError(state, counterGrowth(name, before, last));
  if (error !== undefined) return error;
  state.history.advance();
  state.counters.set(name, last);
  return { kind: 'counterBlock', first: before + 1n, last };
}

function swapCounter(state: State, { name, expected, value }: Command<'counterCompareAndSet'>): ResultBody {
  if (state.counters.get(name) !== expected) return { kind: 'counterSwapped', swapped: false };
  if (value !== expected) {
    const error = quotaError(state, counterGrowth(name, expected, value));
    if (error !== undefined) return error;
    state.history.advance();
    state.counters.set(name, value);
  }
  return { kind: 'counterSwapped', swapped: true };
}

function counterGrowth(name: string, before: bigint, after: bigint): number {
  return counterBytes(name, after) - counterBytes(name, before);
}
