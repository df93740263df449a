import { readEntry, writeEntry } from './entry-codec.ts';
import { enumNumber, readEnum } from './enumeration.ts';
import { readError, writeError } from './error-codec.ts';
import type { Sequence, SessionId } from './identifiers.ts';
import { type Reader, WireFormatError, type Writer } from './protobuf.ts';
import type { LockHolder, ResultBody, WireEntry } from './result.ts';
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

type Body<Kind extends ResultBody['kind']> = Extract<ResultBody, { kind: Kind }>;

const lockStates = ['queued', 'held', 'refused'] as const satisfies readonly Body<'lock'>['state'][];
const cancelStates = ['absent', 'withdrawn', 'released'] as const satisfies readonly Body<'lockCancelled'>['state'][];

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
      writePutDone(writer, 12);
      break;
    case 'delete':
      writeDeleteDone(writer, 13, body);
      break;
    case 'transaction':
      writeTransactionDone(writer, 14, body);
      break;
    case 'lock':
      writeNumbers(writer, 15, enumNumber(lockStates, body.state), body.token);
      break;
    case 'lockCancelled':
      writeNumbers(writer, 16, enumNumber(cancelStates, body.state), 0);
      break;
    case 'lockReleased':
      writeNumbers(writer, 17, body.released ? 1 : 0, 0);
      break;
    case 'counterBlock':
      writeIntegers(writer, 18, body.first, body.last);
      break;
    case 'counterSwapped':
      writeNumbers(writer, 19, body.swapped ? 1 : 0, 0);
      break;
    case 'otherSessionClosed':
      writeNumbers(writer, 26, body.closed ? 1 : 0, 0);
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
    case 'counterValue':
      writeIntegers(writer, 32, body.value, 0n);
      break;
    case 'lockState':
      writeLockState(writer, 33, body);
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
    case 15:
      return readLockAnswer(reader);
    case 16:
      return readLockCancelled(reader);
    case 17:
      return { kind: 'lockReleased', released: readFlag(reader) };
    case 18: {
      const [first, last] = readIntegers(reader);
      return { kind: 'counterBlock', first, last };
    }
    case 19:
      return { kind: 'counterSwapped', swapped: readFlag(reader) };
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
    case 33:
      return readLockState(reader);
    case 37:
      return readSessionList(reader);
    case 38:
      return readSessionState(reader);
    default:
      throw new WireFormatError(`result ${reader.field} is unknown`, 'UNSUPPORTED');
  }
}

/** A message of one or two numbers, enums or bools. */
function writeNumbers(writer: Writer, field: number, first: number, second: number): void {
  const mark = writer.begin(field);
  writer.uint(1, first);
  writer.uint(2, second);
  writer.end(mark);
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

function readLockAnswer(reader: Reader): ResultBody {
  const outer = reader.enter();
  let state: Body<'lock'>['state'] = 'queued';
  let token = 0;
  while (reader.next()) {
    if (reader.field === 1) state = readEnum(reader, lockStates);
    else if (reader.field === 2) token = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'lock', state, token };
}

function readLockCancelled(reader: Reader): ResultBody {
  const outer = reader.enter();
  let state: Body<'lockCancelled'>['state'] = 'absent';
  while (reader.next()) {
    if (reader.field === 1) state = readEnum(reader, cancelStates);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'lockCancelled', state };
}

function writeRangeDone(writer: Writer, field: number, body: Body<'range'>): void {
  const mark = writer.begin(field);
  for (const entry of body.entries) writeEntry(writer, 1, entry);
  writer.bool(2, body.more);
  writer.end(mark);
}

function readRangeDone(reader: Reader): ResultBody {
  const outer = reader.enter();
  const entries: WireEntry[] = [];
  let more = false;
  while (reader.next()) {
    if (reader.field === 1) entries.push(readEntry(reader));
    else if (reader.field === 2) more = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'range', entries, more };
}

function writeLockState(writer: Writer, field: number, body: Body<'lockState'>): void {
  const mark = writer.begin(field);
  if (body.holder !== undefined) {
    const inner = writer.begin(1);
    writer.uint(1, body.holder.sessionId);
    writer.uint(2, body.holder.sequence);
    writer.uint(3, body.holder.token);
    writer.end(inner);
  }
  writer.uint32(2, body.waiters);
  writer.end(mark);
}

function readLockState(reader: Reader): ResultBody {
  const outer = reader.enter();
  let holder: LockHolder | undefined;
  let waiters = 0;
  while (reader.next()) {
    if (reader.field === 1) holder = readLockHolder(reader);
    else if (reader.field === 2) waiters = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'lockState', holder, waiters };
}

function readLockHolder(reader: Reader): LockHolder {
  const outer = reader.enter();
  let sessionId = 0;
  let sequence = 0;
  let token = 0;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) sequence = reader.uint();
    else if (reader.field === 3) token = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { sessionId: sessionId as SessionId, sequence: sequence as Sequence, token };
}
