import { emptyBytes } from './bytes.ts';
import { enumNumber, readEnum } from './enumeration.ts';
import type { Revision, Sequence, SessionId } from './identifiers.ts';
import { lockModes } from './lock-command-codec.ts';
import type { LockDetails, LockHolder, LockMode, LockParty, LockResult, LockState } from './lock-operation.ts';
import type { Reader, Writer } from './protobuf.ts';

type Body<Kind extends LockResult['kind']> = Extract<LockResult, { kind: Kind }>;

const lockStates = ['queued', 'held', 'refused'] as const satisfies readonly Body<'lock'>['state'][];
const cancelStates = ['absent', 'withdrawn', 'released'] as const satisfies readonly Body<'lockCancelled'>['state'][];

/** Each body is a member of a `oneof`: it is written even if it is empty. */
export function writeLockResult(writer: Writer, body: LockResult): void {
  switch (body.kind) {
    case 'lock':
      writeNumbers(writer, 15, enumNumber(lockStates, body.state), body.token);
      break;
    case 'lockCancelled':
      writeNumbers(writer, 16, enumNumber(cancelStates, body.state), 0);
      break;
    case 'lockReleased':
      writeNumbers(writer, 17, body.released ? 1 : 0, 0);
      break;
    case 'lockForceReleased':
      writeNumbers(writer, 23, body.released, 0);
      break;
    case 'lockNoted':
      writeNumbers(writer, 24, body.noted ? 1 : 0, 0);
      break;
    case 'lockState':
      writeLockState(writer, 33, body);
      break;
    case 'lockDetails':
      writeLockDetails(writer, 35, body);
      break;
  }
}

/** Undefined, and nothing read, if the reader's field is none of these. */
export function readLockResult(reader: Reader): LockResult | undefined {
  switch (reader.field) {
    case 15:
      return readLockAnswer(reader);
    case 16:
      return readLockCancelled(reader);
    case 17:
      return { kind: 'lockReleased', released: readNumber(reader) !== 0 };
    case 23:
      return { kind: 'lockForceReleased', released: readNumber(reader) };
    case 24:
      return { kind: 'lockNoted', noted: readNumber(reader) !== 0 };
    case 33:
      return readLockState(reader);
    case 35:
      return readLockDetails(reader);
    default:
      return undefined;
  }
}

/** A message of one or two numbers, enums or bools. */
function writeNumbers(writer: Writer, field: number, first: number, second: number): void {
  const mark = writer.begin(field);
  writer.uint(1, first);
  writer.uint(2, second);
  writer.end(mark);
}

/** Of a message of one number or bool. */
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

function readLockAnswer(reader: Reader): LockResult {
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

function readLockCancelled(reader: Reader): LockResult {
  const outer = reader.enter();
  let state: Body<'lockCancelled'>['state'] = 'absent';
  while (reader.next()) {
    if (reader.field === 1) state = readEnum(reader, cancelStates);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'lockCancelled', state };
}

function writeLockState(writer: Writer, field: number, body: LockState): void {
  const mark = writer.begin(field);
  if (body.holder !== undefined) {
    const inner = writer.begin(1);
    writeHolder(writer, body.holder);
    writer.end(inner);
  }
  writer.uint32(2, body.waiters);
  writer.uint32(3, body.holders);
  writer.bool(4, body.closed);
  writer.end(mark);
}

function readLockState(reader: Reader): LockState {
  const outer = reader.enter();
  let holder: LockHolder | undefined;
  let waiters = 0;
  let holders = 0;
  let closed = false;
  while (reader.next()) {
    if (reader.field === 1) holder = holderOf(readParty(reader));
    else if (reader.field === 2) waiters = reader.uint32();
    else if (reader.field === 3) holders = reader.uint32();
    else if (reader.field === 4) closed = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'lockState', holder, holders, waiters, closed };
}

/** Also part of the events of locks. */
export function writeLockDetails(writer: Writer, field: number, body: LockDetails): void {
  const mark = writer.begin(field);
  for (const party of body.holders) writeParty(writer, 1, party);
  for (const party of body.waiters) writeParty(writer, 2, party);
  writer.uint32(3, body.holderCount);
  writer.uint32(4, body.waiterCount);
  writer.uint(5, body.closedSince);
  writer.uint(6, body.delayMs);
  writer.end(mark);
}

export function readLockDetails(reader: Reader): LockDetails {
  const outer = reader.enter();
  const holders: LockParty[] = [];
  const waiters: LockParty[] = [];
  let holderCount = 0;
  let waiterCount = 0;
  let closedSince = 0;
  let delayMs = 0;
  while (reader.next()) {
    if (reader.field === 1) holders.push(readParty(reader));
    else if (reader.field === 2) waiters.push(readParty(reader));
    else if (reader.field === 3) holderCount = reader.uint32();
    else if (reader.field === 4) waiterCount = reader.uint32();
    else if (reader.field === 5) closedSince = reader.uint();
    else if (reader.field === 6) delayMs = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  const closed = { closedSince: closedSince as Revision, delayMs };
  return { kind: 'lockDetails', holders, waiters, holderCount, waiterCount, ...closed };
}

/** The fields of a LockHolder, with which those of a LockParty begin. */
function writeHolder(writer: Writer, { sessionId, sequence, token, mode }: LockHolder): void {
  writer.uint(1, sessionId);
  writer.uint(2, sequence);
  writer.uint(3, token);
  writer.uint(4, enumNumber(lockModes, mode));
}

function writeParty(writer: Writer, field: number, party: LockParty): void {
  const mark = writer.begin(field);
  writeHolder(writer, party);
  writer.uint(5, party.askedRevision);
  writer.bytes(6, party.note);
  writer.end(mark);
}

function readParty(reader: Reader): LockParty {
  const outer = reader.enter();
  let sessionId = 0;
  let sequence = 0;
  let token = 0;
  let mode: LockMode = 'exclusive';
  let askedRevision = 0;
  let note = emptyBytes;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) sequence = reader.uint();
    else if (reader.field === 3) token = reader.uint();
    else if (reader.field === 4) mode = readEnum(reader, lockModes);
    else if (reader.field === 5) askedRevision = reader.uint();
    else if (reader.field === 6) note = reader.bytes();
    else reader.skip();
  }
  reader.leave(outer);
  const owner = { sessionId: sessionId as SessionId, sequence: sequence as Sequence };
  return { ...owner, token, mode, askedRevision: askedRevision as Revision, note };
}

function holderOf({ sessionId, sequence, token, mode }: LockParty): LockHolder {
  return { sessionId, sequence, token, mode };
}
