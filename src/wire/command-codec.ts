import type { Ballot } from './ballot.ts';
import type { NodeId, Revision, Sequence, SessionId } from './identifiers.ts';
import { readLockAcquire, readLockSetNote, writeLockAcquire, writeLockSetNote } from './lock-command-codec.ts';
import type { CommandBody, InternalBody } from './operation.ts';
import type { Reader, Writer } from './protobuf.ts';
import {
  readCloseOtherSession,
  readOpenSession,
  readResumeSession,
  writeCloseOtherSession,
  writeOpenSession,
  writeResumeSession,
} from './session-command-codec.ts';
import { readChangeSettings, readRaiseFeatureLevel, writeRaiseFeatureLevel, writeSettings } from './settings-codec.ts';
import {
  readCreateSequential,
  readDelete,
  readPut,
  readTransaction,
  writeCreateSequential,
  writeDelete,
  writePut,
  writeTransaction,
} from './transaction-codec.ts';

type CompareAndSet = Extract<CommandBody, { kind: 'counterCompareAndSet' }>;
type Body = CommandBody | InternalBody;

/** Each body is a member of a `oneof`: it is written even if it is empty. */
export function writeCommandBody(writer: Writer, body: Body): void {
  switch (body.kind) {
    case 'openSession':
      writeOpenSession(writer, 10, body);
      break;
    case 'closeSession':
      writer.end(writer.begin(11));
      break;
    case 'put':
      writePut(writer, 12, body);
      break;
    case 'delete':
      writeDelete(writer, 13, body);
      break;
    case 'transaction':
      writeTransaction(writer, 14, body);
      break;
    case 'lockAcquire':
      writeLockAcquire(writer, 15, body);
      break;
    case 'lockCancel':
      writeNamed(writer, 16, body.name, body.sequence);
      break;
    case 'lockRelease':
      writeNamed(writer, 17, body.name, body.sequence);
      break;
    case 'lockForceRelease':
      writeNamed(writer, 23, body.name, body.token);
      break;
    case 'lockSetNote':
      writeLockSetNote(writer, 24, body);
      break;
    case 'counterAdd':
      writeNamed(writer, 18, body.name, body.count);
      break;
    case 'counterCompareAndSet':
      writeCompareAndSet(writer, 19, body);
      break;
    case 'createSequential':
      writeCreateSequential(writer, 20, body);
      break;
    case 'compactHistory':
      writeCompact(writer, 21, body.revision);
      break;
    case 'closeOtherSession':
      writeCloseOtherSession(writer, 26, body.sessionId);
      break;
    case 'resumeSession':
      writeResumeSession(writer, 27, body);
      break;
    case 'expireSession':
      writeExpireSession(writer, 50, body);
      break;
    case 'compact':
      writeCompact(writer, 51, body.revision);
      break;
    case 'openBallot':
      writeOpenBallot(writer, 52, body.ballot);
      break;
    case 'endLockDelay':
      writeNamed(writer, 53, body.name, body.sinceRevision);
      break;
    case 'changeSettings':
      writeSettings(writer, 60, body);
      break;
    case 'raiseFeatureLevel':
      writeRaiseFeatureLevel(writer, 61, body);
      break;
  }
}

