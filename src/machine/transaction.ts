import { equalBytes, keyString } from '../wire/bytes.ts';
import type { Put, Transaction, TransactionCondition } from '../wire/operation.ts';
import type { TransactionOperationDone, WireError } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import { type KeyChange, noSession } from './keyspace.ts';
import { isHeldWith } from './lock-read.ts';
import { entryBytes, resultBytesHigh } from './read.ts';
import type { Session } from './sessions.ts';
import { compareText } from './sorted-map.ts';
import type { State } from './state.ts';
import type { Version } from './version.ts';

/** What a transaction would do to the state as it is. */
export interface TransactionPlan {
  readonly succeeded: boolean;
  readonly results: readonly TransactionOperationDone[];
  /** A put, or a delete that met a key, has been carried out, even if another undid it: a revision is to be taken. */
  readonly writes: boolean;
  /** The net effect on each key, in key order. */
  readonly changes: readonly KeyChange[];
}

/**
 * Carries out the branch that the conditions choose, beside the state.
 *
 * All that a transaction writes has one revision, and each key at most one event in it: the net effect. Operations take
 * effect in their order, and each sees those before it; the same key may be written more than once (etcd refuses that), and
 * the last write counts. Several puts raise the version by one, as one would; a put after a delete creates the key anew.
 * A key that is absent has modRevision 0, and its value equals none.
 */
export function planTransaction(state: State, session: Session, body: Transaction): TransactionPlan | WireError {
  const succeeded = body.if.every((condition) => holds(state, condition));
  const scratch = new Scratch(state, session);
  const results: TransactionOperationDone[] = [];
  let bytes = 0;
  for (const operation of succeeded ? body.then : body.else) {
    const key = keyString(operation.key);
    if (operation.kind === 'put') {
      scratch.put(key, operation);
      results.push({ kind: 'put' });
    } else if (operation.kind === 'delete') {
      results.push({ kind: 'delete', deleted: scratch.delete(key) });
    } else {
      const entry = scratch.get(key);
      if (entry !== undefined) bytes += entryBytes(entry);
      if (bytes > resultBytesHigh) {
        return wireError('FRAME_TOO_LARGE', 'What the transaction reads does not fit in a frame.');
      }
      results.push({ kind: 'get', entry });
    }
  }
  return { succeeded, results, writes: scratch.writes, changes: scratch.netChanges() };
}

function holds(state: State, condition: TransactionCondition): boolean {
  if (condition.kind === 'lockHeld') return isHeldWith(state.locks, condition.name, condition.token);
  const found = state.keyspace.get(keyString(condition.key));
  switch (condition.kind) {
    case 'exists':
      return found !== undefined;
    case 'absent':
      return found === undefined;
    case 'valueIs':
      return found !== undefined && equalBytes(found.value, condition.value);
    case 'modRevisionIs':
      return (found?.modRevision ?? 0) === condition.modRevision;
  }
}

/** The keys that the transaction has written so far, over the state. */
class Scratch {
  writes = false;
  readonly #state: State;
  readonly #session: Session;
  readonly #changes = new Map<string, KeyChange>();

  constructor(state: State, session: Session) {
    this.#state = state;
    this.#session = session;
  }

  put(key: string, { value, ephemeral }: Put): void {
    const earlier = this.#changes.get(key);
    const recreated = earlier !== undefined && (earlier.recreated || earlier.value === undefined);
    this.#changes.set(key, { key, value, sessionId: ephemeral ? this.#session.id : noSession, recreated });
    this.writes = true;
  }

  delete(key: string): boolean {
    if (!this.#exists(key)) return false;
    this.#changes.set(key, { key, value: undefined, sessionId: noSession, recreated: false });
    this.writes = true;
    return true;
  }

  get(key: string): Version | undefined {
    const { keyspace } = this.#state;
    const change = this.#changes.get(key);
    if (change?.value !== undefined) return keyspace.preview(change);
    return change === undefined ? keyspace.get(key) : undefined;
  }

  netChanges(): readonly KeyChange[] {
    return [...this.#changes.values()]
      .filter(({ key, value }) => value !== undefined || this.#state.keyspace.get(key) !== undefined)
      .sort((a, b) => compareText(a.key, b.key));
  }

  #exists(key: string): boolean {
    const change = this.#changes.get(key);
    return change === undefined ? this.#state.keyspace.get(key) !== undefined : change.value !== undefined;
  }
}
