import { Client, credentials, type MethodDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { dialOptions } from '../../../src/rpc/grpc-options.ts';

const identity = (bytes: Buffer): Buffer => bytes;

/** Bytes in, bytes out, in order. */
const method: MethodDefinition<Buffer, Buffer> = {
  path: '/bench.Pipe/Pipe',
  requestStream: true,
  responseStream: true,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};

export const pipeService: ServiceDefinition = { pipe: method };

export interface PipeStream {
  /** Resolves with the answer. One question at a time. */
  ask(bytes: Buffer): Promise<Buffer>;
  close(): void;
}

export async function openPipe(address: string): Promise<PipeStream> {
  const client = new Client(address, credentials.createInsecure(), dialOptions);
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + 10_000, (error) => (error === undefined ? resolve() : reject(error)));
  });
  const stream = client.makeBidiStreamRequest(method.path, identity, identity);
  let answered: ((bytes: Buffer) => void) | undefined;
  stream.on('data', (bytes: Buffer) => answered?.(bytes));
  // Cancelled by `close`.
  stream.on('error', () => undefined);
  return {
    ask: (bytes) =>
      new Promise((resolve) => {
        answered = resolve;
        stream.write(bytes);
      }),
    close: () => {
      stream.cancel();
      client.close();
    },
  };
}
