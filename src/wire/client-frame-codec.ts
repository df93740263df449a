import type { ClientFrame, GrantQuery, Hello, KeepAlive, SessionRef, WatchCreate } from './frame.ts';
import type { Revision, Sequence, SessionId } from './identifiers.ts';
import { Reader, Writer } from './protobuf.ts';
import { readWatchCreate, writeWatchCreate } from './watch-create-codec.ts';

const writer = new Writer();

export function encodeClientFrame(frame: ClientFrame): Uint8Array {
  let operationBytes = 0;
  for (const operation of frame.operations) operationBytes += operation.length + 6;
  writer.reset().reserve(operationBytes);
  if (frame.hello !== undefined) writeHello(frame.hello);
  writer.bytesItems(2, frame.operations);
  for (const keepAlive of frame.keepAlives) writeKeepAlive(keepAlive);
  for (const create of frame.watchCreates) writeWatchCreate(writer, 4, create);
  writer.packedUints(5, frame.watchCancels);
  for (const query of frame.grantQueries) writeGrantQuery(query);
  return writer.finish();
}

/** Operations, keys and values are slices of `bytes`. @throws WireFormatError */
export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  const reader = new Reader(bytes);
  let hello: Hello | undefined;
  const operations: Uint8Array[] = [];
  const keepAlives: KeepAlive[] = [];
  const watchCreates: WatchCreate[] = [];
  const watchCancels: number[] = [];
  const grantQueries: GrantQuery[] = [];
  while (reader.next()) {
    if (reader.field === 1) hello = readHello(reader);
    else if (reader.field === 2) operations.push(reader.bytes());
    else if (reader.field === 3) keepAlives.push(readKeepAlive(reader));
    else if (reader.field === 4) watchCreates.push(readWatchCreate(reader));
    else if (reader.field === 5) reader.uints(watchCancels);
    else if (reader.field === 6) grantQueries.push(readGrantQuery(reader));
    else reader.skip();
  }
  return { hello, operations, keepAlives, watchCreates, watchCancels, grantQueries };
}

function writeHello(hello: Hello): void {
  const mark = writer.begin(1);
  writer.uint32(1, hello.protocol);
  writer.string(2, hello.clusterId);
  writer.uint(3, hello.revision);
  writer.string(4, hello.client);
  writer.end(mark);
}

function readHello(reader: Reader): Hello {
  const outer = reader.enter();
  let protocol = 0;
  let clusterId = '';
  let revision = 0;
  let client = '';
  while (reader.next()) {
    if (reader.field === 1) protocol = reader.uint32();
    else if (reader.field === 2) clusterId = reader.string();
    else if (reader.field === 3) revision = reader.uint();
    else if (reader.field === 4) client = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { protocol, clusterId, revision: revision as Revision, client };
}

function writeKeepAlive(keepAlive: KeepAlive): void {
  const mark = writer.begin(3);
  writer.uint(1, keepAlive.id);
  for (const session of keepAlive.sessions) writeSessionRef(writer, 2, session);
  writer.end(mark);
}

function readKeepAlive(reader: Reader): KeepAlive {
  const outer = reader.enter();
  let id = 0;
  const sessions: SessionRef[] = [];
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) sessions.push(readSessionRef(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return { id, sessions };
}

/** Also part of the keep-alives that nodes relay. */
export function writeSessionRef(into: Writer, field: number, session: SessionRef): void {
  const mark = into.begin(field);
  into.uint(1, session.sessionId);
  into.uint32(2, session.generation);
  into.end(mark);
}

export function readSessionRef(reader: Reader): SessionRef {
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

function writeGrantQuery(query: GrantQuery): void {
  const mark = writer.begin(6);
  writer.uint(1, query.sessionId);
  writer.uint32(2, query.generation);
  writer.uint(3, query.sequence);
  writer.string(4, query.name);
  writer.end(mark);
}

function readGrantQuery(reader: Reader): GrantQuery {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  let sequence = 0;
  let name = '';
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) sequence = reader.uint();
    else if (reader.field === 4) name = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { sessionId: sessionId as SessionId, generation, sequence: sequence as Sequence, name };
}
