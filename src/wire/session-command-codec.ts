import { emptyBytes } from './bytes.ts';
import type { SessionId } from './identifiers.ts';
import type { CommandBody, OpenSession, ResumeSession } from './operation.ts';
import type { Reader, Writer } from './protobuf.ts';
import type { SessionMetadata } from './session-info.ts';
import { readMetadata, writeMetadata } from './session-info-codec.ts';

export function writeOpenSession(writer: Writer, field: number, body: OpenSession): void {
  const mark = writer.begin(field);
  writer.uint(1, body.ttlMs);
  writer.string(2, body.name);
  writer.fixed64(3, body.nonce);
  writer.bytes(4, body.secret);
  for (const entry of body.metadata) writeMetadata(writer, 5, entry);
  writer.end(mark);
}

export function readOpenSession(reader: Reader): OpenSession {
  const outer = reader.enter();
  let ttlMs = 0;
  let name = '';
  let nonce = 0n;
  let secret = emptyBytes;
  const metadata: SessionMetadata[] = [];
  while (reader.next()) {
    if (reader.field === 1) ttlMs = reader.uint();
    else if (reader.field === 2) name = reader.string();
    else if (reader.field === 3) nonce = reader.fixed64();
    else if (reader.field === 4) secret = reader.bytes();
    else if (reader.field === 5) metadata.push(readMetadata(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'openSession', ttlMs, name, nonce, secret, metadata };
}

export function writeCloseOtherSession(writer: Writer, field: number, sessionId: SessionId): void {
  const mark = writer.begin(field);
  writer.uint(1, sessionId);
  writer.end(mark);
}

export function readCloseOtherSession(reader: Reader): CommandBody {
  const outer = reader.enter();
  let sessionId = 0;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'closeOtherSession', sessionId: sessionId as SessionId };
}

export function writeResumeSession(writer: Writer, field: number, body: ResumeSession): void {
  const mark = writer.begin(field);
  writer.uint(1, body.sessionId);
  writer.uint32(2, body.generation);
  writer.bytes(3, body.secret);
  writer.fixed64(4, body.nonce);
  writer.end(mark);
}

export function readResumeSession(reader: Reader): ResumeSession {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  let secret = emptyBytes;
  let nonce = 0n;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) secret = reader.bytes();
    else if (reader.field === 4) nonce = reader.fixed64();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'resumeSession', sessionId: sessionId as SessionId, generation, secret, nonce };
}
