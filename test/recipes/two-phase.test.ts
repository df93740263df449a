import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, ConclaveError } from '../../src/client/index.ts';
import { twoPhase } from '../../src/recipes/two-phase.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { rejection } from '../client/support.ts';
import { OutsideStore } from './outside-store.ts';
import { recipeRejection } from './support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

function stores() {
  return { debit: new OutsideStore(), credit: new OutsideStore() };
}

const statesOf = (participants: ReturnType<typeof stores>) =>
  Object.values(participants).map(({ states }) => [...states.values()].join());
const problemsOf = (participants: ReturnType<typeof stores>) =>
  Object.values(participants).flatMap(({ problems }) => problems);

test('all commit, with their payloads, and nothing is left behind', async () => {
  const participants = stores();
  const transfers = twoPhase(client, 'transfers', { participants });
  const { id, pending } = await transfers.run({ debit: { amount: -10 }, credit: { amount: 10 } });
  expect(pending).toEqual([]);
  expect(participants.debit.states.get(id)).toBe('committed');
  expect(participants.credit.committed).toEqual([{ amount: 10 }]);
  expect(await transfers.unfinished()).toEqual([]);
  expect(await client.count({ prefix: 'two-phase/' })).toBe(0);
});

test('one that cannot prepare rolls all of them back, and the caller learns why', async () => {
  const participants = stores();
  participants.credit.before = (step) => {
    if (step === 'prepare') throw new Error('no such account');
  };
  const transfers = twoPhase(client, 'refused', { participants });
  const error = await recipeRejection(transfers.run({ debit: 1, credit: 2 }));
  expect(error).toMatchObject({ code: 'ROLLED_BACK', outcome: 'not-applied', cause: { message: 'no such account' } });
  expect(statesOf(participants)).toEqual(['rolledBack', 'rolledBack']);
  expect(await client.count({ prefix: 'two-phase/' })).toBe(0);
});

test('one that does not answer in time is one that cannot; its late preparation stays without effect', async () => {
  const participants = stores();
  let answer = (): void => undefined;
  participants.credit.before = (step) =>
    step === 'prepare'
      ? new Promise<void>((resolve) => {
          answer = resolve;
        })
      : undefined;
  const transfers = twoPhase(client, 'slow', { participants });
  const error = await recipeRejection(transfers.run({ debit: 1, credit: 2 }, { prepareTimeoutMs: 50 }));
  expect(error).toMatchObject({ code: 'ROLLED_BACK', cause: { code: 'TIMEOUT' } });
  answer();
  await Promise.resolve();
  expect(statesOf(participants)).toEqual(['rolledBack', 'rolledBack']);
});

test('one that cannot be reached after the decision commits later, by whoever recovers', async () => {
  const participants = stores();
  let isDown = true;
  participants.credit.before = (step) => {
    if (step === 'commit' && isDown) throw new Error('down');
  };
  const transfers = twoPhase(client, 'down', { participants });
  const { id, pending } = await transfers.run({ debit: 1, credit: 2 }, { finishTimeoutMs: 150 });
  expect(pending).toEqual(['credit']);
  expect(await transfers.unfinished()).toEqual([{ id, state: 'committing', participants: ['debit', 'credit'] }]);
  const recovered: string[] = [];
  const errors: unknown[] = [];
  await using _ = twoPhase(await cluster.connect(), 'down', { participants }).recover({
    onRecovered: (ended, outcome) => recovered.push(`${ended} ${outcome}`),
    onError: (error) => errors.push(error),
  });
  await waitFor('an attempt', () => errors.length > 0, { timeoutMs: 5_000 });
  isDown = false;
  await waitFor('the recovery', () => recovered.length > 0, { timeoutMs: 5_000 });
  expect(recovered).toEqual([`${id} committed`]);
  expect(statesOf(participants)).toEqual(['committed', 'committed']);
  expect(await transfers.unfinished()).toEqual([]);
});

/** The coordinator's session ends at a step of its second participant. What survives has to bring both to the same end. */
test.each([
  ['prepare', 'rolledBack'],
  ['commit', 'committed'],
] as const)(
  'a coordinator that dies at the %s leaves a transaction that survivors bring to its end: %s',
  async (fatal, end) => {
    const participants = stores();
    const dying = await cluster.connect();
    let isDead = false;
    participants.credit.before = async (step, { token }) => {
      if (step !== fatal || isDead) return;
      isDead = true;
      await client.sessions.close(dying.session.id);
      await waitFor('the next one in charge', () => (participants.debit.tokens.get(id()) ?? 0) > token, {
        timeoutMs: 10_000,
      });
    };
    const id = () => [...participants.debit.tokens.keys()][0] ?? '';
    const survivors = await Promise.all([cluster.connect(), cluster.connect()]);
    const recovered: string[] = [];
    const recoveries = survivors.map((survivor) =>
      twoPhase(survivor, `dies at ${fatal}`, { participants }).recover({
        onRecovered: (_, outcome) => recovered.push(outcome),
      }),
    );
    const running = twoPhase(dying, `dies at ${fatal}`, { participants }).run({ debit: 1, credit: 2 });
    const outcome = await running.then(
      () => 'committed',
      ({ code }) => code,
    );
    await waitFor('the recovery', () => recovered.length > 0, { timeoutMs: 10_000 });
    expect(recovered).toEqual([end]);
    expect(statesOf(participants)).toEqual([end, end]);
    expect(problemsOf(participants)).toEqual([]);
    // It never believes the contrary.
    expect(outcome).toBe(fatal === 'commit' ? 'committed' : 'ROLLED_BACK');
    await Promise.all(recoveries.map((recovery) => recovery.stop()));
  },
  30_000,
);

