import { readEntry, writeEntry } from './entry-codec.ts';
import { limits } from './limits.ts';
import { type Reader, WireFormatError, type Writer } from './protobuf.ts';
import type { DeleteDone, GetDone, PutDone, TransactionDone, TransactionOperationDone, WireEntry } from './result.ts';

const putDone: PutDone = { kind: 'put' };

export function writePutDone(writer: Writer, field: number, done: PutDone): void {
  const mark = writer.begin(field, entryBytes(done.previous));
  if (done.refused === true) writer.bool(2, true);
  if (done.previous !== undefined) writeEntry(writer, 3, done.previous);
  writer.end(mark);
}

export function readPutDone(reader: Reader): PutDone {
  const outer = reader.enter();
  let refused = false;
  let previous: WireEntry | undefined;
  while (reader.next()) {
    if (reader.field === 2) refused = reader.bool();
    else if (reader.field === 3) previous = readEntry(reader);
    else reader.skip();
  }
  reader.leave(outer);
  if (!refused && previous === undefined) return putDone;
  return { kind: 'put', ...(refused && { refused }), ...(previous && { previous }) };
}

export function writeDeleteDone(writer: Writer, field: number, done: DeleteDone): void {
  const mark = writer.begin(field, entryBytes(done.previous));
  writer.bool(1, done.deleted);
  if (done.previous !== undefined) writeEntry(writer, 2, done.previous);
  writer.end(mark);
}

export function readDeleteDone(reader: Reader): DeleteDone {
  const outer = reader.enter();
  let deleted = false;
  let previous: WireEntry | undefined;
  while (reader.next()) {
    if (reader.field === 1) deleted = reader.bool();
    else if (reader.field === 2) previous = readEntry(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'delete', deleted, ...(previous && { previous }) };
}

export function writeGetDone(writer: Writer, field: number, done: GetDone): void {
  const mark = writer.begin(field, entryBytes(done.entry));
  if (done.entry !== undefined) writeEntry(writer, 1, done.entry);
  writer.end(mark);
}

export function readGetDone(reader: Reader): GetDone {
  const outer = reader.enter();
  let entry: WireEntry | undefined;
  while (reader.next()) {
    if (reader.field === 1) entry = readEntry(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'get', entry };
}

export function writeTransactionDone(writer: Writer, field: number, done: TransactionDone): void {
  const mark = writer.begin(field);
  writer.bool(1, done.succeeded);
  for (const result of done.results) writeOperationDone(writer, 2, result);
  writer.end(mark);
}

/** As deep as `readTransaction`. */
export function readTransactionDone(reader: Reader, depth = 1): TransactionDone {
  if (depth > limits.transactionDepth) throw new WireFormatError('results lie too deep within each other');
  const outer = reader.enter();
  let succeeded = false;
  const results: TransactionOperationDone[] = [];
  while (reader.next()) {
    if (reader.field === 1) succeeded = reader.bool();
    else if (reader.field === 2) results.push(readOperationDone(reader, depth));
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'transaction', succeeded, results };
}

function writeOperationDone(writer: Writer, field: number, done: TransactionOperationDone): void {
  const mark = writer.begin(field, done.kind === 'get' ? entryBytes(done.entry) : 0);
  if (done.kind === 'put') writePutDone(writer, 1, done);
  else if (done.kind === 'get') writeGetDone(writer, 2, done);
  else if (done.kind === 'delete') writeDeleteDone(writer, 3, done);
  else writeTransactionDone(writer, 4, done);
  writer.end(mark);
}

function readOperationDone(reader: Reader, depth: number): TransactionOperationDone {
  const outer = reader.enter();
  let done: TransactionOperationDone | undefined;
  while (reader.next()) {
    if (done !== undefined) throw new WireFormatError('a result of a transaction is of more than one kind');
    if (reader.field === 1) done = readPutDone(reader);
    else if (reader.field === 2) done = readGetDone(reader);
    else if (reader.field === 3) done = readDeleteDone(reader);
    else if (reader.field === 4) done = readTransactionDone(reader, depth + 1);
    else throw new WireFormatError(`result ${reader.field} of a transaction is unknown`, 'UNSUPPORTED');
  }
  reader.leave(outer);
  if (done === undefined) throw new WireFormatError('a result of a transaction is empty');
  return done;
}

/** A guess. */
function entryBytes(entry: WireEntry | undefined): number {
  return entry === undefined ? 0 : entry.key.length + entry.value.length + 28;
}
