import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, ConclaveError } from '../../src/client/index.ts';
import { barrier, doubleBarrier } from '../../src/recipes/barrier.ts';
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

async function arrived(kind: string, name: string, count: number): Promise<void> {
  const there = async () => {
    const { entries } = await client.range({ prefix: `${kind}/${name}/rounds/` }, { keysOnly: true });
    return entries.filter(({ key }) => key.includes('/alive/')).length === count;
  };
  await waitFor(`${count} to have arrived`, there, { timeoutMs: 5_000 });
}

test('all pass together, when the last has come and not before, round after round', async () => {
  const gate = barrier(client, 'rounds', { parties: 3 });
  for (const round of [1, 2]) {
    const passed: number[] = [];
    const wait = async () => passed.push((await gate.wait()).position);
    const first = wait();
    await arrived('barrier', 'rounds', 1);
    const second = wait();
    await arrived('barrier', 'rounds', 2);
    expect(passed).toEqual([]);
    const last = await gate.wait();
    await Promise.all([first, second]);
    expect(last).toEqual({ round, position: 2 });
    expect(passed.sort()).toEqual([0, 1]);
  }
  expect(await client.count({ prefix: 'barrier/rounds/rounds/' }), 'nothing is left but outcomes').toBe(2);
});

test('is not passed by a wake-up: a new connection, or another change under it (GH-1290)', async () => {
  const waiter = await cluster.connect({ clientName: 'waiter' });
  const gate = barrier(waiter, 'woken', { parties: 2 });
  let passed = false;
  const waiting = gate.wait().then(() => {
    passed = true;
  });
  await arrived('barrier', 'woken', 1);
  cluster.cutClient('waiter');
  // A call without an answer makes the client ask whether anybody is there.
  const asked = waiter.get('k', { timeoutMs: 25_000 });
  await waitFor('the waiter to notice', () => waiter.state.type === 'switching', { timeoutMs: 15_000 });
  await client.put('barrier/woken/something', 'else');
  cluster.healClient('waiter');
  await asked;
  await client.delete('barrier/woken/something');
  await waiter.put('k', 'seen');
  expect(passed).toBe(false);
  await barrier(client, 'woken', { parties: 2 }).wait();
  await waiting;
}, 30_000);

test('one that dies breaks the round for all who wait, and the next round is whole', async () => {
  const gate = barrier(client, 'dead', { parties: 3 });
  const dying = await cluster.connect();
  const ended = rejection(barrier(dying, 'dead', { parties: 3 }).wait({ id: 'victim' }));
  const waiting = recipeRejection(gate.wait());
  await arrived('barrier', 'dead', 2);
  await dying.close();
  const error = await waiting;
  expect(error).toMatchObject({ code: 'BARRIER_BROKEN' });
  expect(error.message).toContain("'victim'");
  expect(await ended).toMatchObject({ code: 'CLOSED' });
  const next = await Promise.all([gate.wait(), gate.wait(), gate.wait()]);
  expect(next.map(({ round }) => round)).toEqual([2, 2, 2]);
});

test('one that died while nobody was looking breaks it all the same', async () => {
  const dying = await cluster.connect();
  void barrier(dying, 'unseen', { parties: 2 })
    .wait({ id: 'victim' })
    .catch(() => undefined);
  await arrived('barrier', 'unseen', 1);
  await dying.close();
  expect(await recipeRejection(barrier(client, 'unseen', { parties: 2 }).wait())).toMatchObject({
    code: 'BARRIER_BROKEN',
  });
});

test('one that gives up breaks it, by time or by signal', async () => {
  const gate = barrier(client, 'impatient', { parties: 3 });
  const waiting = recipeRejection(gate.wait());
  expect(await rejection(gate.wait({ timeoutMs: 50 }))).toMatchObject({ code: 'TIMEOUT' });
  expect(await waiting).toMatchObject({ code: 'BARRIER_BROKEN' });
  const stop = new AbortController();
  const aborted = rejection(gate.wait({ signal: stop.signal }));
  await arrived('barrier', 'impatient', 1);
  stop.abort(new Error('enough'));
  expect(await aborted).toMatchObject({ name: 'AbortError', cause: expect.objectContaining({ message: 'enough' }) });
});

test('more than there are parties wait for the next round (oversubscribed)', async () => {
  const gate = barrier(client, 'crowd', { parties: 2 });
  const all = await Promise.all(Array.from({ length: 6 }, () => gate.wait()));
  const rounds = all.map(({ round, position }) => `${round}.${position}`).sort();
  expect(rounds).toEqual(['1.0', '1.1', '2.0', '2.1', '3.0', '3.1']);
});

