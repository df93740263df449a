import { enumNumber, readEnum } from './enumeration.ts';
import type { SessionId } from './identifiers.ts';
import { type Consistency, consistencies, type ReadBody } from './operation.ts';
import type { Reader, Writer } from './protobuf.ts';

type SessionRead<Kind extends ReadBody['kind']> = Extract<ReadBody, { readonly kind: Kind }>;

export function writeSessionListRead(writer: Writer, field: number, body: SessionRead<'sessionList'>): void {
  const mark = writer.begin(field);
  writer.uint(1, body.after);
  writer.uint32(2, body.limit);
  writer.uint(3, enumNumber(consistencies, body.consistency));
  writer.end(mark);
}

export function readSessionListRead(reader: Reader): ReadBody {
  const outer = reader.enter();
  let after = 0;
  let limit = 0;
  let consistency: Consistency = 'linearizable';
  while (reader.next()) {
    if (reader.field === 1) after = reader.uint();
    else if (reader.field === 2) limit = reader.uint32();
    else if (reader.field === 3) consistency = readEnum(reader, consistencies);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'sessionList', after: after as SessionId, limit, consistency };
}

export function writeSessionGetRead(writer: Writer, field: number, body: SessionRead<'sessionGet'>): void {
  const mark = writer.begin(field);
  writer.uint(1, body.sessionId);
  writer.uint(2, enumNumber(consistencies, body.consistency));
  writer.end(mark);
}

export function readSessionGetRead(reader: Reader): ReadBody {
  const outer = reader.enter();
  let sessionId = 0;
  let consistency: Consistency = 'linearizable';
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) consistency = readEnum(reader, consistencies);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'sessionGet', sessionId: sessionId as SessionId, consistency };
}
