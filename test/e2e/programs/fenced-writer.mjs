// Takes a lock. At a line `check` it checks that the lock is held; at a line PORT VALUE, whatever has happened meanwhile, it writes VALUE
// to the resource on that port without asking again.
// usage: node fenced-writer.mjs ENDPOINTS LOCK TTL_MS
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
  if (line === 'check') {
    lock.assertHeld();
    say({ event: 'checked' });
  } else {
    const [port, value] = line.split(' ');
    const query = new URLSearchParams({ name, token: String(lock.token) });
    const response = await fetch(`http://127.0.0.1:${port}/?${query}`, { method: 'PUT', body: value });
    say({ event: 'answered', ...(await response.json()) });
  }
}
