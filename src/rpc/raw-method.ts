import type { MethodDefinition } from '@grpc/grpc-js';

/** The messages of a raw method are bytes: encoding and decoding, and what a malformed one leads to, are its user's concern. */
export type RawMethod = MethodDefinition<Uint8Array, Uint8Array>;

export const linkMethod = bidirectional('/conclave.v1.Peer/Link');
export const connectMethod = bidirectional('/conclave.v1.Client/Connect');

/** grpc-js asks for a Buffer; this is a view, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bidirectional(path: string): RawMethod {
  return {
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: asBuffer,
    requestDeserialize: identity,
    responseSerialize: asBuffer,
    responseDeserialize: identity,
  };
}

function identity(bytes: Buffer): Uint8Array {
  return bytes;
}
