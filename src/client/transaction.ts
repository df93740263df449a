import type { Revision } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { Transaction, TransactionOperation } from '../wire/operation.ts';
import type { Result, TransactionDone, TransactionOperationDone } from '../wire/result.ts';
import { booleanOf, bytesOf, kindOf, optionsObject } from './arguments.ts';
import { conditionOf } from './conditions.ts';
import { optionalEntryOf } from './entry.ts';
import { ConclaveError, invalidArgument } from './error.ts';
import type { PutOptions } from './keyspace-types.ts';
import type { Bytes, Condition, Entry, Op, TxnResult } from './types.ts';

type EphemeralOption = Pick<PutOptions, 'ephemeral'>;

type OpData =
  | { readonly kind: 'put'; readonly key: Bytes; readonly value: Bytes; readonly options: EphemeralOption | undefined }
  | { readonly kind: 'get'; readonly key: Bytes }
  | { readonly kind: 'delete'; readonly key: Bytes }
  | { readonly kind: 'transaction'; readonly branches: Branches };

function makeOp<R>(data: OpData): Op<R> {
  return Object.freeze(data) as unknown as Op<R>;
}

/** What a transaction does. Plain data: nothing happens before `txn` is called. */
export const op = {
  /** With `ephemeral`, the key is deleted when this client's session ends. */
  put(key: Bytes, value: Bytes, options?: EphemeralOption): Op<{ readonly revision: number }> {
    return makeOp({ kind: 'put', key, value, options });
  },
  /** As it is within the transaction, after the operations before it. */
  get(key: Bytes): Op<Entry | undefined> {
    return makeOp({ kind: 'get', key });
  },
  delete(key: Bytes): Op<{ readonly deleted: boolean }> {
    return makeOp({ kind: 'delete', key });
  },
  /**
   * A transaction within another: its conditions see what has been written before it in the same one, and its writes belong to the same
   * revision. At most 8 within each other, the outermost included.
   */
  txn<const T extends readonly Op<unknown>[], const E extends readonly Op<unknown>[] = readonly []>(branches: {
    readonly if: readonly Condition[];
    readonly then: T;
    readonly else?: E | undefined;
  }): Op<TxnResult<T, E>> {
    return makeOp({ kind: 'transaction', branches });
  },
};

export interface Branches {
  readonly if: readonly Condition[];
  readonly then: readonly Op<unknown>[];
  readonly else?: readonly Op<unknown>[] | undefined;
}

/** `onLock` is told of every lock that a condition names, at whatever depth. */
export function transactionOf(branches: Branches, onLock: (lock: object) => void): Transaction {
  return new TransactionReader(onLock).read(branches, 1);
}

/** Counts as it goes: a branch that is used in many places is long, though it takes little room. */
class TransactionReader {
  readonly #onLock: (lock: object) => void;
  #operations = 0;

  constructor(onLock: (lock: object) => void) {
    this.#onLock = onLock;
  }

  read(branches: Branches, depth: number): Transaction {
    if (typeof branches !== 'object' || branches === null) {
      throw invalidArgument(`a transaction is { if, then, else }, not ${kindOf(branches)}`);
    }
    if (depth > limits.transactionDepth) {
      const message = `more than ${limits.transactionDepth} transactions are within each other`;
      throw new ConclaveError('TOO_MANY_OPERATIONS', message);
    }
    return {
      kind: 'transaction',
      if: arrayOf(branches.if, 'if').map((condition) => conditionOf(condition, this.#onLock)),
      then: this.#branch(arrayOf(branches.then, 'then'), depth),
      else: this.#branch(arrayOf(branches.else ?? [], 'else'), depth),
    };
  }

  #branch(operations: readonly Op<unknown>[], depth: number): TransactionOperation[] {
    this.#operations += operations.length;
    if (this.#operations > limits.transactionOperations) {
      const message = `the transaction has more than ${limits.transactionOperations} operations`;
      throw new ConclaveError('TOO_MANY_OPERATIONS', message);
    }
    return operations.map((operation) => this.#operation(operation as unknown as OpData, depth));
  }

  #operation(data: OpData, depth: number): TransactionOperation {
    switch (data?.kind) {
      case 'put':
        return {
          kind: 'put',
          key: bytesOf(data.key, 'a key'),
          value: bytesOf(data.value, 'a value'),
          ephemeral: booleanOf(optionsObject(data.options).ephemeral, 'ephemeral'),
        };
      case 'get':
      case 'delete':
        return { kind: data.kind, key: bytesOf(data.key, 'a key') };
      case 'transaction':
        return this.read(data.branches, depth + 1);
      default:
        throw invalidArgument('an operation of a transaction is made by op.put, op.get, op.delete or op.txn');
    }
  }
}

interface Outcome {
  readonly succeeded: boolean;
  readonly revision: number;
  readonly results: readonly unknown[];
}

/** What `txn` resolves to. */
export function transactionResult(transaction: Transaction, { body, revision }: Result): Outcome {
  if (body.kind !== 'transaction') throw unexpected('a transaction', body.kind);
  return outcomeOf(transaction, body, revision);
}

export function unexpected(asked: string, answered: string): ConclaveError {
  return new ConclaveError('PROTOCOL_ERROR', `asked for ${asked}, answered with ${answered}`, { outcome: 'unknown' });
}

function outcomeOf(transaction: Transaction, { succeeded, results }: TransactionDone, revision: Revision): Outcome {
  const asked = succeeded ? transaction.then : transaction.else;
  if (asked.length !== results.length) throw unexpected(`${asked.length} results`, String(results.length));
  return { succeeded, revision, results: results.map((done, at) => operationResult(asked[at], done, revision)) };
}

function operationResult(asked: TransactionOperation | undefined, done: TransactionOperationDone, revision: Revision) {
  if (asked?.kind === 'transaction' && done.kind === 'transaction') return outcomeOf(asked, done, revision);
  if (done.kind !== asked?.kind) throw unexpected(String(asked?.kind), done.kind);
  if (done.kind === 'get') return optionalEntryOf(done.entry);
  return done.kind === 'delete' ? { deleted: done.deleted } : { revision };
}

function arrayOf<T>(value: readonly T[], what: string): readonly T[] {
  if (Array.isArray(value)) return value;
  throw invalidArgument(`${what} is an array, not ${kindOf(value)}`);
}
