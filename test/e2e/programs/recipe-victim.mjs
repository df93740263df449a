// Takes part in every recipe until it is killed, and says so by one JSON object per line on stdout.
// usage: node recipe-victim.mjs ENDPOINTS TTL_MS
import { connect } from '../../../dist/client/index.js';
import * as recipes from '../../../dist/recipes/index.js';

const [endpoints, ttlMs] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const client = await connect({ endpoints: endpoints.split(','), session: { ttlMs: Number(ttlMs) } });

await recipes.group(client, 'shards').join({ id: 'victim', metadata: { pid: String(process.pid) } });
say({ event: 'in group' });
