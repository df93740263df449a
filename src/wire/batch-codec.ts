import { Reader, Writer } from './protobuf.ts';

/** The number of its only field. */
export const operationOfBatch = 1;

const writer = new Writer();

/** The value of a slot. Without operations it is empty: a no-op. */
export function encodeBatch(operations: readonly Uint8Array[]): Uint8Array {
  let bytes = 0;
  for (const operation of operations) bytes += operation.length + 6;
  writer.reset().reserve(bytes);
  writer.bytesItems(operationOfBatch, operations);
  return writer.finish();
}

/** Slices of `bytes`. @throws WireFormatError */
export function decodeBatch(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const operations: Uint8Array[] = [];
  while (reader.next()) {
    if (reader.field === operationOfBatch) operations.push(reader.bytes());
    else reader.skip();
  }
  return operations;
}
