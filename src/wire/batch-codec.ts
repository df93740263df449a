import { Reader, WireFormatError, Writer } from './protobuf.ts';

/** The numbers of its fields: a slot holds operations, or the members that rule the slots after it. */
export const operationOfBatch = 1;
export const configurationOfBatch = 2;
/** What the value of a slot begins with if it holds a configuration. */
const configurationTag = (configurationOfBatch << 3) | 2;

const writer = new Writer();

/** The value of a slot. Without operations it is empty: a no-op. */
export function encodeBatch(operations: readonly Uint8Array[]): Uint8Array {
  let bytes = 0;
  for (const operation of operations) bytes += operation.length + 6;
  writer.reset().reserve(bytes);
  writer.bytesItems(operationOfBatch, operations);
  return writer.finish();
}

export function encodeConfigurationBatch(configuration: Uint8Array): Uint8Array {
  writer.reset().reserve(configuration.length + 6);
  writer.bytes(configurationOfBatch, configuration);
  return writer.finish();
}

/** A slice of the value; undefined: it holds operations, or nothing. @throws WireFormatError */
export function configurationIn(value: Uint8Array): Uint8Array | undefined {
  if (value.length === 0 || value[0] !== configurationTag) return undefined;
  const reader = new Reader(value);
  if (!reader.next()) return undefined;
  const configuration = reader.bytes();
  if (reader.next()) throw new WireFormatError('a configuration stands alone in its slot');
  return configuration;
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
