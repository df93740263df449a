import { emptyBytes } from './bytes.ts';
import { readEntry, writeEntry } from './entry-codec.ts';
import { enumNumber, readEnum } from './enumeration.ts';
import type { SessionId } from './identifiers.ts';
import { readLockDetails, writeLockDetails } from './lock-result-codec.ts';
import { type Reader, WireFormatError, Writer } from './protobuf.ts';
import type { WireEntry } from './result.ts';
import {
  sessionChanges,
  type WireCounterEvent,
  type WireEvent,
  type WireKeyEvent,
  type WireLockEvent,
  type WireObjectEvent,
  type WireSessionEvent,
} from './watch.ts';

const keyEventTypes = ['put', 'delete'] as const satisfies readonly WireKeyEvent['type'][];

const scratch = new Writer();

/** The message by itself. */
export function encodeObjectEvent(event: WireObjectEvent): Uint8Array {
  scratch.reset();
  writeObjectEvent(scratch, event);
  return scratch.finish();
}

export function writeEvent(writer: Writer, field: number, event: WireEvent): void {
  const mark = writer.begin(field);
  if (event.type === 'put' || event.type === 'delete') {
    writer.uint(1, enumNumber(keyEventTypes, event.type));
    writer.bytes(2, event.key);
    if (event.type === 'put') writeEntry(writer, 3, event.entry);
    if (event.previous !== undefined) writeEntry(writer, 4, event.previous);
  } else {
    writeObjectEvent(writer, event);
  }
  writer.end(mark);
}

export function readEvent(reader: Reader): WireEvent {
  const outer = reader.enter();
  let type: WireKeyEvent['type'] = 'put';
  let key = emptyBytes;
  let entry: WireEntry | undefined;
  let previous: WireEntry | undefined;
  let object: WireObjectEvent | undefined;
  while (reader.next()) {
    if (reader.field === 1) type = readEnum(reader, keyEventTypes);
    else if (reader.field === 2) key = reader.bytes();
    else if (reader.field === 3) entry = readEntry(reader);
    else if (reader.field === 4) previous = readEntry(reader);
    else if (reader.field === 5) object = readLockEvent(reader);
    else if (reader.field === 6) object = readCounterEvent(reader);
    else if (reader.field === 7) object = readSessionEvent(reader);
    else reader.skip();
  }
  reader.leave(outer);
  if (object !== undefined) return object;
  if (type === 'delete') return { type, key, previous };
  if (entry === undefined) throw new WireFormatError('a put comes without its entry');
  return { type, key, entry, previous };
}

function writeObjectEvent(writer: Writer, event: WireObjectEvent): void {
  switch (event.type) {
    case 'lock':
      writeLockEvent(writer, 5, event);
      break;
    case 'counter':
      writeCounterEvent(writer, 6, event);
      break;
    case 'session':
      writeSessionEvent(writer, 7, event);
  }
}

function writeLockEvent(writer: Writer, field: number, { name, state }: WireLockEvent): void {
  const mark = writer.begin(field);
  writer.string(1, name);
  writeLockDetails(writer, 2, state);
  writer.end(mark);
}

function readLockEvent(reader: Reader): WireLockEvent {
  const outer = reader.enter();
  let name = '';
  let state: WireLockEvent['state'] | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) state = readLockDetails(reader);
    else reader.skip();
  }
  reader.leave(outer);
  if (state === undefined) throw new WireFormatError('an event of a lock comes without its state');
  return { type: 'lock', name, state };
}

function writeCounterEvent(writer: Writer, field: number, { name, value, previous }: WireCounterEvent): void {
  const mark = writer.begin(field);
  writer.string(1, name);
  writer.int64(2, value);
  writer.int64(3, previous);
  writer.end(mark);
}

function readCounterEvent(reader: Reader): WireCounterEvent {
  const outer = reader.enter();
  let name = '';
  let value = 0n;
  let previous = 0n;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.int64();
    else if (reader.field === 3) previous = reader.int64();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'counter', name, value, previous };
}

function writeSessionEvent(writer: Writer, field: number, event: WireSessionEvent): void {
  const mark = writer.begin(field);
  writer.uint(1, enumNumber(sessionChanges, event.change));
  writer.uint(2, event.sessionId);
  writer.string(3, event.name);
  writer.uint(4, event.ttlMs);
  writer.end(mark);
}

function readSessionEvent(reader: Reader): WireSessionEvent {
  const outer = reader.enter();
  let change: WireSessionEvent['change'] = 'opened';
  let sessionId = 0;
  let name = '';
  let ttlMs = 0;
  while (reader.next()) {
    if (reader.field === 1) change = readEnum(reader, sessionChanges);
    else if (reader.field === 2) sessionId = reader.uint();
    else if (reader.field === 3) name = reader.string();
    else if (reader.field === 4) ttlMs = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'session', change, sessionId: sessionId as SessionId, name, ttlMs };
}
