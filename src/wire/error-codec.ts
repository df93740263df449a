import { isErrorCode } from './errors.ts';
import type { Revision } from './identifiers.ts';
import type { Reader, Writer } from './protobuf.ts';
import type { WireError } from './result.ts';
import { wireError } from './wire-error.ts';

export function writeError(writer: Writer, field: number, error: WireError): void {
  const mark = writer.begin(field, error.code.length + error.message.length + 4);
  writer.string(1, error.code);
  writer.string(2, error.message);
  writer.uint(3, error.oldestRevision);
  writer.end(mark);
}

/** A code that this version does not know becomes INTERNAL, and is kept in the message. */
export function readError(reader: Reader): WireError {
  const outer = reader.enter();
  let code = '';
  let message = '';
  let oldestRevision = 0;
  while (reader.next()) {
    if (reader.field === 1) code = reader.string();
    else if (reader.field === 2) message = reader.string();
    else if (reader.field === 3) oldestRevision = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  if (isErrorCode(code)) return wireError(code, message, oldestRevision as Revision);
  return wireError('INTERNAL', `${code}: ${message}`, oldestRevision as Revision);
}
