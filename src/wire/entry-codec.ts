import { emptyBytes } from './bytes.ts';
import type { Revision, SessionId } from './identifiers.ts';
import type { Reader, Writer } from './protobuf.ts';
import type { WireEntry } from './result.ts';

/** About what an entry takes besides its key and value. */
const overheadBytes = 24;

export function writeEntry(writer: Writer, field: number, entry: WireEntry): void {
  const mark = writer.begin(field, entry.key.length + entry.value.length + overheadBytes);
  writer.bytes(1, entry.key);
  writer.bytes(2, entry.value);
  writer.uint(3, entry.createRevision);
  writer.uint(4, entry.modRevision);
  writer.uint(5, entry.version);
  writer.uint(6, entry.sessionId);
  writer.end(mark);
}

export function readEntry(reader: Reader): WireEntry {
  const outer = reader.enter();
  let key = emptyBytes;
  let value = emptyBytes;
  let createRevision = 0;
  let modRevision = 0;
  let version = 0;
  let sessionId = 0;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) value = reader.bytes();
    else if (reader.field === 3) createRevision = reader.uint();
    else if (reader.field === 4) modRevision = reader.uint();
    else if (reader.field === 5) version = reader.uint();
    else if (reader.field === 6) sessionId = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return {
    key,
    value,
    createRevision: createRevision as Revision,
    modRevision: modRevision as Revision,
    version,
    sessionId: sessionId as SessionId,
  };
}
