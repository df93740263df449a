import { utf8Length } from '../wire/bytes.ts';
import { limits } from '../wire/limits.ts';
import type { LockTerms } from '../wire/lock-operation.ts';
import type {
  CommandBody,
  CreateSequential,
  PutCommand,
  Transaction,
  TransactionCondition,
  TransactionOperation,
} from '../wire/operation.ts';
import type { WireError } from '../wire/result.ts';
import { sequentialDigits } from '../wire/sequential-key.ts';
import { metadataError, secretError } from '../wire/session-arguments.ts';
import { wireError } from '../wire/wire-error.ts';

/** A UTF-16 unit takes at most so many bytes in UTF-8. */
const bytesPerUnit = 3;

/** What is wrong with the command, whatever the state. */
export function argumentError(body: CommandBody): WireError | undefined {
  switch (body.kind) {
    case 'openSession':
      return (
        nameError(body.name, 0) ?? ttlError(body.ttlMs) ?? secretError(body.secret, 0) ?? metadataError(body.metadata)
      );
    case 'resumeSession':
      return secretError(body.secret, limits.sessionSecretBytes);
    case 'closeSession':
    case 'closeOtherSession':
      return undefined;
    case 'put':
      return putError(body);
    case 'delete':
      return keyError(body.key);
    case 'transaction':
      return sizeError(body) ?? transactionError(body);
    case 'createSequential':
      return sequentialError(body);
    case 'compactHistory':
      return body.revision < 1 ? invalid('There is no revision 0 to compact.') : undefined;
    case 'counterAdd':
      return nameError(body.name) ?? (body.count < 1 ? invalid('The count is less than 1.') : undefined);
    case 'lockAcquire':
      return nameError(body.name) ?? (body.terms === undefined ? undefined : termsError(body.name, body.terms));
    case 'lockSetNote':
      return nameError(body.name) ?? noteError(body.note);
    case 'lockCancel':
    case 'lockRelease':
    case 'lockForceRelease':
    case 'counterCompareAndSet':
      return nameError(body.name);
  }
}

function termsError(name: string, { mode, permits, otherNames, delayMs, note }: LockTerms): WireError | undefined {
  const { lockDelayMs, namesPerLock, permits: permitsHigh } = limits;
  if (mode === 'permit' ? permits < 1 || permits > permitsHigh : permits !== 0) return invalid(`${permits} permits.`);
  if (delayMs > lockDelayMs || (delayMs > 0 && mode === 'permit')) return invalid(`A lock-delay of ${delayMs} ms.`);
  if (otherNames.length > 0 && mode !== 'exclusive') return invalid('Several locks at once are exclusive.');
  if (otherNames.length >= namesPerLock) return invalid(`More than ${namesPerLock} locks at once.`);
  let last = name;
  for (const other of otherNames) {
    const error = nameError(other) ?? (other > last ? undefined : invalid('The names of locks do not ascend.'));
    if (error !== undefined) return error;
    last = other;
  }
  return noteError(note);
}

function noteError({ length }: Uint8Array): WireError | undefined {
  if (length <= limits.lockNoteBytes) return undefined;
  return wireError('VALUE_TOO_LARGE', `The note has ${length} bytes; at most ${limits.lockNoteBytes} are allowed.`);
}

/** Over all branches, and all that lies within the transaction. How deep that may go was seen to when it was decoded. */
function sizeError(transaction: Transaction): WireError | undefined {
  let conditions = 0;
  let operations = 0;
  const within = [transaction];
  for (let next = within.pop(); next !== undefined; next = within.pop()) {
    conditions += next.if.length;
    operations += next.then.length + next.else.length;
    for (const operation of next.then) if (operation.kind === 'transaction') within.push(operation);
    for (const operation of next.else) if (operation.kind === 'transaction') within.push(operation);
  }
  return countError(conditions) ?? countError(operations);
}

function transactionError(transaction: Transaction): WireError | undefined {
  return conditionsError(transaction.if) ?? operationsError(transaction.then) ?? operationsError(transaction.else);
}

function conditionsError(conditions: readonly TransactionCondition[]): WireError | undefined {
  for (const condition of conditions) {
    const error = 'name' in condition ? nameError(condition.name) : keyError(condition.key);
    if (error !== undefined) return error;
  }
  return undefined;
}

function operationsError(operations: readonly TransactionOperation[]): WireError | undefined {
  for (const operation of operations) {
    const error = operationError(operation);
    if (error !== undefined) return error;
  }
  return undefined;
}

function operationError(operation: TransactionOperation): WireError | undefined {
  if (operation.kind === 'transaction') return transactionError(operation);
  return operation.kind === 'put' ? putError(operation) : keyError(operation.key);
}

function sequentialError({ prefix, value }: CreateSequential): WireError | undefined {
  const length = prefix.length + sequentialDigits;
  return length > limits.keyBytes ? keyTooLarge(length) : valueError(value);
}

function countError(count: number): WireError | undefined {
  if (count <= limits.transactionOperations) return undefined;
  return wireError('TOO_MANY_OPERATIONS', `${count} is more than ${limits.transactionOperations}.`);
}

function putError({ key, value, ifAbsent, ifModRevision }: PutCommand): WireError | undefined {
  if (ifAbsent === true && ifModRevision !== undefined) return invalid('The put has two conditions.');
  return valueError(value) ?? keyError(key);
}

function valueError(value: Uint8Array): WireError | undefined {
  if (value.length <= limits.valueBytes) return undefined;
  return wireError('VALUE_TOO_LARGE', `The value has ${value.length} bytes; at most ${limits.valueBytes} are allowed.`);
}

function keyError({ length }: Uint8Array): WireError | undefined {
  if (length === 0) return invalid('The key is empty.');
  return length <= limits.keyBytes ? undefined : keyTooLarge(length);
}

function keyTooLarge(length: number): WireError {
  return wireError('KEY_TOO_LARGE', `The key has ${length} bytes; at most ${limits.keyBytes} are allowed.`);
}

function nameError(name: string, least = 1): WireError | undefined {
  if (name.length < least) return invalid('The name is empty.');
  if (name.length * bytesPerUnit <= limits.nameBytes) return undefined;
  const length = utf8Length(name);
  if (length <= limits.nameBytes) return undefined;
  return wireError('KEY_TOO_LARGE', `The name has ${length} bytes; at most ${limits.nameBytes} are allowed.`);
}

function ttlError(ttlMs: number): WireError | undefined {
  if (ttlMs >= limits.sessionTtlMsLow && ttlMs <= limits.sessionTtlMsHigh) return undefined;
  return invalid(`A session's TTL is from ${limits.sessionTtlMsLow} to ${limits.sessionTtlMsHigh} ms, not ${ttlMs}.`);
}

function invalid(message: string): WireError {
  return wireError('INVALID_ARGUMENT', message);
}
