import { enumNumber, readEnum } from './enumeration.ts';
import type { Sequence, SessionId } from './identifiers.ts';
import { lockModes } from './lock-command-codec.ts';
import type { Reader, Writer } from './protobuf.ts';
import type { SessionInfo, SessionLock, SessionMetadata } from './session-info.ts';

export function writeMetadata(writer: Writer, field: number, { name, value }: SessionMetadata): void {
  const mark = writer.begin(field);
  writer.string(1, name);
  writer.string(2, value);
  writer.end(mark);
}

export function readMetadata(reader: Reader): SessionMetadata {
  const outer = reader.enter();
  let name = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { name, value };
}

export function writeSessionLock(writer: Writer, field: number, lock: SessionLock): void {
  const mark = writer.begin(field);
  writer.string(1, lock.name);
  writer.uint(2, lock.sequence);
  writer.uint(3, lock.token);
  writer.uint(4, enumNumber(lockModes, lock.mode));
  for (const name of lock.otherNames) writer.stringItem(5, name);
  writer.uint(6, lock.permits);
  writer.end(mark);
}

export function readSessionLock(reader: Reader): SessionLock {
  const outer = reader.enter();
  let name = '';
  let sequence = 0;
  let token = 0;
  let mode: SessionLock['mode'] = 'exclusive';
  const otherNames: string[] = [];
  let permits = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) sequence = reader.uint();
    else if (reader.field === 3) token = reader.uint();
    else if (reader.field === 4) mode = readEnum(reader, lockModes);
    else if (reader.field === 5) otherNames.push(reader.string());
    else if (reader.field === 6) permits = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { name, otherNames, sequence: sequence as Sequence, token, mode, permits };
}

export function writeSessionInfo(writer: Writer, field: number, info: SessionInfo): void {
  const mark = writer.begin(field);
  writer.uint(1, info.sessionId);
  writer.uint32(2, info.generation);
  writer.uint(3, info.ttlMs);
  writer.string(4, info.name);
  for (const entry of info.metadata) writeMetadata(writer, 5, entry);
  writer.uint32(6, info.ephemeralKeys);
  for (const lock of info.held) writeSessionLock(writer, 7, lock);
  for (const lock of info.waiting) writeSessionLock(writer, 8, lock);
  writer.bool(9, info.moreLocks);
  writer.end(mark);
}

export function readSessionInfo(reader: Reader): SessionInfo {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  let ttlMs = 0;
  let name = '';
  const metadata: SessionMetadata[] = [];
  let ephemeralKeys = 0;
  const held: SessionLock[] = [];
  const waiting: SessionLock[] = [];
  let moreLocks = false;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) ttlMs = reader.uint();
    else if (reader.field === 4) name = reader.string();
    else if (reader.field === 5) metadata.push(readMetadata(reader));
    else if (reader.field === 6) ephemeralKeys = reader.uint32();
    else if (reader.field === 7) held.push(readSessionLock(reader));
    else if (reader.field === 8) waiting.push(readSessionLock(reader));
    else if (reader.field === 9) moreLocks = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  const id = sessionId as SessionId;
  return { sessionId: id, generation, ttlMs, name, metadata, ephemeralKeys, held, waiting, moreLocks };
}
