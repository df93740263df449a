import { utf8Length } from '../wire/bytes.ts';
import { limits } from '../wire/limits.ts';
import type { LockTerms } from '../wire/lock-operation.ts';
import type { CommandBody, Put, TransactionCondition, TransactionOperation } from '../wire/operation.ts';
import type { WireError } from '../wire/result.ts';
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
      return (
        conditionsError(body.if) ??
        countError(body.then.length) ??
        countError(body.else.length) ??
        operationsError(body.then) ??
        operationsError(body.else)
      );
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

function conditionsError(conditions: readonly TransactionCondition[]): WireError | undefined {
  const tooMany = countError(conditions.length);
  if (tooMany !== undefined) return tooMany;
  for (const condition of conditions) {
    const error = condition.kind === 'lockHeld' ? nameError(condition.name) : keyError(condition.key);
    if (error !== undefined) return error;
  }
  return undefined;
}

function operationsError(operations: readonly TransactionOperation[]): WireError | undefined {
  for (const operation of operations) {
    const error = operation.kind === 'put' ? putError(operation) : keyError(operation.key);
    if (error !== undefined) return error;
  }
  return undefined;
}

function countError(count: number): WireError | undefined {
  if (count <= limits.transactionOperations) return undefined;
  return wireError('TOO_MANY_OPERATIONS', `${count} is more than ${limits.transactionOperations}.`);
}

function putError({ key, value }: Put): WireError | undefined {
  if (value.length <= limits.valueBytes) return keyError(key);
  return wireError('VALUE_TOO_LARGE', `The value has ${value.length} bytes; at most ${limits.valueBytes} are allowed.`);
}

function keyError({ length }: Uint8Array): WireError | undefined {
  if (length === 0) return invalid('The key is empty.');
  if (length <= limits.keyBytes) return undefined;
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
