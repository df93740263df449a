import { readEntry, writeEntry } from './entry-codec.ts';
import { type Reader, WireFormatError, type Writer } from './protobuf.ts';
import type { DeleteDone, GetDone, PutDone, ResultBody, TransactionOperationDone, WireEntry } from './result.ts';

type TransactionDone = Extract<ResultBody, { kind: 'transaction' }>;

const putDone: PutDone = { kind: 'put' };

export function writePutDone(writer: Writer, field: number): void {
  writer.end(writer.begin(field));
}

export function readPutDone(reader: Reader): PutDone {
  reader.leave(reader.enter());
  return putDone;
}

export function writeDeleteDone(writer: Writer, field: number, done: DeleteDone): void {
  const mark = writer.begin(field);
  writer.bool(1, done.deleted);
  writer.end(mark);
}

export function readDeleteDone(reader: Reader): DeleteDone {
  const outer = reader.enter();
  let deleted = false;
  while (reader.next()) {
    if (reader.field === 1) deleted = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'delete', deleted };
}

export function writeGetDone(writer: Writer, field: number, done: GetDone): void {
  const mark = writer.begin(field, entryBytes(done));
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

export function readTransactionDone(reader: Reader): TransactionDone {
  const outer = reader.enter();
  let succeeded = false;
  const results: TransactionOperationDone[] = [];
  while (reader.next()) {
    if (reader.field === 1) succeeded = reader.bool();
    else if (reader.field === 2) results.push(readOperationDone(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'transaction', succeeded, results };
}

function writeOperationDone(writer: Writer, field: number, done: TransactionOperationDone): void {
  const mark = writer.begin(field, done.kind === 'get' ? entryBytes(done) : 0);
  if (done.kind === 'put') writePutDone(writer, 1);
  else if (done.kind === 'get') writeGetDone(writer, 2, done);
  else writeDeleteDone(writer, 3, done);
  writer.end(mark);
}

function readOperationDone(reader: Reader): TransactionOperationDone {
  const outer = reader.enter();
  let done: TransactionOperationDone | undefined;
  while (reader.next()) {
    if (done !== undefined) throw new WireFormatError('a result of a transaction is of more than one kind');
    if (reader.field === 1) done = readPutDone(reader);
    else if (reader.field === 2) done = readGetDone(reader);
    else if (reader.field === 3) done = readDeleteDone(reader);
    else throw new WireFormatError(`result ${reader.field} of a transaction is unknown`, 'UNSUPPORTED');
  }
  reader.leave(outer);
  if (done === undefined) throw new WireFormatError('a result of a transaction is empty');
  return done;
}

/** A guess. */
function entryBytes({ entry }: GetDone): number {
  return entry === undefined ? 0 : entry.key.length + entry.value.length + 28;
}
