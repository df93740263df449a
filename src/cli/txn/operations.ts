import type { Condition, Op } from '../../client/index.ts';
import { op } from '../../client/transaction.ts';
import { conditionOf } from './conditions.ts';
import { type Reading, readStatement } from './statement-words.ts';
import type { Nested, Statement, Word, WrittenTransaction } from './written-transaction.ts';

/** A transaction as the SDK takes it. */
export interface Branches {
  readonly if: readonly Condition[];
  readonly then: readonly Op<unknown>[];
  readonly else: readonly Op<unknown>[];
}

/** What is to be done, and what its result is a result of. */
export type Operation =
  | { readonly kind: 'put' | 'get' | 'delete'; readonly key: Word; readonly op: Op<unknown> }
  | { readonly kind: 'txn'; readonly transaction: ReadTransaction; readonly op: Op<unknown> };

export interface ReadTransaction {
  readonly then: readonly Operation[];
  readonly else: readonly Operation[];
  readonly branches: Branches;
}

const del: Reading<Operation> = {
  form: 'delete KEY',
  read: ([key = '']) => ({ kind: 'delete', key, op: op.delete(key) }),
};

/** How each operation is written, and what it is. */
const readings: Readonly<Record<string, Reading<Operation>>> = {
  put: {
    form: 'put KEY VALUE',
    read: ([key = '', value = '']) => ({ kind: 'put', key, op: op.put(key, value) }),
  },
  get: { form: 'get KEY', read: ([key = '']) => ({ kind: 'get', key, op: op.get(key) }) },
  delete: del,
  del: { ...del, form: 'del KEY' },
};

export const operationForms: readonly string[] = Object.values(readings).map(({ form }) => form);

/** @throws UsageFailure that names the place */
export function readTransaction(written: WrittenTransaction): ReadTransaction {
  const [then, otherwise] = [written.then.map(operationOf), written.else.map(operationOf)];
  const branches = { if: written.if.map(conditionOf), then: then.map(opOf), else: otherwise.map(opOf) };
  return { then, else: otherwise, branches };
}

function operationOf(written: Statement | Nested): Operation {
  if (written.kind === 'statement') return readStatement(written, readings, 'operation');
  const transaction = readTransaction(written.transaction);
  return { kind: 'txn', transaction, op: op.txn(transaction.branches) };
}

function opOf(operation: Operation): Op<unknown> {
  return operation.op;
}
