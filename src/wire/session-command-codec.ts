import type { OpenSession } from './operation.ts';
import type { Reader, Writer } from './protobuf.ts';

export function writeOpenSession(writer: Writer, field: number, body: OpenSession): void {
  const mark = writer.begin(field);
  writer.uint(1, body.ttlMs);
  writer.string(2, body.name);
  writer.fixed64(3, body.nonce);
  writer.end(mark);
}

export function readOpenSession(reader: Reader): OpenSession {
  const outer = reader.enter();
  let ttlMs = 0;
  let name = '';
  let nonce = 0n;
  while (reader.next()) {
    if (reader.field === 1) ttlMs = reader.uint();
    else if (reader.field === 2) name = reader.string();
    else if (reader.field === 3) nonce = reader.fixed64();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'openSession', ttlMs, name, nonce };
}
