import { keyBytes, keyString } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { CreateSequential, DeleteCommand, PutCommand, Transaction } from '../wire/operation.ts';
import type { ResultBody, WireError } from '../wire/result.ts';
import { sequentialNumber } from '../wire/sequential-key.ts';
import { wireError } from '../wire/wire-error.ts';
import type { KeyChange } from './key-change.ts';
import { noSession } from './key-owners.ts';
import { changesQuotaError } from './quota.ts';
import { revisionError } from './read.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';
import { planTransaction } from './transaction.ts';
import type { Version } from './version.ts';

/** One that is refused changes nothing, and takes no revision. */
export function put(state: State, session: Session, body: PutCommand): ResultBody {
  const key = keyString(body.key);
  const asks = body.ifAbsent === true || body.ifModRevision !== undefined || body.previous === true;
  const found = asks ? state.keyspace.get(key) : undefined;
  const told = body.previous === true && found !== undefined ? { previous: found } : {};
  if (body.ifAbsent === true && found !== undefined) return { kind: 'put', refused: true, ...told };
  if (!isUnchanged(body, found)) return { kind: 'put', refused: true, ...told };
  const error = putOne(state, session, key, body);
  return error ?? { kind: 'put', ...told };
}

export function deleteKey(state: State, body: DeleteCommand): ResultBody {
  const key = keyString(body.key);
  const found = state.keyspace.get(key);
  const told = body.previous === true && found !== undefined ? { previous: found } : {};
  if (found === undefined || !isUnchanged(body, found)) return { kind: 'delete', deleted: false, ...told };
  state.history.advance();
  state.keyspace.commit([{ key, value: undefined, sessionId: noSession, recreated: false }]);
  return { kind: 'delete', deleted: true, ...told };
}

/**
 * The revision that the creation takes is its number: it rises, comes once, and needs no memory of the prefix. That somebody has put
 * this very key before, by its full name, is no reason to overwrite it; another number would not rise for ever.
 */
export function createSequential(state: State, session: Session, body: CreateSequential): ResultBody {
  const number = sequentialNumber(state.history.revision + 1);
  const key = keyString(body.prefix) + number;
  if (state.keyspace.get(key) !== undefined) {
    return wireError(
      'KEY_EXISTS',
      `There is a key with the number ${number} already: somebody has put it by its name.`,
    );
  }
  const error = putOne(state, session, key, body);
  return error ?? { kind: 'createSequential', key: keyBytes(key) };
}

export function compactHistory(state: State, through: Revision): ResultBody {
  if (through > state.history.revision) return revisionError(state, through) as WireError;
  compact(state, through);
  return { kind: 'compactHistory', floor: state.history.floor };
}

/** Without effect if so much is forgotten already. */
export function compact(state: State, through: Revision): void {
  if (through > state.history.floor) state.compact(through);
}

function isUnchanged({ ifModRevision }: PutCommand | DeleteCommand, found: Version | undefined): boolean {
  return ifModRevision === undefined || found?.modRevision === ifModRevision;
}

function putOne(
  state: State,
  session: Session,
  key: string,
  { value, ephemeral }: { readonly value: Uint8Array; readonly ephemeral: boolean },
): WireError | undefined {
  const changes = [{ key, value, sessionId: ephemeral ? session.id : noSession, recreated: false }];
  const error = (ephemeral ? ephemeralError(state, session, changes) : undefined) ?? changesQuotaError(state, changes);
  if (error !== undefined) return error;
  state.history.advance();
  state.keyspace.commit(changes);
  return undefined;
}

export function transact(state: State, session: Session, body: Transaction): ResultBody {
  const plan = planTransaction(state, session, body);
  if ('kind' in plan) return plan;
  const error = ephemeralError(state, session, plan.changes) ?? changesQuotaError(state, plan.changes);
  if (error !== undefined) return error;
  if (plan.writes) {
    state.history.advance();
    if (plan.changes.length > 0) state.keyspace.commit(plan.changes);
  }
  return { kind: 'transaction', succeeded: plan.succeeded, results: plan.results };
}

function ephemeralError(state: State, session: Session, changes: readonly KeyChange[]): WireError | undefined {
  if (changes.every(({ sessionId }) => sessionId === noSession)) return undefined;
  const count = state.keyspace.ownedCountAfter(session.id, changes);
  if (count <= limits.ephemeralKeysPerSession) return undefined;
  return wireError(
    'TOO_MANY_EPHEMERAL_KEYS',
    `The session would own ${count} ephemeral keys; at most ${limits.ephemeralKeysPerSession} are allowed.`,
  );
}
