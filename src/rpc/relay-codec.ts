import type {
  Forward,
  ForwardRefused,
  ReadPoint,
  ReadPointAnswer,
  RelayedKeepAlive,
  RelayedKeepAliveAnswer,
} from '../replica/messages.ts';
import type { SessionRef } from '../wire/frame.ts';
import type { SessionId } from '../wire/identifiers.ts';
import type { Reader, Writer } from '../wire/protobuf.ts';

export function writeForward(writer: Writer, field: number, message: Forward): void {
  let expectedBytes = 8;
  for (const operation of message.operations) expectedBytes += operation.length + 4;
  const mark = writer.begin(field, expectedBytes);
  writer.uint(1, message.id);
  writer.bytesItems(2, message.operations);
  writer.end(mark);
}

export function readForward(reader: Reader): Forward {
  const outer = reader.enter();
  let id = 0;
  const operations: Uint8Array[] = [];
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) operations.push(reader.bytes());
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'forward', id, operations };
}

export function writeForwardRefused(writer: Writer, field: number, message: ForwardRefused): void {
  const mark = writer.begin(field);
  writer.uint(1, message.id);
  writer.string(2, message.code);
  writer.end(mark);
}

export function readForwardRefused(reader: Reader): ForwardRefused {
  const outer = reader.enter();
  let id = 0;
  let code = '';
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) code = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  // A reason that this version does not know: whoever refuses so is not to be asked again, as if it did not lead.
  return { type: 'forwardRefused', id, code: code === 'BUSY' ? 'BUSY' : 'NOT_LEADER' };
}

export function writeRelayedKeepAlive(writer: Writer, field: number, message: RelayedKeepAlive): void {
  const mark = writer.begin(field, 16 * message.sessions.length + 8);
  writer.uint(1, message.id);
  for (const session of message.sessions) {
    const inner = writer.begin(2);
    writer.uint(1, session.sessionId);
    writer.uint32(2, session.generation);
    writer.end(inner);
  }
  writer.end(mark);
}

export function readRelayedKeepAlive(reader: Reader): RelayedKeepAlive {
  const outer = reader.enter();
  let id = 0;
  const sessions: SessionRef[] = [];
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) sessions.push(readSessionRef(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'relayedKeepAlive', id, sessions };
}

function readSessionRef(reader: Reader): SessionRef {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  return { sessionId: sessionId as SessionId, generation };
}

export function writeRelayedKeepAliveAnswer(writer: Writer, field: number, message: RelayedKeepAliveAnswer): void {
  const mark = writer.begin(field, 8 * (message.alive.length + message.ended.length) + 8);
  writer.uint(1, message.id);
  writer.packedUints(2, message.alive);
  writer.packedUints(3, message.ended);
  writer.end(mark);
}

export function readRelayedKeepAliveAnswer(reader: Reader): RelayedKeepAliveAnswer {
  const outer = reader.enter();
  let id = 0;
  const alive: SessionId[] = [];
  const ended: SessionId[] = [];
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) reader.uints(alive as number[]);
    else if (reader.field === 3) reader.uints(ended as number[]);
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'relayedKeepAliveAnswer', id, alive, ended };
}

export function writeReadPoint(writer: Writer, field: number, message: ReadPoint): void {
  const mark = writer.begin(field);
  writer.uint(1, message.id);
  writer.end(mark);
}

export function readReadPoint(reader: Reader): ReadPoint {
  const { id } = readIdAndSlot(reader);
  return { type: 'readPoint', id };
}

export function writeReadPointAnswer(writer: Writer, field: number, message: ReadPointAnswer): void {
  writeIdAndSlot(writer, field, message.id, message.slot);
}

export function readReadPointAnswer(reader: Reader): ReadPointAnswer {
  const { id, slot } = readIdAndSlot(reader);
  return { type: 'readPointAnswer', id, slot };
}

/** Of a question and a slot, as several messages are. */
export function writeIdAndSlot(writer: Writer, field: number, id: number, slot: number): void {
  const mark = writer.begin(field);
  writer.uint(1, id);
  writer.uint(2, slot);
  writer.end(mark);
}

export function readIdAndSlot(reader: Reader): { readonly id: number; readonly slot: number } {
  const outer = reader.enter();
  let id = 0;
  let slot = 0;
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) slot = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { id, slot };
}
