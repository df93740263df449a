import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, ConclaveError } from '../../src/client/index.ts';
import { workerPool } from '../../src/recipes/worker-pool.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { rejection } from '../client/support.ts';
import { recipeRejection } from './support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

/** Something that happens when the test says so. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

test('executes tasks on workers, no more at a time than each may, and leaves nothing behind', async () => {
  const pool = workerPool<number, number>(client, 'squares');
  const other = await cluster.connect();
  let running = 0;
  const proceed = gate();
  const square = async (value: number) => {
    running += 1;
    await proceed.opened;
    return value * value;
  };
  await using one = pool.work(square, { concurrency: 2 });
  await using two = workerPool<number, number>(other, 'squares').work(square, { concurrency: 1 });
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  const squares = Promise.all(numbers.map((number) => pool.execute(number)));
  await waitFor('all workers to be busy', () => running === 3, { timeoutMs: 5_000 });
  // Enough round trips for more tasks to be taken, if more were taken.
  for (let count = 0; count < 30; count++) await pool.state();
  expect([running, one.running, two.running]).toEqual([3, 2, 1]);
  proceed.open();
  expect(await squares).toEqual(numbers.map((number) => number ** 2));
  await Promise.all([one.stop(), two.stop()]);
  expect([one.running, two.running]).toEqual([0, 0]);
  expect(await client.count({ prefix: 'pool/squares/' })).toBe(0);
  expect(await client.count({ prefix: 'queue/pool%2Fsquares/' })).toBe(0);
});

test('tells progress, and what throws is run again, with the checkpoint, until it succeeds or is given up', async () => {
  const pool = workerPool<string, unknown>(client, 'again', { attempts: 2 });
  const seen: unknown[] = [];
  await using worker = pool.work(async (payload, running) => {
    seen.push([payload, running.attempt, running.checkpoint]);
    await running.progress({ percent: 50 });
    await running.saveCheckpoint(`${payload} half`);
    if (payload === 'bad' || running.attempt === 1) throw new Error(`no ${payload}`);
    return undefined;
  });
  const progress: unknown[] = [];
  expect(await pool.execute('good', { onProgress: (one) => progress.push(one) })).toBeNull();
  expect(progress).toContainEqual({ percent: 50 });
  const failed = await recipeRejection(pool.execute('bad'));
  expect(failed).toMatchObject({ code: 'TASK_FAILED', message: expect.stringContaining('no bad') });
  expect(seen).toEqual([
    ['good', 1, undefined],
    ['good', 2, 'good half'],
    ['bad', 1, undefined],
    ['bad', 2, 'bad half'],
  ]);
  expect(await pool.state()).toEqual({ waiting: 0, running: 0, failed: 1, isShutDown: false });
  expect(worker.running).toBe(0);
});

test('a task whose worker dies is run by another, and there is one result; so is the last attempt told of', async () => {
  const pool = workerPool<string, string>(client, 'dies', { attempts: 2 });
  const dying = await cluster.connect();
  const started = gate();
  const never = gate();
  workerPool<string, string>(dying, 'dies').work(async (_, running) => {
    await running.saveCheckpoint('page 3');
    started.open();
    await never.opened;
    return 'by the dead';
  });
  const result = pool.execute('work');
  await started.opened;
  await client.sessions.close(dying.session.id);
  await dying.close();
  {
    await using _ = pool.work((payload, { checkpoint }) => `${payload} from ${checkpoint}`);
    expect(await result).toBe('work from page 3');
  }
  never.open();

  // Nobody says that it failed: its workers die.
  const second = pool.execute('deadly');
  for (let attempt = 1; attempt <= 2; attempt++) {
    const killed = await cluster.connect();
    const running = gate();
    workerPool<string, string>(killed, 'dies', { attempts: 2 }).work(() => {
      running.open();
      return never.opened.then(() => new Promise<string>(() => undefined));
    });
    await running.opened;
    await client.sessions.close(killed.session.id);
    await killed.put('awake', '').catch(() => undefined);
    void killed.close();
  }
  await using _ = pool.work(() => 'a third time');
  expect(await recipeRejection(second)).toMatchObject({
    code: 'TASK_FAILED',
    message: expect.stringContaining('2 times'),
  });
}, 30_000);

test('a shutdown runs what was taken in, takes in no more, and ends the workers', async () => {
  const pool = workerPool<number, number>(client, 'ends');
  const proceed = gate();
  const worker = pool.work(async (number) => {
    await proceed.opened;
    return number;
  });
  const results = [pool.execute(1), pool.execute(2)];
  await waitFor(
    'both to be taken in',
    async () => {
      const { waiting, running } = await pool.state();
      return waiting + running === 2;
    },
    { timeoutMs: 5_000 },
  );
  await pool.shutdown();
  await pool.shutdown();
  expect(await recipeRejection(pool.execute(3))).toMatchObject({ code: 'SHUT_DOWN' });
  expect(await pool.awaitTermination({ timeoutMs: 50 })).toBe(false);
  proceed.open();
  expect(await pool.awaitTermination()).toBe(true);
  await worker.finished;
  expect(await Promise.all(results)).toEqual([1, 2]);
  expect(await pool.state()).toEqual({ waiting: 0, running: 0, failed: 0, isShutDown: true });
});

test('whoever waits no longer gets no result, and nobody keeps it', async () => {
  const pool = workerPool<string, string>(client, 'leaves');
  const are = async (count: number) => {
    await waitFor(`${count} to be there`, async () => (await pool.state()).waiting === count, { timeoutMs: 5_000 });
  };
  const stop = new AbortController();
  const given = rejection(pool.execute('work', { signal: stop.signal }));
  await are(1);
  stop.abort();
  expect(await given).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  const dying = await cluster.connect();
  const lost = rejection(workerPool(dying, 'leaves').execute('more'));
  await are(2);
  await client.sessions.close(dying.session.id);
  expect(await lost).toMatchObject({ code: 'SESSION_EXPIRED', outcome: 'unknown' });
  await using worker = pool.work((payload) => payload);
  await waitFor('both to be done', async () => (await pool.state()).waiting === 0, { timeoutMs: 5_000 });
  await worker.stop();
  expect(await client.count({ prefix: 'pool/leaves/' })).toBe(0);
});

test('a result whose answer is lost is there all the same, once (CURATOR-584)', async () => {
  const pool = workerPool<number, number>(client, 'unanswered');
  const own = await cluster.connect();
  const { txn } = own;
  let isLost = false;
  own.txn = (async (...call: Parameters<typeof txn>) => {
    const done = await txn.apply(own, call);
    if (!isLost) return done;
    isLost = false;
    throw new ConclaveError('TIMEOUT', 'no answer', { outcome: 'unknown' });
  }) as typeof txn;
  let runs = 0;
  const work = (value: number) => {
    runs += 1;
    isLost = true;
    return 2 * value;
  };
  await using worker = workerPool<number, number>(own, 'unanswered').work(work);
  expect(await pool.execute(21)).toBe(42);
  await waitFor('the worker to be done', () => worker.running === 0, { timeoutMs: 5_000 });
  expect([runs, isLost]).toEqual([1, false]);
  expect(await pool.state()).toEqual({ waiting: 0, running: 0, failed: 0, isShutDown: false });
});

test('a call that is aborted before it begins sends nothing', async () => {
  const own = await cluster.connect();
  const sent: string[] = [];
  for (const name of ['txn', 'createSequential'] as const) {
    Object.assign(own, { [name]: () => Promise.reject(new Error(`${sent.push(name)} calls`)) });
  }
  const call = workerPool(own, 'unsent').execute('work', { signal: AbortSignal.abort(new Error('enough')) });
  expect(await rejection(call)).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
  expect(sent).toEqual([]);
});

test.each(['txn', 'createSequential'] as const)('whoever gives up does not wait for an answer: %s', async (step) => {
  const own = await cluster.connect();
  const stop = new AbortController();
  const unanswered = (...call: readonly unknown[]) =>
    new Promise((_, reject) => {
      const { signal } = call.at(-1) as { readonly signal: AbortSignal };
      signal.addEventListener('abort', () => reject(new ConclaveError('ABORTED', 'aborted', { outcome: 'unknown' })));
      stop.abort();
    });
  Object.assign(own, { [step]: unanswered });
  const error = await rejection(workerPool(own, 'unanswered').execute('work', { signal: stop.signal }));
  expect(error).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
});

test('what fails once the task is in the pool does not say that it is not run', async () => {
  const own = await cluster.connect();
  const stop = new AbortController();
  own.get = () => {
    stop.abort();
    return Promise.reject(new ConclaveError('UNAVAILABLE', 'no leader'));
  };
  const call = workerPool(own, 'queued').execute('work', { signal: stop.signal });
  expect(await rejection(call)).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  expect((await workerPool(client, 'queued').state()).waiting).toBe(1);
});

test('an attempt that fails with a long message ends the task as any other', async () => {
  const pool = workerPool<string, string>(client, 'verbose', { attempts: 1 });
  await using _ = pool.work((payload) => {
    throw new Error(payload);
  });
  const failed = await recipeRejection(pool.execute('x'.repeat(600_000)));
  expect(failed).toMatchObject({ code: 'TASK_FAILED' });
  expect(await pool.state()).toMatchObject({ waiting: 0, running: 0, failed: 1 });
});
