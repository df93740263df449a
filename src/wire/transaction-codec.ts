import { emptyBytes } from './bytes.ts';
import { readCondition, writeCondition } from './condition-codec.ts';
import type { Revision } from './identifiers.ts';
import { limits } from './limits.ts';
import type {
  CreateSequential,
  DeleteCommand,
  PutCommand,
  Transaction,
  TransactionCondition,
  TransactionOperation,
} from './operation.ts';
import { type Reader, WireFormatError, type Writer } from './protobuf.ts';

export function writePut(writer: Writer, field: number, put: PutCommand): void {
  const mark = writer.begin(field, put.key.length + put.value.length + 6);
  writer.bytes(1, put.key);
  writer.bytes(2, put.value);
  writer.bool(3, put.ephemeral);
  if (put.ifAbsent === true) writer.bool(4, true);
  if (put.ifModRevision !== undefined) writer.uint(5, put.ifModRevision);
  if (put.previous === true) writer.bool(6, true);
  writer.end(mark);
}

export function readPut(reader: Reader): PutCommand {
  const outer = reader.enter();
  let key = emptyBytes;
  let value = emptyBytes;
  let ephemeral = false;
  let ifAbsent = false;
  let ifModRevision = 0;
  let previous = false;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) value = reader.bytes();
    else if (reader.field === 3) ephemeral = reader.bool();
    else if (reader.field === 4) ifAbsent = reader.bool();
    else if (reader.field === 5) ifModRevision = reader.uint();
    else if (reader.field === 6) previous = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  const plain = { kind: 'put', key, value, ephemeral } as const;
  if (!ifAbsent && ifModRevision === 0 && !previous) return plain;
  return { ...plain, ...(ifAbsent && { ifAbsent }), ...asked(ifModRevision, previous) };
}

export function writeDelete(writer: Writer, field: number, body: DeleteCommand): void {
  const mark = writer.begin(field, body.key.length + 2);
  writer.bytes(1, body.key);
  if (body.ifModRevision !== undefined) writer.uint(2, body.ifModRevision);
  if (body.previous === true) writer.bool(3, true);
  writer.end(mark);
}

export function readDelete(reader: Reader): DeleteCommand {
  const outer = reader.enter();
  let key = emptyBytes;
  let ifModRevision = 0;
  let previous = false;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) ifModRevision = reader.uint();
    else if (reader.field === 3) previous = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  const plain = { kind: 'delete', key } as const;
  return ifModRevision === 0 && !previous ? plain : { ...plain, ...asked(ifModRevision, previous) };
}

function asked(ifModRevision: number, previous: boolean): Pick<PutCommand, 'ifModRevision' | 'previous'> {
  return {
    ...(ifModRevision !== 0 && { ifModRevision: ifModRevision as Revision }),
    ...(previous && { previous }),
  };
}

export function writeCreateSequential(writer: Writer, field: number, body: CreateSequential): void {
  const mark = writer.begin(field, body.prefix.length + body.value.length + 6);
  writer.bytes(1, body.prefix);
  writer.bytes(2, body.value);
  writer.bool(3, body.ephemeral);
  writer.end(mark);
}

export function readCreateSequential(reader: Reader): CreateSequential {
  const outer = reader.enter();
  let prefix = emptyBytes;
  let value = emptyBytes;
  let ephemeral = false;
  while (reader.next()) {
    if (reader.field === 1) prefix = reader.bytes();
    else if (reader.field === 2) value = reader.bytes();
    else if (reader.field === 3) ephemeral = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'createSequential', prefix, value, ephemeral };
}

export function writeTransaction(writer: Writer, field: number, transaction: Transaction): void {
  const mark = writer.begin(field);
  for (const condition of transaction.if) writeCondition(writer, 1, condition);
  for (const operation of transaction.then) writeTransactionOperation(writer, 2, operation);
  for (const operation of transaction.else) writeTransactionOperation(writer, 3, operation);
  writer.end(mark);
}

/** `depth`: of how many transactions within each other it is the innermost. What no program can have sent is not followed down. */
export function readTransaction(reader: Reader, depth = 1): Transaction {
  if (depth > limits.transactionDepth) throw new WireFormatError('transactions lie too deep within each other');
  const outer = reader.enter();
  const conditions: TransactionCondition[] = [];
  const onSuccess: TransactionOperation[] = [];
  const onFailure: TransactionOperation[] = [];
  while (reader.next()) {
    if (reader.field === 1) conditions.push(readCondition(reader));
    else if (reader.field === 2) onSuccess.push(readTransactionOperation(reader, depth));
    else if (reader.field === 3) onFailure.push(readTransactionOperation(reader, depth));
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'transaction', if: conditions, then: onSuccess, else: onFailure };
}

function writeTransactionOperation(writer: Writer, field: number, operation: TransactionOperation): void {
  const mark = writer.begin(field, payloadBytes(operation) + 8);
  if (operation.kind === 'put') writePut(writer, 1, operation);
  else if (operation.kind === 'transaction') writeTransaction(writer, 4, operation);
  else writeKey(writer, operation.kind === 'get' ? 2 : 3, operation.key);
  writer.end(mark);
}

function payloadBytes(operation: TransactionOperation): number {
  if (operation.kind === 'transaction') return 0;
  return operation.key.length + (operation.kind === 'put' ? operation.value.length : 0);
}

function readTransactionOperation(reader: Reader, depth: number): TransactionOperation {
  const outer = reader.enter();
  let operation: TransactionOperation | undefined;
  while (reader.next()) {
    if (operation !== undefined) throw new WireFormatError('an operation of a transaction is of more than one kind');
    if (reader.field === 1) operation = plain(readPut(reader));
    else if (reader.field === 2) operation = { kind: 'get', key: readKey(reader) };
    else if (reader.field === 3) operation = plain(readDelete(reader));
    else if (reader.field === 4) operation = readTransaction(reader, depth + 1);
    else throw new WireFormatError(`operation ${reader.field} of a transaction is unknown`, 'UNSUPPORTED');
  }
  reader.leave(outer);
  if (operation === undefined) throw new WireFormatError('an operation of a transaction is empty');
  return operation;
}

/** To pass over the condition of a write would be to do what nobody asked for. */
function plain<Command extends PutCommand | DeleteCommand>(command: Command): Command {
  if ('ifAbsent' in command || 'ifModRevision' in command || 'previous' in command) {
    throw new WireFormatError('a write within a transaction has a condition of its own, or asks for what was there');
  }
  return command;
}

function writeKey(writer: Writer, field: number, key: Uint8Array): void {
  const mark = writer.begin(field, key.length + 2);
  writer.bytes(1, key);
  writer.end(mark);
}

function readKey(reader: Reader): Uint8Array {
  const outer = reader.enter();
  let key = emptyBytes;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else reader.skip();
  }
  reader.leave(outer);
  return key;
}