test('a coordinator that was paused before it decided, and wakes up when all is over, decides nothing', async () => {
  const participants = stores();
  const paused = await cluster.connect();
  await using _ = twoPhase(await cluster.connect(), 'paused', { participants }).recover();
  const transfers = twoPhase(client, 'paused', { participants });
  const { txn } = paused;
  let calls = 0;
  paused.txn = (async (...call: Parameters<typeof txn>) => {
    calls += 1;
    if (calls === 2) {
      await client.sessions.close(paused.session.id);
      await waitFor('the rollback', async () => (await transfers.unfinished()).length === 0, { timeoutMs: 10_000 });
    }
    return await txn.apply(paused, call);
  }) as typeof txn;
  const running = twoPhase(paused, 'paused', { participants }).run({ debit: 1, credit: 2 });
  expect(await recipeRejection(running)).toMatchObject({ code: 'ROLLED_BACK' });
  expect(calls).toBeGreaterThan(1);
  expect(await transfers.unfinished()).toEqual([]);
  expect(statesOf(participants)).toEqual(['rolledBack', 'rolledBack']);
  expect(problemsOf(participants)).toEqual([]);
});

test('many at once, whose coordinators die at random moments: both stores have done the same ones', async () => {
  const participants = stores();
  const survivor = await cluster.connect();
  await using _ = twoPhase(survivor, 'random', { participants }).recover();
  for (let round = 0; round < 4; round++) {
    const dying = await cluster.connect();
    const transfers = twoPhase(dying, 'random', { participants });
    const running = Array.from({ length: 8 }, (_unused, index) =>
      transfers.run({ debit: `${round}.${index}`, credit: `${round}.${index}` }).catch(() => undefined),
    );
    await new Promise((resolve) => setTimeout(resolve, 10 * Math.random()));
    if (dying.session.id !== '') await client.sessions.close(dying.session.id);
    await Promise.all(running);
    await dying.close();
  }
  await waitFor(
    'all to be over',
    async () => (await twoPhase(client, 'random', { participants }).unfinished()).length === 0,
    {
      timeoutMs: 15_000,
    },
  );
  const [debit, credit] = Object.values(participants).map(({ committed }) => committed.map(String).sort());
  expect(credit).toEqual(debit);
  expect(problemsOf(participants)).toEqual([]);
  for (const { states } of Object.values(participants)) expect([...states.values()]).not.toContain('prepared');
}, 30_000);

test('refuses participants that are not there, and none at all', async () => {
  const transfers = twoPhase(client, 'wrong', { participants: stores() });
  expect(await rejection(transfers.run({ other: 1 }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await rejection(transfers.run({}))).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('more unfinished transactions than fit into one answer are all told', async () => {
  const record = JSON.stringify({ state: 'preparing', payloads: { debit: 'x'.repeat(900_000) } });
  for (let number = 0; number < 5; number++) await client.put(`two-phase/large/records/${number}`, record);
  const unfinished = await twoPhase(client, 'large', { participants: stores() }).unfinished();
  expect(unfinished.map(({ id }) => id)).toEqual(['0', '1', '2', '3', '4']);
});

test('a program that is closed while it decides does not say that nothing was committed', async () => {
  const participants = stores();
  const own = await cluster.connect();
  const { txn } = own;
  let calls = 0;
  own.txn = (async (...call: Parameters<typeof txn>) => {
    calls += 1;
    const done = await txn.apply(own, call);
    if (calls !== 2) return done;
    await own.close();
    throw new ConclaveError('CLOSED', 'the client was closed', { outcome: 'unknown' });
  }) as typeof txn;
  const running = twoPhase(own, 'closed', { participants }).run({ debit: 1, credit: 2 });
  expect(await recipeRejection(running)).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
  await using _ = twoPhase(client, 'closed', { participants }).recover();
  await waitFor('the commit', () => statesOf(participants).join() === 'committed,committed', { timeoutMs: 10_000 });
});
