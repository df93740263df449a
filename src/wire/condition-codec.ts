import { emptyBytes } from './bytes.ts';
import { enumNumber, readEnum } from './enumeration.ts';
import type { Revision, SessionId } from './identifiers.ts';
import type { Comparison, KeyCompare, TransactionCondition } from './operation.ts';
import { type Reader, WireFormatError, type Writer } from './protobuf.ts';

const comparisons = ['equal', 'unequal', 'less', 'greater'] as const satisfies readonly Comparison[];
const keyFields = ['version', 'created', 'modified'] as const satisfies readonly KeyCompare['field'][];

export function writeCondition(writer: Writer, field: number, condition: TransactionCondition): void {
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
    case 'keyCompare': {
      const inner = writer.begin(6);
      writer.bytes(1, condition.key);
      writer.uint(2, enumNumber(keyFields, condition.field));
      writer.uint(3, enumNumber(comparisons, condition.comparison));
      writer.uint(4, condition.number);
      writer.end(inner);
      break;
    }
    case 'valueCompare': {
      const inner = writer.begin(7, condition.key.length + condition.value.length + 6);
      writer.bytes(1, condition.key);
      writer.uint(2, enumNumber(comparisons, condition.comparison));
      writer.bytes(3, condition.value);
      writer.end(inner);
      break;
    }
    case 'ownedBy': {
      const inner = writer.begin(8);
      writer.bytes(1, condition.key);
      writer.uint(2, condition.sessionId);
      writer.end(inner);
      break;
    }
    case 'counterCompare': {
      const inner = writer.begin(9);
      writer.string(1, condition.name);
      writer.uint(2, enumNumber(comparisons, condition.comparison));
      writer.int64(3, condition.value);
      writer.end(inner);
      break;
    }
  }
  writer.end(mark);
}

export function readCondition(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let condition: TransactionCondition | undefined;
  while (reader.next()) {
    if (condition !== undefined) throw new WireFormatError('a condition is of more than one kind');
    if (reader.field === 1) condition = { kind: 'exists', key: reader.bytes() };
    else if (reader.field === 2) condition = { kind: 'absent', key: reader.bytes() };
    else if (reader.field === 3) condition = readValueIs(reader);
    else if (reader.field === 4) condition = readModRevisionIs(reader);
    else if (reader.field === 5) condition = readLockHeld(reader);
    else if (reader.field === 6) condition = readKeyCompare(reader);
    else if (reader.field === 7) condition = readValueCompare(reader);
    else if (reader.field === 8) condition = readOwnedBy(reader);
    else if (reader.field === 9) condition = readCounterCompare(reader);
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

function readKeyCompare(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let key = emptyBytes;
  let field: KeyCompare['field'] = 'version';
  let comparison: Comparison = 'equal';
  let number = 0;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) field = readEnum(reader, keyFields);
    else if (reader.field === 3) comparison = readEnum(reader, comparisons);
    else if (reader.field === 4) number = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'keyCompare', key, field, comparison, number };
}

function readValueCompare(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let key = emptyBytes;
  let comparison: Comparison = 'equal';
  let value = emptyBytes;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) comparison = readEnum(reader, comparisons);
    else if (reader.field === 3) value = reader.bytes();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'valueCompare', key, comparison, value };
}

function readOwnedBy(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let key = emptyBytes;
  let sessionId = 0;
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) sessionId = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'ownedBy', key, sessionId: sessionId as SessionId };
}

function readCounterCompare(reader: Reader): TransactionCondition {
  const outer = reader.enter();
  let name = '';
  let comparison: Comparison = 'equal';
  let value = 0n;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) comparison = readEnum(reader, comparisons);
    else if (reader.field === 3) value = reader.int64();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'counterCompare', name, comparison, value };
}
