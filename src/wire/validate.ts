import { limits } from './limits.ts';
import type { LockCommand, LockTerms } from './lock-operation.ts';
import type { CommandId, KeyRange, Operation, OperationBody, ReadBody } from './operation.ts';
import { isCommandBody, isSessionStart } from './operation-kind.ts';
import { metadataError, secretError } from './session-arguments.ts';
import {
  integer64,
  invalid,
  type Problem,
  tooLong,
  uint32High,
  validateKey,
  validateName,
  wholeNumber,
} from './validate-parts.ts';
import { validateCreateSequential, validateDelete, validatePut, validateTransaction } from './validate-writes.ts';
import { wireError } from './wire-error.ts';

/** What the field of a frame that holds an operation takes besides it, at most. */
const fieldOverheadBytes = 16;

/**
 * What is wrong with an operation of a client, if anything: asked by the SDK before it sends, and by the node before it
 * queues. Whether it is out of order, and whether its session lives, only the state can tell.
 */
export function validateOperation(operation: Operation): Problem {
  const { body, command } = operation;
  return (
    wholeNumber('requestId', operation.requestId, 0) ??
    wholeNumber('seenRevision', operation.seenRevision, 0) ??
    validateCommandId(body, command) ??
    validateBody(body)
  );
}

/** An operation has to fit in a frame of its own. */
export function validateEncodedOperation(bytes: Uint8Array): Problem {
  if (bytes.length + fieldOverheadBytes <= limits.frameBytes) return undefined;
  return wireError(
    'FRAME_TOO_LARGE',
    `the request has ${bytes.length} bytes; a frame has at most ${limits.frameBytes}`,
  );
}

/** Of a range that is read or watched. One that is upside down is empty, and no error. */
export function validateKeyRange({ from, to }: KeyRange): Problem {
  if (to === 'single') return validateKey(from);
  return tooLong('key', from.length) ?? (to === 'unbounded' ? undefined : validateKey(to));
}

function validateCommandId(body: OperationBody, command: CommandId | undefined): Problem {
  if (!isCommandBody(body) || isSessionStart(body)) {
    return command === undefined ? undefined : wireError('PROTOCOL_ERROR', `${body.kind} belongs to no session`);
  }
  if (command === undefined) return wireError('PROTOCOL_ERROR', `${body.kind} has to belong to a session`);
  const { sessionId, generation, sequence, acknowledged } = command;
  return (
    wholeNumber('sessionId', sessionId, 1) ??
    wholeNumber('generation', generation, 1, uint32High) ??
    wholeNumber('sequence', sequence, 1) ??
    wholeNumber('acknowledged', acknowledged, 0, sequence - 1)
  );
}

function validateBody(body: OperationBody): Problem {
  switch (body.kind) {
    case 'openSession':
      return (
        wholeNumber('ttlMs', body.ttlMs, limits.sessionTtlMsLow, limits.sessionTtlMsHigh) ??
        (body.name === '' ? undefined : validateName(body.name)) ??
        secretError(body.secret, 0) ??
        metadataError(body.metadata)
      );
    case 'resumeSession':
      return (
        wholeNumber('sessionId', body.sessionId, 1) ??
        wholeNumber('generation', body.generation, 1, uint32High - 1) ??
        secretError(body.secret, limits.sessionSecretBytes)
      );
    case 'closeOtherSession':
      return wholeNumber('sessionId', body.sessionId, 1);
    case 'closeSession':
      return undefined;
    case 'put':
      return validatePut(body);
    case 'delete':
      return validateDelete(body);
    case 'createSequential':
      return validateCreateSequential(body);
    case 'compactHistory':
      return wholeNumber('revision', body.revision, 1);
    case 'transaction':
      return validateTransaction(body);
    case 'lockAcquire':
    case 'lockForceRelease':
    case 'lockSetNote':
      return validateLockCommand(body);
    case 'lockCancel':
    case 'lockRelease':
      return validateName(body.name) ?? wholeNumber('sequence', body.sequence, 1);
    case 'counterAdd':
      return validateName(body.name) ?? wholeNumber('count', body.count, 1);
    case 'counterCompareAndSet':
      return validateName(body.name) ?? integer64('expected', body.expected) ?? integer64('value', body.value);
    case 'get':
    case 'range':
    case 'count':
    case 'counterGet':
    case 'lockGet':
    case 'lockInspect':
    case 'sessionList':
    case 'sessionGet':
      return validateRead(body);
    case 'expireSession':
    case 'compact':
    case 'openBallot':
    case 'endLockDelay':
    case 'changeSettings':
    case 'raiseFeatureLevel':
      return wireError('PROTOCOL_ERROR', `${body.kind} is proposed by the leader alone`);
  }
}

function validateRead(body: ReadBody): Problem {
  if (body.consistency !== 'linearizable' && body.consistency !== 'stale') {
    return invalid(`consistency is linearizable or stale, not ${String(body.consistency)}`);
  }
  switch (body.kind) {
    case 'get':
      return validateKey(body.key) ?? wholeNumber('revision', body.revision, 0);
    case 'range':
      return (
        validateKeyRange(body.range) ??
        wholeNumber('revision', body.revision, 0) ??
        wholeNumber('limit', body.limit, 0, uint32High)
      );
    case 'count':
      return validateKeyRange(body.range) ?? wholeNumber('revision', body.revision, 0);
    case 'counterGet':
    case 'lockGet':
      return validateName(body.name);
    case 'lockInspect':
      return validateName(body.name) ?? wholeNumber('limit', body.limit, 0, uint32High);
    case 'sessionList':
      return wholeNumber('after', body.after, 0) ?? wholeNumber('limit', body.limit, 0, limits.sessionsPerList);
    case 'sessionGet':
      return wholeNumber('sessionId', body.sessionId, 1);
  }
}

function validateLockCommand(
  body: Extract<LockCommand, { kind: 'lockAcquire' | 'lockForceRelease' | 'lockSetNote' }>,
): Problem {
  const problem = validateName(body.name);
  if (problem !== undefined) return problem;
  switch (body.kind) {
    case 'lockForceRelease':
      return wholeNumber('token', body.token, 1);
    case 'lockSetNote':
      return wholeNumber('sequence', body.sequence, 1) ?? validateLockNote(body.note);
    case 'lockAcquire':
      return body.terms === undefined ? undefined : validateLockTerms(body.name, body.terms);
  }
}

function validateLockTerms(name: string, { mode, permits, otherNames, delayMs, note }: LockTerms): Problem {
  const isPermit = mode === 'permit';
  const problem =
    wholeNumber('permits', permits, isPermit ? 1 : 0, isPermit ? limits.permits : 0) ??
    wholeNumber('delayMs', delayMs, 0, isPermit ? 0 : limits.lockDelayMs) ??
    wholeNumber(
      'the number of further names',
      otherNames.length,
      0,
      mode === 'exclusive' ? limits.namesPerLock - 1 : 0,
    );
  if (problem !== undefined) return problem;
  let last = name;
  for (const other of otherNames) {
    const found = validateName(other) ?? (other > last ? undefined : invalid('the names of locks ascend, each once'));
    if (found !== undefined) return found;
    last = other;
  }
  return validateLockNote(note);
}

/** Of an acquisition. */
export function validateLockNote({ length }: Uint8Array): Problem {
  if (length <= limits.lockNoteBytes) return undefined;
  return wireError('VALUE_TOO_LARGE', `the note has ${length} bytes, more than ${limits.lockNoteBytes}`);
}
