// Campaigns, says when it is elected, and leads. One JSON object per line on stdout; commands come as lines on stdin.
// usage: node candidate.mjs ENDPOINTS ELECTION NOTE TTL_MS
import { createInterface } from 'node:readline';
import { connect } from '../../../dist/client/index.js';

const [endpoints, name, note, ttlMs] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const client = await connect({ endpoints: endpoints.split(','), session: { ttlMs: Number(ttlMs) } });
const campaign = client.election(name).campaign({ note });
// Commands of one session take effect in the order of the calls: once this is answered, the candidate has its place.
await client.put(`asked/${process.pid}`, '');
say({ event: 'asked' });
const leadership = await campaign;
say({ event: 'elected', token: leadership.lock.token });

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'resign') {
    say({ event: 'resigned', result: await leadership.resign() });
    await client.close();
    process.exit(0);
  } else {
    await leadership.proclaim(line);
    say({ event: 'proclaimed' });
  }
}