test('a double barrier is left together; one that dies inside counts as gone, and nobody loops (CURATOR-536)', async () => {
  const gate = doubleBarrier(client, 'both', { parties: 3 });
  const dying = await cluster.connect();
  const [first, second] = await Promise.all([
    gate.enter(),
    gate.enter(),
    doubleBarrier(dying, 'both', { parties: 3 }).enter(),
  ]);
  let left = 0;
  const leaving = first.leave().then(() => {
    left += 1;
  });
  await arrived('double-barrier', 'both', 2);
  const impatient = await rejection(first.leave({ timeoutMs: 50 }));
  expect(impatient, 'no endless loop').toMatchObject({ code: 'TIMEOUT' });
  expect(left).toBe(0);
  await dying.close();
  await second.leave();
  await leaving;
  expect(await client.count({ prefix: 'double-barrier/both/rounds/' })).toBe(1);
});

test('a double barrier breaks as a barrier does, before all have entered', async () => {
  const dying = await cluster.connect();
  void doubleBarrier(dying, 'early', { parties: 2 })
    .enter()
    .catch(() => undefined);
  await arrived('double-barrier', 'early', 1);
  await dying.close();
  const entering = doubleBarrier(client, 'early', { parties: 2 }).enter();
  expect(await recipeRejection(entering)).toMatchObject({ code: 'BARRIER_BROKEN' });
});

test('one whose arrival is not answered passes with those who were told that it has', async () => {
  const own = await cluster.connect();
  const { txn } = own;
  const other = barrier(client, 'unanswered', { parties: 2 }).wait();
  let isFirst = true;
  own.txn = (async (...call: Parameters<typeof txn>) => {
    const done = await txn.apply(own, call);
    if (!done.succeeded || !isFirst) return done;
    isFirst = false;
    await other;
    throw new ConclaveError('TIMEOUT', 'no answer', { outcome: 'unknown' });
  }) as typeof txn;
  const { round } = await barrier(own, 'unanswered', { parties: 2 }).wait({ timeoutMs: 10_000 });
  expect(round).toBe((await other).round);
});

/** Both have passed the first round; then the first transaction of a party of the same id fails, at once or when it gives up. */
async function passedOnce(name: string, onFailure: () => void): Promise<Client> {
  const gate = barrier(client, name, { parties: 2 });
  await Promise.all([gate.wait({ id: 'a' }), gate.wait({ id: 'b' })]);
  const own = await cluster.connect();
  const { txn } = own;
  let isFirst = true;
  own.txn = (async (...call: Parameters<typeof txn>) => {
    if (!isFirst) return await txn.apply(own, call);
    isFirst = false;
    onFailure();
    throw new ConclaveError('UNAVAILABLE', 'no leader');
  }) as typeof txn;
  return own;
}

test('an id that has passed before is not taken for one that has come again', async () => {
  const own = await passedOnce('reused', () => undefined);
  const again = barrier(own, 'reused', { parties: 2 }).wait({ id: 'a' });
  await arrived('barrier', 'reused', 1);
  const other = await barrier(client, 'reused', { parties: 2 }).wait({ id: 'b' });
  expect([(await again).round, other.round]).toEqual([2, 2]);
});

test('one that gives up has not passed because its id has passed before', async () => {
  const stop = new AbortController();
  const own = await passedOnce('reused-in-vain', () => stop.abort());
  const again = barrier(own, 'reused-in-vain', { parties: 2 }).wait({ id: 'a', signal: stop.signal });
  expect(await rejection(again)).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
});

test('one that gives up while it is cut off does not know what came of it, and is taken away once it is back', async () => {
  const own = await cluster.connect({ clientName: 'cut off', session: { ttlMs: 60_000 } });
  const stop = new AbortController();
  const waiting = rejection(barrier(own, 'cut', { parties: 2 }).wait({ id: 'a', signal: stop.signal }));
  await arrived('barrier', 'cut', 1);
  cluster.cutClient('cut off');
  stop.abort();
  expect(await waiting).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  cluster.healClient('cut off');
  await arrived('barrier', 'cut', 0);
  const other = barrier(client, 'cut', { parties: 2 }).wait({ id: 'a' });
  await arrived('barrier', 'cut', 1);
  await barrier(own, 'cut', { parties: 2 }).wait({ id: 'b' });
  await other;
}, 30_000);

test('an aborted signal breaks nothing: the party has not come', async () => {
  const gate = barrier(client, 'aborted', { parties: 2 });
  const waiting = gate.wait();
  await arrived('barrier', 'aborted', 1);
  expect(await rejection(gate.wait({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'ABORTED' });
  await gate.wait();
  await waiting;
});
