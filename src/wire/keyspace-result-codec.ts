import { emptyBytes } from './bytes.ts';
import { readEntry, writeEntry } from './entry-codec.ts';
import type { Reader, Writer } from './protobuf.ts';
import type { ResultBody, WireEntry } from './result.ts';

type RangeDone = Extract<ResultBody, { kind: 'range' }>;

export function writeRangeDone(writer: Writer, field: number, body: RangeDone): void {
  const mark = writer.begin(field);
  for (const entry of body.entries) writeEntry(writer, 1, entry);
  writer.bool(2, body.more);
  writer.end(mark);
}

export function readRangeDone(reader: Reader): RangeDone {
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

export function writeSequentialCreated(writer: Writer, field: number, key: Uint8Array): void {
  const mark = writer.begin(field, key.length + 2);
  writer.bytes(1, key);
  writer.end(mark);
}

export function readSequentialCreated(reader: Reader): ResultBody {
  const outer = reader.enter();
  let key = emptyBytes;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'createSequential', key };
}
