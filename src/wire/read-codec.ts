import { emptyBytes } from './bytes.ts';
import { enumNumber, readEnum } from './enumeration.ts';
import type { Revision } from './identifiers.ts';
import { emptyRange, readKeyRange, writeKeyRange } from './key-range-codec.ts';
import { type Consistency, consistencies, type ReadBody } from './operation.ts';
import type { Reader, Writer } from './protobuf.ts';
import {
  readSessionGetRead,
  readSessionListRead,
  writeSessionGetRead,
  writeSessionListRead,
} from './session-read-codec.ts';

type RangeRead = Extract<ReadBody, { kind: 'range' }>;

const orders = ['ascending', 'descending'] as const;

/** Each body is a member of a `oneof`: it is written even if it is empty. */
export function writeReadBody(writer: Writer, body: ReadBody): void {
  const consistency = enumNumber(consistencies, body.consistency);
  switch (body.kind) {
    case 'get': {
      const mark = writer.begin(30, body.key.length + 8);
      writer.bytes(1, body.key);
      writer.uint(2, body.revision);
      writer.uint(3, consistency);
      writer.end(mark);
      break;
    }
    case 'range': {
      const mark = writer.begin(31);
      writeKeyRange(writer, 1, body.range);
      writer.uint(2, body.revision);
      writer.uint(3, consistency);
      writer.uint32(4, body.limit);
      if (body.order !== undefined) writer.uint(5, enumNumber(orders, body.order));
      if (body.keysOnly === true) writer.bool(6, true);
      writer.end(mark);
      break;
    }
    case 'count': {
      const mark = writer.begin(34);
      writeKeyRange(writer, 1, body.range);
      writer.uint(2, body.revision);
      writer.uint(3, consistency);
      writer.end(mark);
      break;
    }
    case 'counterGet':
      writeNamedRead(writer, 32, body.name, consistency);
      break;
    case 'lockGet':
      writeNamedRead(writer, 33, body.name, consistency);
      break;
    case 'lockInspect':
      writeNamedRead(writer, 35, body.name, consistency, body.limit);
      break;
    case 'sessionList':
      writeSessionListRead(writer, 37, body);
      break;
    case 'sessionGet':
      writeSessionGetRead(writer, 38, body);
      break;
  }
}

/** Undefined, and nothing read, if the reader's field is none of these. */
export function readReadBody(reader: Reader): ReadBody | undefined {
  switch (reader.field) {
    case 30:
      return readGet(reader);
    case 31:
      return readRange(reader);
    case 34: {
      const { range, revision, consistency } = readRange(reader);
      return { kind: 'count', range, revision, consistency };
    }
    case 32:
      return { kind: 'counterGet', ...named(readNamedRead(reader)) };
    case 33:
      return { kind: 'lockGet', ...named(readNamedRead(reader)) };
    case 35:
      return { kind: 'lockInspect', ...readNamedRead(reader) };
    case 37:
      return readSessionListRead(reader);
    case 38:
      return readSessionGetRead(reader);
    default:
      return undefined;
  }
}

function readGet(reader: Reader): ReadBody {
  const outer = reader.enter();
  let key = emptyBytes;
  let revision = 0;
  let consistency: Consistency = 'linearizable';
  while (reader.next()) {
    if (reader.field === 1) key = reader.bytes();
    else if (reader.field === 2) revision = reader.uint();
    else if (reader.field === 3) consistency = readEnum(reader, consistencies);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'get', key, revision: revision as Revision, consistency };
}

/** Of Range, and of Count, which begins like it. */
function readRange(reader: Reader): RangeRead {
  const outer = reader.enter();
  let range = emptyRange;
  let revision = 0;
  let consistency: Consistency = 'linearizable';
  let limit = 0;
  let descending = false;
  let keysOnly = false;
  while (reader.next()) {
    if (reader.field === 1) range = readKeyRange(reader);
    else if (reader.field === 2) revision = reader.uint();
    else if (reader.field === 3) consistency = readEnum(reader, consistencies);
    else if (reader.field === 4) limit = reader.uint32();
    else if (reader.field === 5) descending = readEnum(reader, orders) === 'descending';
    else if (reader.field === 6) keysOnly = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  const plain = { kind: 'range', range, revision: revision as Revision, consistency, limit } as const;
  if (!descending && !keysOnly) return plain;
  return { ...plain, ...(descending && { order: 'descending' }), ...(keysOnly && { keysOnly }) };
}

interface NamedRead {
  readonly name: string;
  readonly consistency: Consistency;
  readonly limit: number;
}

function named({ name, consistency }: NamedRead): Omit<NamedRead, 'limit'> {
  return { name, consistency };
}

function writeNamedRead(writer: Writer, field: number, name: string, consistency: number, limit = 0): void {
  const mark = writer.begin(field, name.length + 4);
  writer.string(1, name);
  writer.uint(2, consistency);
  writer.uint32(3, limit);
  writer.end(mark);
}

function readNamedRead(reader: Reader): NamedRead {
  const outer = reader.enter();
  let name = '';
  let consistency: Consistency = 'linearizable';
  let limit = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) consistency = readEnum(reader, consistencies);
    else if (reader.field === 3) limit = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  return { name, consistency, limit };
}
