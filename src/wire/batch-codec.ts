import { Reader, Writer } from './protobuf.ts';

const writer = new Writer();

/** The value of a slot. Without operations it is empty: a no-op. */
export function encodeBatch(operations: readonly Uint8Array[]): Uint8Array {
  let bytes = 0;
  for (const operation of operations) bytes += operation.length + 6;
  writer.reset().reserve(bytes);
  writer.bytesItems(1, operations);
  return writer.finish();
}

/** Slices of `bytes`. @throws WireFormatError */
export function decodeBatch(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const operations: Uint8Array[] = [];
  while (reader.next()) {
    if (reader.field === 1) operations.push(reader.bytes());
    else reader.skip();
  }
  return operations;
}
