import { readError, writeError } from './error-codec.ts';
import { readEvent, writeEvent } from './event-codec.ts';
import type { WatchBatchNotice, WatchNotice } from './frame.ts';
import type { Revision } from './identifiers.ts';
import { Reader, WireFormatError, Writer } from './protobuf.ts';
import type { WireEvent } from './watch.ts';
import { wireError } from './wire-error.ts';

type Notice = WatchNotice['notice'];

const writer = new Writer();

export function encodeWatchNotice({ watchIds, notice }: WatchNotice): Uint8Array {
  writer.reset().packedUints(1, watchIds);
  writeNotice(notice);
  return writer.finish();
}

/** All but the watch ids: one body serves every connection. To be completed by `joinNotice`. */
export function encodeNoticeBody(notice: Notice): Uint8Array {
  writer.reset();
  writeNotice(notice);
  return writer.finish();
}

/** The same bytes as `encodeWatchNotice` of these ids and the notice that `body` was made from. */
export function joinNotice(watchIds: readonly number[], body: Uint8Array): Uint8Array {
  writer.reset().packedUints(1, watchIds);
  writer.raw(body);
  return writer.finish();
}

/** Keys and values are slices of `bytes`. @throws WireFormatError; UNSUPPORTED if it is of an unknown kind */
export function decodeWatchNotice(bytes: Uint8Array): WatchNotice {
  const reader = new Reader(bytes);
  const watchIds: number[] = [];
  let notice: Notice | undefined;
  while (reader.next()) {
    if (reader.field === 1) reader.uints(watchIds);
    else if (notice === undefined) notice = readNotice(reader);
    else throw new WireFormatError('a notice is of more than one kind');
  }
  if (notice === undefined) throw new WireFormatError('a notice is empty');
  return { watchIds, notice };
}

function writeNotice(notice: Notice): void {
  switch (notice.kind) {
    case 'created':
      writeRevision(2, notice.startRevision);
      break;
    case 'batch':
      writeBatch(3, notice);
      break;
    case 'progress':
      writeRevision(4, notice.revision);
      break;
    case 'ended': {
      const mark = writer.begin(5);
      writeError(writer, 1, notice.error);
      writer.end(mark);
      break;
    }
  }
}

function readNotice(reader: Reader): Notice {
  switch (reader.field) {
    case 2:
      return { kind: 'created', startRevision: readRevision(reader) };
    case 3:
      return readBatch(reader);
    case 4:
      return { kind: 'progress', revision: readRevision(reader) };
    case 5:
      return readEnded(reader);
    default:
      throw new WireFormatError(`notice ${reader.field} is unknown`, 'UNSUPPORTED');
  }
}

/** A message of one revision. */
function writeRevision(field: number, revision: Revision): void {
  const mark = writer.begin(field);
  writer.uint(1, revision);
  writer.end(mark);
}

function readRevision(reader: Reader): Revision {
  const outer = reader.enter();
  let revision = 0;
  while (reader.next()) {
    if (reader.field === 1) revision = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return revision as Revision;
}

function writeBatch(field: number, batch: WatchBatchNotice): void {
  const mark = writer.begin(field);
  writer.uint(1, batch.revision);
  for (const event of batch.events) writeEvent(writer, 2, event);
  writer.bool(3, batch.partial);
  writer.end(mark);
}

function readBatch(reader: Reader): WatchBatchNotice {
  const outer = reader.enter();
  let revision = 0;
  const events: WireEvent[] = [];
  let partial = false;
  while (reader.next()) {
    if (reader.field === 1) revision = reader.uint();
    else if (reader.field === 2) events.push(readEvent(reader));
    else if (reader.field === 3) partial = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'batch', revision: revision as Revision, events, partial };
}

function readEnded(reader: Reader): Notice {
  const outer = reader.enter();
  let error = wireError('INTERNAL', 'no cause was given');
  while (reader.next()) {
    if (reader.field === 1) error = readError(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'ended', error };
}
