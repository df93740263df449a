import { limits } from './limits.ts';
import type {
  Comparison,
  CreateSequential,
  DeleteCommand,
  KeyCompare,
  PutCommand,
  Transaction,
  TransactionCondition,
  TransactionOperation,
} from './operation.ts';
import { sequentialDigits } from './sequential-key.ts';
import {
  integer64,
  invalid,
  type Problem,
  tooLong,
  validateKey,
  validateName,
  validateValue,
  wholeNumber,
} from './validate-parts.ts';
import { wireError } from './wire-error.ts';

const comparisons: readonly Comparison[] = ['equal', 'unequal', 'less', 'greater'];
const keyFields: readonly KeyCompare['field'][] = ['version', 'created', 'modified'];

export function validatePut(put: PutCommand): Problem {
  return (
    validateKey(put.key) ??
    validateValue(put.value) ??
    validateIfModRevision(put) ??
    (put.ifAbsent === true && put.ifModRevision !== undefined
      ? invalid('a put is conditional on the absence of the key or on its revision, not on both')
      : undefined)
  );
}

export function validateDelete(body: DeleteCommand): Problem {
  return validateKey(body.key) ?? validateIfModRevision(body);
}

export function validateCreateSequential({ prefix, value }: CreateSequential): Problem {
  return tooLong('key', prefix.length + sequentialDigits) ?? validateValue(value);
}

function validateIfModRevision({ ifModRevision }: DeleteCommand | PutCommand): Problem {
  return ifModRevision === undefined ? undefined : wholeNumber('ifModRevision', ifModRevision, 1);
}

/** How much is in a transaction, over all branches and all that lies within it. */
interface Sum {
  conditions: number;
  operations: number;
}

export function validateTransaction(transaction: Transaction): Problem {
  return validateTree(transaction, { conditions: 0, operations: 0 }, 1);
}

/** The sums are looked at before the parts, so that nothing is gone through in vain, or without end. */
function validateTree(transaction: Transaction, sum: Sum, depth: number): Problem {
  if (depth > limits.transactionDepth) {
    const message = `more than ${limits.transactionDepth} transactions are within each other`;
    return wireError('TOO_MANY_OPERATIONS', message);
  }
  sum.conditions += transaction.if.length;
  sum.operations += transaction.then.length + transaction.else.length;
  const problem = tooMany('conditions', sum.conditions) ?? tooMany('operations', sum.operations);
  if (problem !== undefined) return problem;
  for (const condition of transaction.if) {
    const found = validateCondition(condition);
    if (found !== undefined) return found;
  }
  for (const branch of [transaction.then, transaction.else]) {
    for (const operation of branch) {
      const found = validateOperationWithin(operation, sum, depth);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function validateOperationWithin(operation: TransactionOperation, sum: Sum, depth: number): Problem {
  switch (operation.kind) {
    case 'transaction':
      return validateTree(operation, sum, depth + 1);
    case 'get':
      return validateKey(operation.key);
    case 'put':
    case 'delete':
      if ('ifAbsent' in operation || 'ifModRevision' in operation || 'previous' in operation) {
        return invalid(`a ${operation.kind} within a transaction has no condition of its own, and tells nothing`);
      }
      return operation.kind === 'put' ? validatePut(operation) : validateKey(operation.key);
  }
}

function validateCondition(condition: TransactionCondition): Problem {
  switch (condition.kind) {
    case 'exists':
    case 'absent':
      return validateKey(condition.key);
    case 'valueIs':
      return validateKey(condition.key) ?? validateValue(condition.value);
    case 'modRevisionIs':
      return validateKey(condition.key) ?? wholeNumber('modRevision', condition.modRevision, 0);
    case 'lockHeld':
      return validateName(condition.name) ?? wholeNumber('token', condition.token, 1);
    case 'keyCompare':
      return (
        validateKey(condition.key) ??
        oneOf('field', condition.field, keyFields) ??
        oneOf('comparison', condition.comparison, comparisons) ??
        wholeNumber('number', condition.number, 0)
      );
    case 'valueCompare':
      return (
        validateKey(condition.key) ??
        oneOf('comparison', condition.comparison, comparisons) ??
        validateValue(condition.value)
      );
    case 'ownedBy':
      return validateKey(condition.key) ?? wholeNumber('sessionId', condition.sessionId, 0);
    case 'counterCompare':
      return (
        validateName(condition.name) ??
        oneOf('comparison', condition.comparison, comparisons) ??
        integer64('value', condition.value)
      );
  }
}

function tooMany(what: string, count: number): Problem {
  const high = limits.transactionOperations;
  if (count <= high) return undefined;
  return wireError('TOO_MANY_OPERATIONS', `${count} ${what} are more than ${high}`);
}

function oneOf<Name extends string>(what: string, name: Name, names: readonly Name[]): Problem {
  return names.includes(name) ? undefined : invalid(`${what} is one of ${names.join(', ')}, not ${String(name)}`);
}
