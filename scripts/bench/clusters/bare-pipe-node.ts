/** The program of one node of a bare pipe. Tells its parent when it serves. */
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { Level } from 'level';
import { serverOptions } from '../../../src/rpc/grpc-options.ts';
import { openPipe, pipeService } from './pipe-stream.ts';

export type PipeNodeOptions =
  | { readonly address: string; readonly followers: readonly string[] }
  | { readonly address: string; readonly directory: string };

const options = JSON.parse(process.argv[2] ?? '') as PipeNodeOptions;
const answer = 'followers' in options ? await passOn(options.followers) : await writeDown(options.directory);
const server = new Server(serverOptions);
server.addService(pipeService, {
  pipe: (stream: ServerDuplexStream<Buffer, Buffer>) => {
    stream.on('data', (bytes: Buffer) => void answer(bytes).then((done) => stream.write(done)));
    stream.on('end', () => stream.end());
  },
});
await new Promise<void>((resolve, reject) => {
  server.bindAsync(options.address, ServerCredentials.createInsecure(), (error) =>
    error === null ? resolve() : reject(error),
  );
});
process.send?.('serving');
process.once('disconnect', () => process.exit());

async function passOn(followers: readonly string[]): Promise<(bytes: Buffer) => Promise<Buffer>> {
  const pipes = await Promise.all(followers.map(openPipe));
  return async (bytes) => {
    const [first = Buffer.alloc(0)] = await Promise.all(pipes.map((pipe) => pipe.ask(bytes)));
    return first;
  };
}

async function writeDown(directory: string): Promise<(bytes: Buffer) => Promise<Buffer>> {
  const level = new Level<string, Buffer>(directory, { valueEncoding: 'buffer' });
  await level.open();
  let count = 0;
  return async (bytes) => {
    count += 1;
    await level.batch([{ type: 'put', key: String(count).padStart(16, '0'), value: bytes }], { sync: true });
    return Buffer.from('done');
  };
}
