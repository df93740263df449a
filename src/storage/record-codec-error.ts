import { type Reader, WireFormatError } from '../wire/protobuf.ts';

/** To pass over a field of a record could be to forget a promise. */
export function unknownField(message: string, reader: Reader): WireFormatError {
  return new WireFormatError(`${message} has the unknown field ${reader.field}`, 'UNSUPPORTED');
}
