// Takes a lock, says so, and holds it. One JSON object per line on stdout; commands come as lines on stdin.
// usage: node holder.mjs ENDPOINTS LOCK TTL_MS
import { createInterface } from 'node:readline';
import { connect } from '../../../dist/client/index.js';

const [endpoints, name, ttlMs] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const client = await connect({ endpoints: endpoints.split(','), session: { ttlMs: Number(ttlMs) } });
const pending = client.lock(name);
// Commands of one session take effect in the order of the calls: once this is answered, the place in the queue is taken.
await client.put(`asked/${process.pid}`, '');
say({ event: 'asked' });
const lock = await pending;
say({ event: 'acquired', token: lock.token });

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'ask') {
    // The very first statement after whatever happened to this process.
    let held = true;
    try {
      lock.assertHeld();
    } catch (error) {
      held = error.code;
    }
    const { signal, remainingMs } = lock;
    say({ event: 'answer', assertHeld: held, aborted: signal.aborted, held: lock.held, remainingMs });
  } else if (line === 'release') {
    say({ event: 'released', result: await lock.release() });
  } else if (line === 'close') {
    await client.close();
    say({ event: 'closed' });
    process.exit(0);
  }
}
