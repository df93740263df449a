import { operationOfBatch } from './batch-codec.ts';
import { readCommandBody, writeCommandBody } from './command-codec.ts';
import type { Revision, Sequence, SessionId } from './identifiers.ts';
import type { CommandId, Operation, OperationBody } from './operation.ts';
import { isReadBody } from './operation-kind.ts';
import { Reader, WireFormatError, Writer } from './protobuf.ts';
import { readReadBody, writeReadBody } from './read-codec.ts';

/** The body is a `oneof` of the fields from here on. */
const firstBodyField = 10;

const writer = new Writer();

export function encodeOperation(operation: Operation): Uint8Array {
  writer.reset();
  writer.uint(1, operation.requestId);
  if (operation.command !== undefined) writeCommandId(operation.command);
  writer.uint(3, operation.seenRevision);
  const { body } = operation;
  if (isReadBody(body)) writeReadBody(writer, body);
  else writeCommandBody(writer, body);
  return writer.finish();
}

/** Keys and values are slices of `bytes`. @throws WireFormatError; UNSUPPORTED if the body is of an unknown kind */
export function decodeOperation(bytes: Uint8Array): Operation {
  return readOperation(new Reader(bytes));
}

/** Of a batch, without a slice for each. As `decodeOperation`. */
export function decodeOperations(batch: Uint8Array): readonly Operation[] {
  const reader = new Reader(batch);
  const operations: Operation[] = [];
  while (reader.next()) {
    if (reader.field !== operationOfBatch) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    operations.push(readOperation(reader));
    reader.leave(outer);
  }
  return operations;
}

function readOperation(reader: Reader): Operation {
  let requestId = 0;
  let command: CommandId | undefined;
  let seenRevision = 0;
  let body: OperationBody | undefined;
  while (reader.next()) {
    if (reader.field === 1) requestId = reader.uint();
    else if (reader.field === 2) command = readCommandId(reader);
    else if (reader.field === 3) seenRevision = reader.uint();
    else if (reader.field < firstBodyField) reader.skip();
    else if (body === undefined) body = readBody(reader);
    else throw new WireFormatError('an operation has more than one body');
  }
  if (body === undefined) throw new WireFormatError('an operation has no body');
  return { requestId, command, seenRevision: seenRevision as Revision, body };
}

function readBody(reader: Reader): OperationBody {
  const body = readCommandBody(reader) ?? readReadBody(reader);
  if (body === undefined) throw new WireFormatError(`operation ${reader.field} is unknown`, 'UNSUPPORTED');
  return body;
}

function writeCommandId(command: CommandId): void {
  const mark = writer.begin(2);
  writer.uint(1, command.sessionId);
  writer.uint32(2, command.generation);
  writer.uint(3, command.sequence);
  writer.uint(4, command.acknowledged);
  writer.end(mark);
}

function readCommandId(reader: Reader): CommandId {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  let sequence = 0;
  let acknowledged = 0;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) sequence = reader.uint();
    else if (reader.field === 4) acknowledged = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { sessionId: sessionId as SessionId, generation, sequence: sequence as Sequence, acknowledged };
}
