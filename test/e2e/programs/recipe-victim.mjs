// Takes part in every recipe until it is killed, and says so by one JSON object per line on stdout.
// usage: node recipe-victim.mjs ENDPOINTS TTL_MS STORE_URL
import { connect } from '../../../dist/client/index.js';
import * as recipes from '../../../dist/recipes/index.js';
import { stopBefore } from './stop-before.mjs';

const [endpoints, ttlMs, storeUrl] = process.argv.slice(2);
const say = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
const client = await connect({ endpoints: endpoints.split(','), session: { ttlMs: Number(ttlMs) } });
const untilKilled = () => new Promise(() => undefined);

await recipes.group(client, 'shards').join({ id: 'victim', metadata: { pid: String(process.pid) } });
say('in group');

await recipes.directory(client, 'mail').register({ id: 'victim', address: 'http://127.0.0.1:1' });
say('registered');

void recipes.barrier(client, 'gate', { parties: 4 }).wait({ id: 'victim' });
say('at barrier');

void recipes
  .doubleBarrier(client, 'room', { parties: 2 })
  .enter({ id: 'victim' })
  .then(() => say('in room'));

await recipes.latch(client, 'start', { count: 2 }).join({ id: 'victim' });
say('joined latch');

const task = await recipes.queue(client, 'jobs').take();
await task.saveCheckpoint({ page: 7 });
say('took', { payload: task.payload, token: task.token });

recipes.workerPool(client, 'pool').work(async (payload, running) => {
  await running.saveCheckpoint(`${payload}, half`);
  say('works', { payload });
  await untilKilled();
});

await recipes.partitions(client, 'parts', { count: 4 }).join(
  async ({ partition, token }) => {
    say('owns', { partition, token });
    await untilKilled();
  },
  { id: 'victim' },
);

const counter = recipes.stripedCounter(client, 'hits');
for (let count = 0; count < 10; count++) await counter.add();
say('counted');

const near = await recipes.cache(client, 'near/');
say('cached', { size: near.size });

// Its participants are elsewhere, and outlive it. The second one does not answer to the victim.
const ask = async (store, step, { id, token, payload }) => {
  const query = new URLSearchParams({ store, step, id, token: String(token), by: 'victim' });
  const response = await fetch(`${storeUrl}/?${query}`, { method: 'POST', body: JSON.stringify(payload) });
  if (!response.ok) throw new Error(await response.text());
};
const remote = (store) => ({
  prepare: (part) => ask(store, 'prepare', part),
  commit: (part) => ask(store, 'commit', part),
  rollback: (part) => ask(store, 'rollback', part),
});
const participants = { debit: remote('debit'), credit: remote('credit') };

// One coordinator before each of its steps: lock, begin, two to prepare, decide, two to commit, end, release.
await Promise.all(
  Array.from({ length: 9 }, async (_, step) => {
    const own = await connect({ endpoints: endpoints.split(','), session: { ttlMs: Number(ttlMs) } });
    const stopped = stopBefore(step, own, { from: remote('from'), to: remote('to') });
    void recipes.twoPhase(own, 'steps', { participants: stopped.participants }).run({ from: step, to: step });
    await stopped.reached;
  }),
);
say('at every step');

void recipes.twoPhase(client, 'transfers', { participants }).run({ debit: -10, credit: 10 });
await untilKilled();
