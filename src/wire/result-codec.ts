import type { ErrorCode } from './errors.ts';
import type { Revision } from './identifiers.ts';
import { Reader, WireFormatError, Writer } from './protobuf.ts';
import type { Result, ResultBody } from './result.ts';
import { readResultBody, writeResultBody } from './result-body-codec.ts';
import { wireError } from './wire-error.ts';

const writer = new Writer();

export function encodeResult(result: Result): Uint8Array {
  writer.reset();
  writer.uint(1, result.requestId);
  writer.uint(2, result.revision);
  writeResultBody(writer, result.body);
  return writer.finish();
}

/** Keys and values are slices of `bytes`. @throws WireFormatError; UNSUPPORTED if the body is of an unknown kind */
export function decodeResult(bytes: Uint8Array): Result {
  const reader = new Reader(bytes);
  let requestId = 0;
  let revision = 0;
  let body: ResultBody | undefined;
  while (reader.next()) {
    if (reader.field === 1) requestId = reader.uint();
    else if (reader.field === 2) revision = reader.uint();
    else if (body === undefined) body = readResultBody(reader);
    else throw new WireFormatError('a result has more than one body');
  }
  if (body === undefined) throw new WireFormatError('a result has no body');
  return { requestId, revision: revision as Revision, body };
}

/** `oldestRevision`: for COMPACTED only. */
export function errorResult(
  requestId: number,
  revision: Revision,
  code: ErrorCode,
  message: string,
  oldestRevision?: Revision,
): Result {
  return { requestId, revision, body: wireError(code, message, oldestRevision) };
}
