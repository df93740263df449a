// Workers that share users among them by a ring. One is killed, and its users alone move, to the others.
// usage: npm start in another terminal, then: node scripts/examples/sharded-workers.mjs
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'conclave';
import { group, ring } from 'conclave/recipes';

const users = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);

/** What each process does: it joins, and serves whom the ring gives it. */
async function worker(id) {
  const client = await connect({ session: { ttlMs: 3_000 } });
  const shards = await ring(client, 'examples/shards');
  await group(client, 'examples/shards').join({ id });
  process.send('joined');
  for await (const { revision } of shards.changes()) {
    const mine = users.filter((user) => shards.owner(user) === id);
    process.send(`at revision ${revision}: ${mine.length} users`);
  }
}

async function main() {
  const client = await connect();
  const ids = ['a', 'b', 'c'];
  const workers = ids.map((id) => fork(import.meta.filename, [id]));
  await Promise.all(workers.map((child) => once(child, 'message')));
  const shards = await ring(client, 'examples/shards');
  const changes = shards.changes();
  const before = new Map(users.map((user) => [user, shards.owner(user)]));
  for (const id of ids) console.log(`${id} has ${[...before.values()].filter((owner) => owner === id).length} users`);
  workers[1].kill('SIGKILL');
  for await (const { left, moved } of changes) {
    if (!left.includes('b')) continue;
    const moves = users.map((user) => moved(user)).filter((move) => move !== undefined);
    console.log(
      `b was killed: ${moves.length} users move, all of them from b: ${moves.every(({ from }) => from === 'b')}`,
    );
    for (const id of ['a', 'c']) console.log(`${moves.filter(({ to }) => to === id).length} to ${id}`);
    break;
  }
  for (const child of workers) child.kill('SIGKILL');
  await client.close();
}

await (process.argv[2] === undefined ? main() : worker(process.argv[2]));
