import { assert } from '../wire/assert.ts';
import { emptyBytes } from '../wire/bytes.ts';
import type { Sequence } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { EndLockDelay, LockAcquire, LockCommand } from '../wire/lock-operation.ts';
import type { ResultBody } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import type { Acquisition, LockRequest } from './acquisition.ts';
import type { Consequences } from './applied.ts';
import { quotaError } from './quota.ts';
import { acquisitionBytes } from './resident-bytes.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';

type Command<Kind extends LockCommand['kind']> = Extract<LockCommand, { kind: Kind }>;

export function executeLockCommand(
  state: State,
  session: Session,
  sequence: Sequence,
  body: LockCommand,
  consequences: Consequences,
): ResultBody {
  switch (body.kind) {
    case 'lockAcquire':
      return acquire(state, session, sequence, body);
    case 'lockCancel':
      return cancel(state, session, body, consequences);
    case 'lockRelease':
      return release(state, session, body, consequences);
    case 'lockForceRelease':
      return forceRelease(state, body, consequences);
    case 'lockSetNote':
      return setNote(state, session, body);
  }
}

export function endLockDelay(state: State, { name, sinceRevision }: EndLockDelay, consequences: Consequences): void {
  const granted = state.locks.endDelay(name, sinceRevision, () => state.history.advance());
  if (granted === undefined) return;
  consequences.delaysEnded.push(name);
  reportGrants(state, granted, consequences);
}

/** In the order in which they were granted. */
export function reportGrants(state: State, granted: readonly Acquisition[], { grants }: Consequences): void {
  for (const { sessionId, sequence, names, token } of granted) {
    assert(state.isLive(sessionId), 'the new holder of a lock has a live session');
    grants.push({ sessionId, sequence, name: names[0] as string, token });
  }
}

function acquire(state: State, session: Session, sequence: Sequence, body: LockAcquire): ResultBody {
  const request = requestOf(body);
  const names = state.locks.nameCountOf(session.id) + request.names.length;
  if (names > limits.lockNamesPerSession) {
    return wireError('TOO_MANY_LOCKS', `The session would hold or wait for ${names} locks.`);
  }
  if (!body.wait && !state.locks.isFree(request)) return { kind: 'lock', state: 'refused', token: 0 };
  const error = quotaError(state, acquisitionBytes(request));
  if (error !== undefined) return error;
  const { token } = state.locks.acquire(request, session.id, sequence, state.history.advance());
  return { kind: 'lock', state: token === 0 ? 'queued' : 'held', token };
}

function requestOf({ name, terms }: LockAcquire): LockRequest {
  if (terms === undefined) return { names: [name], mode: 'exclusive', permits: 0, delayMs: 0, note: emptyBytes };
  const { mode, permits, otherNames, delayMs, note } = terms;
  return { names: [name, ...otherNames], mode, permits, delayMs, note: kept(note) };
}

function cancel(
  state: State,
  session: Session,
  { name, sequence }: Command<'lockCancel'>,
  consequences: Consequences,
): ResultBody {
  const acquisition = state.locks.find(name, session.id, sequence);
  if (acquisition === undefined) return { kind: 'lockCancelled', state: 'absent' };
  const held = acquisition.token !== 0;
  end(state, acquisition, consequences);
  return { kind: 'lockCancelled', state: held ? 'released' : 'withdrawn' };
}

function release(
  state: State,
  session: Session,
  { name, sequence }: Command<'lockRelease'>,
  consequences: Consequences,
): ResultBody {
  const acquisition = state.locks.find(name, session.id, sequence);
  if (acquisition === undefined || acquisition.token === 0) return { kind: 'lockReleased', released: false };
  end(state, acquisition, consequences);
  return { kind: 'lockReleased', released: true };
}

/** Of a shared period, all who hold it: they have one token. */
function forceRelease(
  state: State,
  { name, token }: Command<'lockForceRelease'>,
  consequences: Consequences,
): ResultBody {
  const holders = [...(state.locks.get(name)?.holders.all() ?? [])].filter((holder) => holder.token === token);
  if (holders.length === 0) return { kind: 'lockForceReleased', released: 0 };
  const granted = state.locks.endAll(holders, state.history.advance());
  for (const { sessionId, sequence } of holders) consequences.revoked.push({ sessionId, sequence });
  reportGrants(state, granted, consequences);
  return { kind: 'lockForceReleased', released: holders.length };
}

function setNote(state: State, session: Session, { name, sequence, note }: Command<'lockSetNote'>): ResultBody {
  const acquisition = state.locks.find(name, session.id, sequence);
  if (acquisition === undefined) return { kind: 'lockNoted', noted: false };
  const error = quotaError(state, note.length - acquisition.note.length);
  if (error !== undefined) return error;
  state.history.advance();
  state.locks.setNote(acquisition, kept(note));
  return { kind: 'lockNoted', noted: true };
}

function end(state: State, acquisition: Acquisition, consequences: Consequences): void {
  reportGrants(state, state.locks.endAll([acquisition], state.history.advance()), consequences);
}

/** A slice of the frame that it came in would keep all of that in memory. */
function kept(note: Uint8Array): Uint8Array {
  return note.length === 0 ? emptyBytes : note.slice();
}
