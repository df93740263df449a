// Holds a lock and an ephemeral key in a session that its next run resumes. One JSON object per line on stdout; commands come on stdin.
// usage: node resumer.mjs ENDPOINTS NAME TTL_MS CREDENTIALS_FILE
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { connect } from '../../../dist/client/index.js';

const [endpoints, name, ttlMs, file] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const resume = await readFile(file, 'utf8').catch(() => undefined);
let client;
try {
  const session = { ttlMs: Number(ttlMs), name, metadata: { pid: String(process.pid) }, resume };
  client = await connect({ endpoints: endpoints.split(','), session });
} catch (error) {
  say({ event: 'refused', code: error.code });
  process.exit(1);
}
const [resumed] = client.resumedLocks;
const lock = resumed ?? (await client.lock(name));
if (resumed === undefined) await client.put(`live/${name}`, '', { ephemeral: true });
await writeFile(file, client.session.credentials, { mode: 0o600 });
say({ event: 'holding', id: client.session.id, token: lock.token, held: lock.held, resumed: resumed !== undefined });

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'write') {
    const outcome = await client.put(`written/${name}`, String(process.pid)).then(
      () => 'done',
      (error) => error.code,
    );
    say({ event: 'wrote', outcome, held: lock.held });
  } else if (line === 'release') {
    say({ event: 'released', result: await lock.release() });
  } else if (line === 'close') {
    await client.close();
    say({ event: 'closed' });
    process.exit(0);
  }
}
