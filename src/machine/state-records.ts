import { emptyBytes, keyBytes, keyString } from '../wire/bytes.ts';
import { enumNumber, readEnum } from '../wire/enumeration.ts';
import { readEvent, writeEvent } from '../wire/event-codec.ts';
import type { Revision, Sequence, SessionId } from '../wire/identifiers.ts';
import { lockModes } from '../wire/lock-command-codec.ts';
import type { LockMode } from '../wire/lock-operation.ts';
import { type Reader, WireFormatError, type Writer } from '../wire/protobuf.ts';
import type { SessionMetadata } from '../wire/session-info.ts';
import { readMetadata, writeMetadata } from '../wire/session-info-codec.ts';
import type { WireObjectEvent } from '../wire/watch.ts';
import type { Acquisition } from './acquisition.ts';
import type { LockDelay } from './applied.ts';
import type { ObjectEvent } from './object-event.ts';
import type { RestoredSession, Session } from './sessions.ts';
import type { Version, VersionFields } from './version.ts';

/** An acquisition without what follows from it. */
export type RestoredAcquisition = Omit<Acquisition, 'hashA' | 'hashB'>;

export function writeVersion(writer: Writer, field: number, version: Version): void {
  const mark = writer.begin(field, version.valueBytes);
  writer.bytes(1, version.key);
  writer.uint(2, version.modRevision);
  if (!version.isDeletion) {
    writer.bytes(3, version.value);
    writer.uint(4, version.createRevision);
    writer.uint(5, version.version);
    writer.uint(6, version.sessionId);
  }
  writer.end(mark);
}

/** The value is a slice of the input. */
export function readVersion(reader: Reader): VersionFields {
  const outer = reader.enter();
  let key = '';
  let value = emptyBytes;
  let createRevision = 0;
  let modRevision = 0;
  let version = 0;
  let sessionId = 0;
  while (reader.next()) {
    if (reader.field === 1) key = keyString(reader.bytes());
    else if (reader.field === 2) modRevision = reader.uint();
    else if (reader.field === 3) value = reader.bytes();
    else if (reader.field === 4) createRevision = reader.uint();
    else if (reader.field === 5) version = reader.uint();
    else if (reader.field === 6) sessionId = reader.uint();
    else throw unknownField(reader, 'a version');
  }
  reader.leave(outer);
  return {
    keyString: key,
    value,
    createRevision: createRevision as Revision,
    modRevision: modRevision as Revision,
    version,
    sessionId: sessionId as SessionId,
  };
}

export function writeKeyEvent(writer: Writer, field: number, now: Version, previous: Version | undefined): void {
  const mark = writer.begin(field, now.valueBytes + (previous?.valueBytes ?? 0));
  writeVersion(writer, 1, now);
  if (previous !== undefined) writeVersion(writer, 2, previous);
  writer.end(mark);
}

export function readKeyEvent(reader: Reader): {
  readonly now: VersionFields;
  readonly previous: VersionFields | undefined;
} {
  const outer = reader.enter();
  let now: VersionFields | undefined;
  let previous: VersionFields | undefined;
  while (reader.next()) {
    if (reader.field === 1) now = readVersion(reader);
    else if (reader.field === 2) previous = readVersion(reader);
    else throw unknownField(reader, 'an event of a key');
  }
  reader.leave(outer);
  if (now === undefined) throw new WireFormatError('an event of a key comes without what it made');
  return { now, previous };
}

export function writeSession(writer: Writer, field: number, session: Session): void {
  const mark = writer.begin(field);
  writer.uint(1, session.id);
  writer.uint32(2, session.generation);
  writer.uint(3, session.ttlMs);
  writer.string(4, session.name);
  writer.uint(5, session.lastSequence);
  writer.uint(6, session.acknowledged);
  writer.bytes(7, keyBytes(session.identity.secret));
  for (const entry of session.metadata) writeMetadata(writer, 8, entry);
  writer.fixed64(9, session.identity.resumedBy);
  writer.end(mark);
}

export function readSession(reader: Reader): RestoredSession {
  const outer = reader.enter();
  let id = 0;
  let generation = 0;
  let ttlMs = 0;
  let name = '';
  let lastSequence = 0;
  let acknowledged = 0;
  let secret = '';
  const metadata: SessionMetadata[] = [];
  let resumedBy = 0n;
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) ttlMs = reader.uint();
    else if (reader.field === 4) name = reader.string();
    else if (reader.field === 5) lastSequence = reader.uint();
    else if (reader.field === 6) acknowledged = reader.uint();
    else if (reader.field === 7) secret = keyString(reader.bytes());
    else if (reader.field === 8) metadata.push(readMetadata(reader));
    else if (reader.field === 9) resumedBy = reader.fixed64();
    else throw unknownField(reader, 'a session');
  }
  reader.leave(outer);
  return { id: id as SessionId, generation, ttlMs, name, metadata, lastSequence, acknowledged, secret, resumedBy };
}

