import { connect } from '../../../src/client/index.ts';

// Uses everything that could keep a process alive, closes the client, and does nothing more.
const client = await connect({ endpoints: [process.argv[2] ?? ''] });
await client.put('a', '1');
const lock = await client.lock('job');
const watch = await client.watch({ prefix: '' });
void watch[Symbol.asyncIterator]().next();
void client.status()[Symbol.asyncIterator]().next();
const waiting = client.lock('job').catch((error: { readonly code: string }) => error.code);
await client.close();
process.stdout.write(`closed ${lock.held} ${await waiting}\n`);
