import type { Revision } from '../wire/identifiers.ts';
import type { Transaction, TransactionCondition, TransactionOperation } from '../wire/operation.ts';
import type { Result, TransactionOperationDone } from '../wire/result.ts';
import { bytesOf, kindOf, nameOf, wholeNumber } from './arguments.ts';
import { optionalEntryOf } from './entry.ts';
import { ConclaveError, invalidArgument } from './error.ts';
import type { Lock } from './lock-types.ts';
import type { Bytes, Condition, Entry, Op } from './types.ts';

type OpData =
  | { readonly kind: 'put'; readonly key: Bytes; readonly value: Bytes }
  | { readonly kind: 'get'; readonly key: Bytes }
  | { readonly kind: 'delete'; readonly key: Bytes };

type ConditionData =
  | { readonly kind: 'exists'; readonly key: Bytes }
  | { readonly kind: 'absent'; readonly key: Bytes }
  | { readonly kind: 'valueIs'; readonly key: Bytes; readonly value: Bytes }
  | { readonly kind: 'unchanged'; readonly key: Bytes; readonly modRevision: number }
  | { readonly kind: 'lockHeld'; readonly lock: Pick<Lock, 'name' | 'token'> };

function makeOp<R>(data: OpData): Op<R> {
  return Object.freeze(data) as unknown as Op<R>;
}

function makeCondition(data: ConditionData): Condition {
  return Object.freeze(data);
}

/** What a transaction does. Plain data: nothing happens before `txn` is called. */
export const op = {
  put(key: Bytes, value: Bytes): Op<{ readonly revision: number }> {
    return makeOp({ kind: 'put', key, value });
  },
  /** As it is within the transaction, after the operations before it. */
  get(key: Bytes): Op<Entry | undefined> {
    return makeOp({ kind: 'get', key });
  },
  delete(key: Bytes): Op<{ readonly deleted: boolean }> {
    return makeOp({ kind: 'delete', key });
  },
};

/** What a transaction asks before it does anything. */
export const cond = {
  exists(key: Bytes): Condition {
    return makeCondition({ kind: 'exists', key });
  },
  absent(key: Bytes): Condition {
    return makeCondition({ kind: 'absent', key });
  },
  valueIs(key: Bytes, value: Bytes): Condition {
    return makeCondition({ kind: 'valueIs', key, value });
  },
  /** The key has not been put or deleted since this entry was read. */
  unchanged(entry: Entry): Condition {
    return makeCondition({ kind: 'unchanged', key: entry.keyBytes, modRevision: entry.modRevision });
  },
  /** The lock is still held with that token: a write that is fenced by construction. */
  lockHeld(lock: Pick<Lock, 'name' | 'token'>): Condition {
    return makeCondition({ kind: 'lockHeld', lock });
  },
};

export interface Branches {
  readonly if: readonly Condition[];
  readonly then: readonly Op<unknown>[];
  readonly else?: readonly Op<unknown>[] | undefined;
}

/** `onLock` is told of every lock that a condition names. */
export function transactionOf(branches: Branches, onLock: (lock: object) => void): Transaction {
  if (typeof branches !== 'object' || branches === null) {
    throw invalidArgument(`a transaction is { if, then, else }, not ${kindOf(branches)}`);
  }
  return {
    kind: 'transaction',
    if: arrayOf(branches.if, 'if').map((condition) => conditionOf(condition as ConditionData, onLock)),
    then: arrayOf(branches.then, 'then').map((operation) => operationOf(operation as unknown as OpData)),
    else: arrayOf(branches.else ?? [], 'else').map((operation) => operationOf(operation as unknown as OpData)),
  };
}

/** What `txn` resolves to. */
export function transactionResult(transaction: Transaction, { body, revision }: Result) {
  if (body.kind !== 'transaction') throw unexpected('a transaction', body.kind);
  const asked = body.succeeded ? transaction.then : transaction.else;
  if (asked.length !== body.results.length) throw unexpected(`${asked.length} results`, String(body.results.length));
  const results = body.results.map((done, index) => operationResult(asked[index]?.kind, done, revision));
  return { succeeded: body.succeeded, revision, results };
}

export function unexpected(asked: string, answered: string): ConclaveError {
  return new ConclaveError('PROTOCOL_ERROR', `asked for ${asked}, answered with ${answered}`, { outcome: 'unknown' });
}

function operationResult(kind: string | undefined, done: TransactionOperationDone, revision: Revision) {
  if (done.kind !== kind) throw unexpected(String(kind), done.kind);
  if (done.kind === 'get') return optionalEntryOf(done.entry);
  return done.kind === 'put' ? { revision } : { deleted: done.deleted };
}

function operationOf(data: OpData): TransactionOperation {
  switch (data?.kind) {
    case 'put':
      return { kind: 'put', key: bytesOf(data.key, 'a key'), value: bytesOf(data.value, 'a value'), ephemeral: false };
    case 'get':
    case 'delete':
      return { kind: data.kind, key: bytesOf(data.key, 'a key') };
    default:
      throw invalidArgument('an operation of a transaction is made by op.put, op.get or op.delete');
  }
}

function conditionOf(data: ConditionData, onLock: (lock: object) => void): TransactionCondition {
  switch (data?.kind) {
    case 'exists':
    case 'absent':
      return { kind: data.kind, key: bytesOf(data.key, 'a key') };
    case 'valueIs':
      return { kind: 'valueIs', key: bytesOf(data.key, 'a key'), value: bytesOf(data.value, 'a value') };
    case 'unchanged': {
      const modRevision = wholeNumber(data.modRevision, 'modRevision', 1) as Revision;
      return { kind: 'modRevisionIs', key: bytesOf(data.key, 'a key'), modRevision };
    }
    case 'lockHeld': {
      const { lock } = data;
      if (typeof lock !== 'object' || lock === null) throw invalidArgument('cond.lockHeld takes a lock');
      onLock(lock);
      const token = wholeNumber(lock.token, 'the token of a lock', 1);
      return { kind: 'lockHeld', name: nameOf(lock.name, 'the name of a lock'), token };
    }
    default:
      throw invalidArgument('a condition of a transaction is made by cond');
  }
}

function arrayOf<T>(value: readonly T[], what: string): readonly T[] {
  if (Array.isArray(value)) return value;
  throw invalidArgument(`${what} is an array, not ${kindOf(value)}`);
}
