import { expect } from 'vitest';
import { type OwnedPartition, partitions, queue, workerPool } from '../../../src/recipes/index.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';
import { type Scenario, soon } from './world.ts';

/** The task is taken up again from its last checkpoint, with a larger token, and then the next one. */
export const queues: Scenario = async ({ client, victim }) => {
  const jobs = queue<string>(client, 'jobs');
  await jobs.add('first');
  await jobs.add('second');
  const taken = await victim.next('took');
  expect(taken).toMatchObject({ payload: 'first' });
  return async () => {
    // Free at once, or only when the session of the dead has expired: first come, first served among those that are free.
    const tasks = [await jobs.take(soon), await jobs.take(soon)];
    const again = tasks.find(({ payload }) => payload === 'first');
    expect(again).toMatchObject({ attempt: 2, checkpoint: { page: 7 } });
    expect(again?.token).toBeGreaterThan(Number(taken['token']));
    for (const task of tasks) await task.acknowledge();
    expect(await jobs.size()).toEqual({ waiting: 0, leased: 0, dead: 0 });
  };
};

/** The task that the dead worker ran is run by another one, and whoever waits for it gets its result. */
export const pools: Scenario = async ({ client, victim }) => {
  const pool = workerPool<string, string>(client, 'pool');
  const result = pool.execute('task');
  result.catch(() => undefined);
  await victim.next('works');
  return async () => {
    await using worker = pool.work((payload, { checkpoint, attempt }) => `${payload} ${attempt} from ${checkpoint}`);
    expect(await result).toBe('task 2 from task, half');
    await pool.shutdown();
    expect(await pool.awaitTermination(soon)).toBe(true);
    await worker.finished;
  };
};

/** The partitions of the dead go to the others, each with a larger token; those of the others stay where they are. */
export const partitioned: Scenario = async ({ client, victim }) => {
  const tokens = new Map<number, number>();
  const work = async ({ partition, token, signal }: OwnedPartition) => {
    expect(token).toBeGreaterThan(tokens.get(partition) ?? 0);
    tokens.set(partition, token);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  };
  const member = await partitions(client, 'parts', { count: 4 }).join(work, { id: 'survivor' });
  const theirs = new Map<number, number>();
  for (let count = 0; count < 2; count++) {
    const { partition, token } = await victim.next('owns');
    theirs.set(Number(partition), Number(token));
  }
  await waitFor('the other half', () => member.owned.size === 2, soon);
  const kept = new Map(member.owned);
  return async () => {
    await waitFor('all of them', () => member.owned.size === 4, soon);
    for (const [partition, token] of kept) expect(member.owned.get(partition)).toBe(token);
    for (const [partition, token] of theirs) expect(member.owned.get(partition)).toBeGreaterThan(token);
    await member.leave();
  };
};