export function writeAcquisition(writer: Writer, field: number, acquisition: Acquisition): void {
  const mark = writer.begin(field);
  for (const name of acquisition.names) writer.stringItem(1, name);
  writer.uint(2, acquisition.sessionId);
  writer.uint(3, acquisition.sequence);
  writer.uint(4, acquisition.askedRevision);
  writer.uint(5, acquisition.token);
  writer.uint(6, enumNumber(lockModes, acquisition.mode));
  writer.uint32(7, acquisition.permits);
  writer.uint(8, acquisition.delayMs);
  writer.bytes(9, acquisition.note);
  writer.end(mark);
}

export function readAcquisition(reader: Reader): RestoredAcquisition {
  const outer = reader.enter();
  const names: string[] = [];
  let sessionId = 0;
  let sequence = 0;
  let askedRevision = 0;
  let token = 0;
  let mode: LockMode = 'exclusive';
  let permits = 0;
  let delayMs = 0;
  let note = emptyBytes;
  while (reader.next()) {
    if (reader.field === 1) names.push(reader.string());
    else if (reader.field === 2) sessionId = reader.uint();
    else if (reader.field === 3) sequence = reader.uint();
    else if (reader.field === 4) askedRevision = reader.uint();
    else if (reader.field === 5) token = reader.uint();
    else if (reader.field === 6) mode = readEnum(reader, lockModes);
    else if (reader.field === 7) permits = reader.uint32();
    else if (reader.field === 8) delayMs = reader.uint();
    else if (reader.field === 9) note = reader.bytes().slice();
    else throw unknownField(reader, 'an acquisition');
  }
  reader.leave(outer);
  return {
    names,
    sessionId: sessionId as SessionId,
    sequence: sequence as Sequence,
    askedRevision: askedRevision as Revision,
    token,
    mode,
    permits,
    delayMs,
    note,
  };
}

export function writeClosure(writer: Writer, field: number, { name, sinceRevision, delayMs }: LockDelay): void {
  const mark = writer.begin(field);
  writer.string(1, name);
  writer.uint(2, sinceRevision);
  writer.uint(3, delayMs);
  writer.end(mark);
}

export function readClosure(reader: Reader): LockDelay {
  const outer = reader.enter();
  let name = '';
  let sinceRevision = 0;
  let delayMs = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) sinceRevision = reader.uint();
    else if (reader.field === 3) delayMs = reader.uint();
    else throw unknownField(reader, 'a lock-delay');
  }
  reader.leave(outer);
  return { name, sinceRevision: sinceRevision as Revision, delayMs };
}

export function writeCounter(writer: Writer, field: number, name: string, value: bigint): void {
  const mark = writer.begin(field);
  writer.string(1, name);
  writer.int64(2, value);
  writer.end(mark);
}

export function readCounter(reader: Reader): { readonly name: string; readonly value: bigint } {
  const outer = reader.enter();
  let name = '';
  let value = 0n;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.int64();
    else throw unknownField(reader, 'a counter');
  }
  reader.leave(outer);
  return { name, value };
}

export function writeObjectEvent(writer: Writer, field: number, { revision, event }: ObjectEvent): void {
  const mark = writer.begin(field);
  writer.uint(1, revision);
  writeEvent(writer, 2, event);
  writer.end(mark);
}

export function readObjectEvent(reader: Reader): { readonly revision: Revision; readonly event: WireObjectEvent } {
  const outer = reader.enter();
  let revision = 0;
  let event: WireObjectEvent | undefined;
  while (reader.next()) {
    if (reader.field === 1) revision = reader.uint();
    else if (reader.field === 2) {
      const read = readEvent(reader);
      if (read.type === 'put' || read.type === 'delete') throw new WireFormatError('an event of a key is no other');
      event = read;
    } else throw unknownField(reader, 'an event');
  }
  reader.leave(outer);
  if (event === undefined) throw new WireFormatError('a revision comes without its event');
  return { revision: revision as Revision, event };
}

/** To skip it would be to diverge: whoever adds a field raises the version of the format. */
export function unknownField(reader: Reader, of: string): WireFormatError {
  return new WireFormatError(`field ${reader.field} of ${of} is unknown`, 'UNSUPPORTED');
}
