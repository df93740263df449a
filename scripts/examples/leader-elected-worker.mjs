// Three workers, of which one leads and works. Then the leader is killed, and the next one goes on where it was.
// usage: npm start in another terminal, then: node scripts/examples/leader-elected-worker.mjs
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { cond, connect, op } from 'conclave';

const stepKey = 'examples/leader/step';

/** What each process does. Only the leader comes to work, and each step demands that it still leads. */
async function candidate() {
  const client = await connect({ session: { ttlMs: 3_000 } });
  for (;;) {
    try {
      await client.election('examples/leader').lead(({ lock }) => work(client, lock));
    } catch (error) {
      if (!error.retryable && error.code !== 'LOCK_LOST') throw error;
    }
  }
}

async function work(client, lock) {
  process.send(lock.token);
  for (;;) {
    const entry = await client.get(stepKey);
    const step = Number(entry?.text() ?? 0) + 1;
    const unchanged = entry === undefined ? cond.absent(stepKey) : cond.unchanged(entry);
    await client.txn({ if: [cond.lockHeld(lock), unchanged], then: [op.put(stepKey, String(step))] });
    lock.assertHeld();
    await sleep(50);
  }
}

async function main() {
  const client = await connect();
  const workers = [1, 2, 3].map(() => fork(import.meta.filename, ['candidate']));
  // Whoever is elected says so; the others wait.
  const elected = workers.map(async (worker) => ({ worker, token: (await once(worker, 'message'))[0] }));
  const first = await Promise.race(elected);
  console.log(`one leads, with the fencing token ${first.token}`);
  while (Number((await client.get(stepKey))?.text() ?? 0) < 5) await sleep(50);
  first.worker.kill('SIGKILL');
  const next = await Promise.race(elected.filter((_, index) => workers[index] !== first.worker));
  console.log(`it was killed; the next one leads, with a larger token: ${next.token > first.token}`);
  const before = Number((await client.get(stepKey)).text());
  while (Number((await client.get(stepKey)).text()) < before + 5) await sleep(50);
  console.log('and it goes on where the first one was');
  for (const worker of workers) worker.kill('SIGKILL');
  await client.close();
}

await (process.argv[2] === 'candidate' ? candidate() : main());
