import { emptyBytes } from './bytes.ts';
import type { Revision } from './identifiers.ts';
import type { Delete, Put, Transaction, TransactionCondition, TransactionOperation } from './operation.ts';
import { type Reader, WireFormatError, type Writer } from './protobuf.ts';

export function writePut(writer: Writer, field: number, put: Put): void {
  const mark = writer.begin(field, put.key.length + put.value.length + 6);
  writer.bytes(1, put.key);
  writer.bytes(2, put.value);
  writer.bool(3, put.ephemeral);
  writer.end(mark);
}

export function readPut(reader: Reader): Put {
  const outer = reader.enter();
  let key = emptyBytes;
  let value = emptyBytes;
  let ephemeral = false;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) value = reader.bytes();
    else if (reader.field === 3) ephemeral = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'put', key, value, ephemeral };
}

export function writeDelete(writer: Writer, field: number, body: Delete): void {
  writeKey(writer, field, body.key);
}

export function readDelete(reader: Reader): Delete {
  return { kind: 'delete', key: readKey(reader) };
}

export function writeTransaction(writer: Writer, field: number, transaction: Transaction): void {
  const mark = writer.begin(field);
  for (const condition of transaction.if) writeCondition(writer, 1, condition);
  for (const operation of transaction.then) writeTransactionOperation(writer, 2, operation);
  for (const operation of transaction.else) writeTransactionOperation(writer, 3, operation);
  writer.end(mark);
}

export function readTransaction(reader: Reader): Transaction {
  const outer = reader.enter();
  const conditions: TransactionCondition[] = [];
  const onSuccess: TransactionOperation[] = [];
  const onFailure: TransactionOperation[] = [];
  while (reader.next()) {
    if (reader.field === 1) conditions.push(readCondition(reader));
    else if (reader.field === 2) onSuccess.push(readTransactionOperation(reader));
    else if (reader.field === 3) onFailure.push(readTransactionOperation(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'transaction', if: conditions, then: onSuccess, else: onFailure };
}

function writeCondition(writer: Writer, field: number, condition: TransactionCondition): void {
  const mark = writer.begin(field);
  switch (condition.kind) {
    case 'exists':
      writer.bytesItem(1, condition.key);
      break;
    case 'absent':
      writer.bytesItem(2, condition.key);
      break;
    case 'valueIs': {
      const inner = writer.begin(3, condition.key.length + condition.value.length + 4);
      writer.bytes(1, condition.key);
      writer.bytes(2, condition.value);
      writer.end(inner);
      break;
    }
    case 'modRevisionIs': {
      const inner = writer.begin(4);
      writer.bytes(1, condition.key);
      writer.uint(2, condition.modRevision);
      writer.end(inner);
      break;
    }
    case 'lockHeld': {
      const inner = writer.begin(5);
      writer.string(1, condition.name);
      writer.uint(2, condition.token);
      writer.end(inner);
      break;
    }
  }
  writer.end(mark);
}

function readCondition(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let condition: TransactionCondition | undefined;
  while (reader.next()) {
    if (condition !== undefined) throw new WireFormatError('a condition is of more than one kind');
    if (reader.field === 1) condition = { kind: 'exists', key: reader.bytes() };
    else if (reader.field === 2) condition = { kind: 'absent', key: reader.bytes() };
    else if (reader.field === 3) condition = readValueIs(reader);
    else if (reader.field === 4) condition = readModRevisionIs(reader);
    else if (reader.field === 5) condition = readLockHeld(reader);
    else throw new WireFormatError(`condition ${reader.field} is unknown`, 'UNSUPPORTED');
  }
  reader.leave(outer);
  if (condition === undefined) throw new WireFormatError('a condition is empty');
  return condition;
}

function readValueIs(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let key = emptyBytes;
  let value = emptyBytes;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) value = reader.bytes();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'valueIs', key, value };
}

function readModRevisionIs(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let key = emptyBytes;
  let modRevision = 0;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) modRevision = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'modRevisionIs', key, modRevision: modRevision as Revision };
}

function readLockHeld(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let name = '';
  let token = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) token = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'lockHeld', name, token };
}

function writeTransactionOperation(writer: Writer, field: number, operation: TransactionOperation): void {
  const valueBytes = operation.kind === 'put' ? operation.value.length : 0;
  const mark = writer.begin(field, operation.key.length + valueBytes + 8);
  if (operation.kind === 'put') writePut(writer, 1, operation);
  else writeKey(writer, operation.kind === 'get' ? 2 : 3, operation.key);
  writer.end(mark);
}

function readTransactionOperation(reader: Reader): TransactionOperation {
  const outer = reader.enter();
  let operation: TransactionOperation | undefined;
  while (reader.next()) {
    if (operation !== undefined) throw new WireFormatError('an operation of a transaction is of more than one kind');
    if (reader.field === 1) operation = readPut(reader);
    else if (reader.field === 2) operation = { kind: 'get', key: readKey(reader) };
    else if (reader.field === 3) operation = readDelete(reader);
    else throw new WireFormatError(`operation ${reader.field} of a transaction is unknown`, 'UNSUPPORTED');
  }
  reader.leave(outer);
  if (operation === undefined) throw new WireFormatError('an operation of a transaction is empty');
  return operation;
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
