import { keyString } from '../wire/bytes.ts';
import type { KeyOperation, Put, Transaction } from '../wire/operation.ts';
import type { TransactionDone, TransactionOperationDone, WireError } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import { conditionHolds, type KeyView } from './conditions.ts';
import type { KeyChange } from './key-change.ts';
import { noSession } from './key-owners.ts';
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
 * effect in their order, and each sees those before it; so do the conditions of a transaction that is one of them. The same key may
 * be written more than once (etcd refuses that), and the last write counts. Several puts raise the version by one, as one
 * would; a put after a delete creates the key anew.
 */
export function planTransaction(state: State, session: Session, body: Transaction): TransactionPlan | WireError {
  const scratch = new Scratch(state, session);
  const { succeeded, results } = carryOut(state, scratch, body);
  if (scratch.readBytes > resultBytesHigh) {
    return wireError('FRAME_TOO_LARGE', 'What the transaction reads does not fit in a frame.');
  }
  return { succeeded, results, writes: scratch.writes, changes: scratch.netChanges() };
}

/** How deep transactions lie within each other was seen to when they were decoded. */
function carryOut(state: State, scratch: Scratch, body: Transaction): TransactionDone {
  const succeeded = body.if.every((condition) => conditionHolds(state, scratch, condition));
  const branch = succeeded ? body.then : body.else;
  const results = branch.map((operation) =>
    operation.kind === 'transaction' ? carryOut(state, scratch, operation) : scratch.perform(operation),
  );
  return { kind: 'transaction', succeeded, results };
}

/** The keys that the transaction has written so far, over the state. */
class Scratch implements KeyView {
  writes = false;
  /** What has been read takes at most so much in the result. */
  readBytes = 0;
  readonly #state: State;
  readonly #session: Session;
  readonly #changes = new Map<string, KeyChange>();

  constructor(state: State, session: Session) {
    this.#state = state;
    this.#session = session;
  }

  perform(operation: KeyOperation): TransactionOperationDone {
    const key = keyString(operation.key);
    switch (operation.kind) {
      case 'put':
        this.#put(key, operation);
        return { kind: 'put' };
      case 'delete':
        return { kind: 'delete', deleted: this.#delete(key) };
      case 'get':
        return { kind: 'get', entry: this.#read(key) };
    }
  }

  #put(key: string, { value, ephemeral }: Put): void {
    const earlier = this.#changes.get(key);
    const recreated = earlier !== undefined && (earlier.recreated || earlier.value === undefined);
    this.#changes.set(key, { key, value, sessionId: ephemeral ? this.#session.id : noSession, recreated });
    this.writes = true;
  }

  #delete(key: string): boolean {
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

  #read(key: string): Version | undefined {
    const entry = this.get(key);
    if (entry !== undefined) this.readBytes += entryBytes(entry);
    return entry;
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
