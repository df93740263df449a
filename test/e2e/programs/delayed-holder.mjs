// Takes a lock that is to stay closed for a while if this program dies, and holds it.
// usage: node delayed-holder.mjs ENDPOINTS TTL_MS DELAY_MS
import { connect } from '../../../dist/client/index.js';

const [endpoints, ttlMs, delayMs] = process.argv.slice(2);
const client = await connect({ endpoints: endpoints.split(','), session: { ttlMs: Number(ttlMs) } });
const { token } = await client.lock('delayed', { delayMs: Number(delayMs) });
process.stdout.write(`${JSON.stringify({ event: 'acquired', token })}\n`);
