import type { SessionId } from './identifiers.ts';
import type { Reader, Writer } from './protobuf.ts';
import type { ResultBody } from './result.ts';

type Body<Kind extends ResultBody['kind']> = Extract<ResultBody, { kind: Kind }>;

export function writeSessionOpened(writer: Writer, field: number, body: Body<'sessionOpened'>): void {
  const mark = writer.begin(field);
  writer.uint(1, body.sessionId);
  writer.uint32(2, body.generation);
  writer.uint(3, body.ttlMs);
  writer.end(mark);
}

export function readSessionOpened(reader: Reader): ResultBody {
  const outer = reader.enter();
  let sessionId = 0;
  let generation = 0;
  let ttlMs = 0;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) generation = reader.uint32();
    else if (reader.field === 3) ttlMs = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'sessionOpened', sessionId: sessionId as SessionId, generation, ttlMs };
}
