import type { SessionId } from './identifiers.ts';
import type { Reader, Writer } from './protobuf.ts';
import type { ResultBody } from './result.ts';
import type { SessionInfo, SessionLock } from './session-info.ts';
import { readSessionInfo, readSessionLock, writeSessionInfo, writeSessionLock } from './session-info-codec.ts';

type Body<Kind extends ResultBody['kind']> = Extract<ResultBody, { kind: Kind }>;

export function writeSessionOpened(writer: Writer, field: number, body: Body<'sessionOpened'>): void {
  const mark = writer.begin(field);
  writer.uint(1, body.sessionId);
  writer.uint32(2, body.generation);
  writer.uint(3, body.ttlMs);
  writer.end(mark);
}

export function readSessionOpened(reader: Reader): ResultBody {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  let ttlMs = 0;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) ttlMs = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'sessionOpened', sessionId: sessionId as SessionId, generation, ttlMs };
}

export function writeSessionResumed(writer: Writer, field: number, body: Body<'sessionResumed'>): void {
  const mark = writer.begin(field);
  writer.uint(1, body.sessionId);
  writer.uint32(2, body.generation);
  writer.uint(3, body.ttlMs);
  writer.uint(4, body.lastSequence);
  for (const lock of body.locks) writeSessionLock(writer, 5, lock);
  writer.bool(6, body.moreLocks);
  writer.end(mark);
}

export function readSessionResumed(reader: Reader): ResultBody {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  let ttlMs = 0;
  let lastSequence = 0;
  const locks: SessionLock[] = [];
  let moreLocks = false;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) ttlMs = reader.uint();
    else if (reader.field === 4) lastSequence = reader.uint();
    else if (reader.field === 5) locks.push(readSessionLock(reader));
    else if (reader.field === 6) moreLocks = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  const id = sessionId as SessionId;
  return { kind: 'sessionResumed', sessionId: id, generation, ttlMs, lastSequence, locks, moreLocks };
}

export function writeSessionList(writer: Writer, field: number, body: Body<'sessionList'>): void {
  const mark = writer.begin(field);
  for (const session of body.sessions) writeSessionInfo(writer, 1, session);
  writer.bool(2, body.more);
  writer.end(mark);
}

export function readSessionList(reader: Reader): ResultBody {
  const outer = reader.enter();
  const sessions: SessionInfo[] = [];
  let more = false;
  while (reader.next()) {
    if (reader.field === 1) sessions.push(readSessionInfo(reader));
    else if (reader.field === 2) more = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'sessionList', sessions, more };
}

export function writeSessionState(writer: Writer, field: number, body: Body<'sessionState'>): void {
  const mark = writer.begin(field);
  if (body.session !== undefined) writeSessionInfo(writer, 1, body.session);
  writer.end(mark);
}

export function readSessionState(reader: Reader): ResultBody {
  const outer = reader.enter();
  let session: SessionInfo | undefined;
  while (reader.next()) {
    if (reader.field === 1) session = readSessionInfo(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'sessionState', session };
}