/** Undefined, and nothing read, if the reader's field is none of these. */
export function readCommandBody(reader: Reader): Body | undefined {
  switch (reader.field) {
    case 10:
      return readOpenSession(reader);
    case 11:
      reader.leave(reader.enter());
      return { kind: 'closeSession' };
    case 12:
      return readPut(reader);
    case 13:
      return readDelete(reader);
    case 14:
      return readTransaction(reader);
    case 15:
      return readLockAcquire(reader);
    case 16: {
      const { name, number } = readNamed(reader);
      return { kind: 'lockCancel', name, sequence: number as Sequence };
    }
    case 17: {
      const { name, number } = readNamed(reader);
      return { kind: 'lockRelease', name, sequence: number as Sequence };
    }
    case 18: {
      const { name, number } = readNamed(reader);
      return { kind: 'counterAdd', name, count: number };
    }
    case 19:
      return readCompareAndSet(reader);
    case 20:
      return readCreateSequential(reader);
    case 21:
      return { kind: 'compactHistory', revision: readCompact(reader) };
    case 23: {
      const { name, number } = readNamed(reader);
      return { kind: 'lockForceRelease', name, token: number };
    }
    case 24:
      return readLockSetNote(reader);
    case 26:
      return readCloseOtherSession(reader);
    case 27:
      return readResumeSession(reader);
    case 50:
      return readExpireSession(reader);
    case 51:
      return { kind: 'compact', revision: readCompact(reader) };
    case 52:
      return readOpenBallot(reader);
    case 53: {
      const { name, number } = readNamed(reader);
      return { kind: 'endLockDelay', name, sinceRevision: number as Revision };
    }
    case 60:
      return readChangeSettings(reader);
    case 61:
      return readRaiseFeatureLevel(reader);
    default:
      return undefined;
  }
}

/** LockCancel, LockRelease, LockForceRelease, EndLockDelay and CounterAdd: a name and a number. */
function writeNamed(writer: Writer, field: number, name: string, number: number): void {
  const mark = writer.begin(field, name.length + 4);
  writer.string(1, name);
  writer.uint(2, number);
  writer.end(mark);
}

function readNamed(reader: Reader): { readonly name: string; readonly number: number } {
  const outer = reader.enter();
  let name = '';
  let number = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) number = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { name, number };
}

function writeCompareAndSet(writer: Writer, field: number, body: CompareAndSet): void {
  const mark = writer.begin(field, body.name.length + 12);
  writer.string(1, body.name);
  writer.int64(2, body.expected);
  writer.int64(3, body.value);
  writer.end(mark);
}

function readCompareAndSet(reader: Reader): CompareAndSet {
  const outer = reader.enter();
  let name = '';
  let expected = 0n;
  let value = 0n;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) expected = reader.int64();
    else if (reader.field === 3) value = reader.int64();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'counterCompareAndSet', name, expected, value };
}

function writeExpireSession(
  writer: Writer,
  field: number,
  { sessionId, generation, ballot }: Extract<InternalBody, { kind: 'expireSession' }>,
): void {
  const mark = writer.begin(field);
  writer.uint(1, sessionId);
  writer.uint32(2, generation);
  writer.uint(3, ballot.round);
  writer.string(4, ballot.nodeId);
  writer.end(mark);
}

function readExpireSession(reader: Reader): InternalBody {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  let round = 0;
  let nodeId = '';
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) round = reader.uint();
    else if (reader.field === 4) nodeId = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'expireSession', sessionId: sessionId as SessionId, generation, ballot: leaderBallot(round, nodeId) };
}

function writeOpenBallot(writer: Writer, field: number, { round, nodeId }: Ballot): void {
  const mark = writer.begin(field);
  writer.uint(1, round);
  writer.string(2, nodeId);
  writer.end(mark);
}

function readOpenBallot(reader: Reader): InternalBody {
  const outer = reader.enter();
  let round = 0;
  let nodeId = '';
  while (reader.next()) {
    if (reader.field === 1) round = reader.uint();
    else if (reader.field === 2) nodeId = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'openBallot', ballot: leaderBallot(round, nodeId) };
}

function leaderBallot(round: number, nodeId: string): Ballot {
  return { round, nodeId: nodeId as NodeId | '' };
}

function writeCompact(writer: Writer, field: number, revision: Revision): void {
  const mark = writer.begin(field);
  writer.uint(1, revision);
  writer.end(mark);
}

/** Compact, and CompactHistory, which looks the same. */
function readCompact(reader: Reader): Revision {
  const outer = reader.enter();
  let revision = 0;
  while (reader.next()) {
    if (reader.field === 1) revision = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return revision as Revision;
}
