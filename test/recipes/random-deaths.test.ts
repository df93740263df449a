import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, op } from '../../src/client/index.ts';
import { barrier } from '../../src/recipes/barrier.ts';
import { queue } from '../../src/recipes/queue.ts';
import { RecipeError } from '../../src/recipes/recipe-error.ts';
import { workerPool } from '../../src/recipes/worker-pool.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

function connectSome(count: number): Promise<readonly Client[]> {
  return Promise.all(Array.from({ length: count }, () => cluster.connect()));
}

/** An operator closes the session of one of them now and then: for all others it has died; it goes on with another session. */
async function killSessions(clients: readonly Client[], everyMs: number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await sleep(everyMs * Math.random());
    const { id } = clients[Math.floor(clients.length * Math.random())]?.session ?? { id: '' };
    if (id !== '' && id !== client.session.id) await client.sessions.close(id);
  }
}

test('each task of a queue is acknowledged once, however many workers die with it', async () => {
  const jobs = queue<number>(client, 'random', { attempts: 1_000 });
  const count = 40;
  for (let number = 0; number < count; number++) await jobs.add(number);
  const workers = await connectSome(3);
  let acknowledged = 0;
  let unexpected = 0;
  const working = workers.map(async (worker) => {
    const theirs = queue<number>(worker, 'random', { attempts: 1_000 });
    while (acknowledged < count) {
      try {
        const task = await theirs.take({ timeoutMs: 500 });
        await task.saveCheckpoint(task.attempt);
        await task.acknowledge({ with: [op.put(`random/${task.payload}/${task.token}`, '')] });
      } catch (error) {
        const isExpected =
          error instanceof RecipeError || (error as { readonly retryable?: boolean }).retryable === true;
        if (!isExpected) unexpected += 1;
      }
      acknowledged = await client.count({ prefix: 'random/' });
    }
  });
  await Promise.all([...working, killSessions(workers, 40, () => acknowledged >= count)]);
  expect(unexpected).toBe(0);
  const { entries } = await client.range({ prefix: 'random/' }, { keysOnly: true });
  expect(entries.map(({ key }) => Number(key.split('/')[1])).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, number) => number),
  );
  expect(await client.count({ prefix: 'queue/random/' })).toBe(0);
}, 60_000);

test('each task of a pool has one result, however many workers die with it', async () => {
  const pool = workerPool<number, number>(client, 'random', { attempts: 1_000 });
  const clients = await connectSome(2);
  const workers = clients.map((one) =>
    workerPool<number, number>(one, 'random', { attempts: 1_000 }).work(
      async (number, { saveCheckpoint, checkpoint }) => {
        if (checkpoint === undefined) await saveCheckpoint(number);
        await sleep(5);
        return 2 * number;
      },
      { concurrency: 3 },
    ),
  );
  let isOver = false;
  const numbers = Array.from({ length: 30 }, (_, number) => number);
  const results = Promise.all(numbers.map((number) => pool.execute(number))).finally(() => {
    isOver = true;
  });
  await killSessions(clients, 60, () => isOver);
  expect(await results).toEqual(numbers.map((number) => 2 * number));
  await Promise.all(workers.map((worker) => worker.stop()));
  expect(await pool.state()).toEqual({ waiting: 0, running: 0, failed: 0, isShutDown: false });
}, 60_000);

test('a round of a barrier is passed by all its parties or by none, whoever dies meanwhile', async () => {
  const parties = 4;
  const clients = await connectSome(parties);
  const passed = new Map<number, number>();
  let rounds = 0;
  const unexpected: unknown[] = [];
  const passing = clients.map(async (one) => {
    const gate = barrier(one, 'random', { parties });
    while (rounds < 25) {
      try {
        const { round } = await gate.wait({ timeoutMs: 2_000 });
        passed.set(round, (passed.get(round) ?? 0) + 1);
        rounds = Math.max(rounds, round);
      } catch (error) {
        const { code } = error as { readonly code?: string };
        if (code !== 'BARRIER_BROKEN' && code !== 'TIMEOUT') unexpected.push(error);
      }
    }
  });
  await Promise.all([...passing, killSessions(clients, 40, () => rounds >= 25)]);
  expect(unexpected).toEqual([]);
  expect(passed.size).toBeGreaterThan(0);
  // The last rounds may have been left by some who were done.
  for (const [round, count] of passed) if (round < 25) expect([round, count]).toEqual([round, parties]);
}, 60_000);
