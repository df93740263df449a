// A pool of two worker processes. One is killed in the middle of a task, which the other takes up from its last checkpoint.
// usage: npm start in another terminal, then: node scripts/examples/pool-that-loses-a-worker.mjs
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'conclave';
import { workerPool } from 'conclave/recipes';

const poolName = `examples/sums-${process.argv[3] ?? process.pid}`;

/** What each process does: adds up the numbers of a task, and remembers after each how far it is. */
async function worker() {
  const client = await connect({ session: { ttlMs: 3_000 } });
  const pool = workerPool(client, poolName, { attempts: 10 });
  const { finished } = pool.work(async (numbers, { attempt, checkpoint, saveCheckpoint, progress }) => {
    let { next, sum } = checkpoint ?? { next: 0, sum: 0 };
    const begunAt = next;
    while (next < numbers.length) {
      sum += numbers[next];
      next += 1;
      await saveCheckpoint({ next, sum });
      await progress({ next, by: process.pid });
      await sleep(20);
    }
    return { sum, attempt, begunAt };
  });
  await finished;
  await client.close();
  process.exit();
}

async function main() {
  const client = await connect();
  const pool = workerPool(client, poolName, { attempts: 10 });
  const workers = [1, 2].map(() => fork(import.meta.filename, ['worker', String(process.pid)]));
  const ended = workers.map((child) => once(child, 'exit'));
  const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
  const tasks = [1, 2, 3, 4].map((factor) => numbers.map((number) => factor * number));
  let hasKilled = false;
  const onProgress = ({ next, by }) => {
    if (hasKilled || next < 10) return;
    hasKilled = true;
    console.log('a worker is killed in the middle of a task');
    process.kill(by, 'SIGKILL');
  };
  const results = await Promise.all(tasks.map((task) => pool.execute(task, { onProgress })));
  console.log(`sums: ${results.map(({ sum }) => sum).join(', ')}`);
  for (const { attempt, begunAt } of results) {
    if (attempt > 1) console.log(`one in attempt ${attempt}, which began behind number ${begunAt}`);
  }
  await pool.shutdown();
  console.log(`the pool is empty: ${await pool.awaitTermination({ timeoutMs: 10_000 })}`);
  await Promise.all(ended);
  await client.close();
}

await (process.argv[2] === 'worker' ? worker() : main());
