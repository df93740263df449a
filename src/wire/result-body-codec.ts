import { readError, writeError } from './error-codec.ts';
import type { Revision } from './identifiers.ts';
import {
  readRangeDone,
  readSequentialCreated,
  writeRangeDone,
  writeSequentialCreated,
} from './keyspace-result-codec.ts';
import { readLockResult, writeLockResult } from './lock-result-codec.ts';
import { type Reader, WireFormatError, type Writer } from './protobuf.ts';
import type { ResultBody } from './result.ts';
import {
  readSessionList,
  readSessionOpened,
  readSessionResumed,
  readSessionState,
  writeSessionList,
  writeSessionOpened,
  writeSessionResumed,
  writeSessionState,
} from './session-result-codec.ts';
import {
  readDeleteDone,
  readGetDone,
  readPutDone,
  readTransactionDone,
  writeDeleteDone,
  writeGetDone,
  writePutDone,
  writeTransactionDone,
} from './transaction-result-codec.ts';

/** Each body is a member of a `oneof`: it is written even if it is empty. */
export function writeResultBody(writer: Writer, body: ResultBody): void {
  switch (body.kind) {
    case 'error':
      writeError(writer, 3, body);
      break;
    case 'sessionOpened':
      writeSessionOpened(writer, 10, body);
      break;
    case 'sessionClosed':
      writer.end(writer.begin(11));
      break;
    case 'put':
      writePutDone(writer, 12, body);
      break;
    case 'delete':
      writeDeleteDone(writer, 13, body);
      break;
    case 'transaction':
      writeTransactionDone(writer, 14, body);
      break;
    case 'lock':
    case 'lockCancelled':
    case 'lockReleased':
    case 'lockForceReleased':
    case 'lockNoted':
    case 'lockState':
    case 'lockDetails':
      writeLockResult(writer, body);
      break;
    case 'counterBlock':
      writeIntegers(writer, 18, body.first, body.last);
      break;
    case 'counterSwapped':
      writeFlag(writer, 19, body.swapped);
      break;
    case 'createSequential':
      writeSequentialCreated(writer, 20, body.key);
      break;
    case 'compactHistory':
      writeNumber(writer, 21, body.floor);
      break;
    case 'otherSessionClosed':
      writeFlag(writer, 26, body.closed);
      break;
    case 'sessionResumed':
      writeSessionResumed(writer, 27, body);
      break;
    case 'get':
      writeGetDone(writer, 30, body);
      break;
    case 'range':
      writeRangeDone(writer, 31, body);
      break;
    case 'count':
      writeNumber(writer, 34, body.count);
      break;
    case 'counterValue':
      writeIntegers(writer, 32, body.value, 0n);
      break;
    case 'sessionList':
      writeSessionList(writer, 37, body);
      break;
    case 'sessionState':
      writeSessionState(writer, 38, body);
      break;
  }
}

export function readResultBody(reader: Reader): ResultBody {
  switch (reader.field) {
    case 3:
      return readError(reader);
    case 10:
      return readSessionOpened(reader);
    case 11:
      reader.leave(reader.enter());
      return { kind: 'sessionClosed' };
    case 12:
      return readPutDone(reader);
    case 13:
      return readDeleteDone(reader);
    case 14:
      return readTransactionDone(reader);
    case 18: {
      const [first, last] = readIntegers(reader);
      return { kind: 'counterBlock', first, last };
    }
    case 19:
      return { kind: 'counterSwapped', swapped: readFlag(reader) };
    case 20:
      return readSequentialCreated(reader);
    case 21:
      return { kind: 'compactHistory', floor: readNumber(reader) as Revision };
    case 26:
      return { kind: 'otherSessionClosed', closed: readFlag(reader) };
    case 27:
      return readSessionResumed(reader);
    case 30:
      return readGetDone(reader);
    case 31:
      return readRangeDone(reader);
    case 32:
      return { kind: 'counterValue', value: readIntegers(reader)[0] };
    case 34:
      return { kind: 'count', count: readNumber(reader) };
    case 37:
      return readSessionList(reader);
    case 38:
      return readSessionState(reader);
    default: {
      const lockResult = readLockResult(reader);
      if (lockResult !== undefined) return lockResult;
      throw new WireFormatError(`result ${reader.field} is unknown`, 'UNSUPPORTED');
    }
  }
}

/** A message of one bool. */
function writeFlag(writer: Writer, field: number, flag: boolean): void {
  const mark = writer.begin(field);
  writer.bool(1, flag);
  writer.end(mark);
}

/** A message of one number. */
function writeNumber(writer: Writer, field: number, number: number): void {
  const mark = writer.begin(field);
  writer.uint(1, number);
  writer.end(mark);
}

function readNumber(reader: Reader): number {
  const outer = reader.enter();
  let number = 0;
  while (reader.next()) {
    if (reader.field === 1) number = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return number;
}

/** A message of one bool. */
function readFlag(reader: Reader): boolean {
  const outer = reader.enter();
  let flag = false;
  while (reader.next()) {
    if (reader.field === 1) flag = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return flag;
}

/** A message of one or two signed integers. */
function writeIntegers(writer: Writer, field: number, first: bigint, second: bigint): void {
  const mark = writer.begin(field);
  writer.int64(1, first);
  writer.int64(2, second);
  writer.end(mark);
}

function readIntegers(reader: Reader): readonly [first: bigint, second: bigint] {
  const outer = reader.enter();
  let first = 0n;
  let second = 0n;
  while (reader.next()) {
    if (reader.field === 1) first = reader.int64();
    else if (reader.field === 2) second = reader.int64();
    else reader.skip();
  }
  reader.leave(outer);
  return [first, second];
}
