import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, connect, type LeaderChange } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { Program } from './program.ts';

/** Of one that is killed. */
const briefTtlMs = 2_000;
/** Of those that are to live, through the death of a leader too, on a machine that has much else to do. */
const ttlMs = 20_000;
let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  client = await connect({ endpoints: cluster.endpoints });
}, 30_000);

afterAll(async () => {
  await client?.close();
  await cluster?.close();
});

async function candidate(election: string, note: string, ofTtlMs = ttlMs): Promise<Program> {
  const program = new Program('candidate.mjs', [cluster.endpoints.join(','), election, note, String(ofTtlMs)]);
  await program.next('asked');
  return program;
}

it('leaders follow one another, through the death of a leader and of a node, and an observer misses none', async () => {
  const election = client.election('jobs');
  const ended = new AbortController();
  const seen: LeaderChange[] = [];
  const observing = (async () => {
    for await (const change of election.observe({ signal: ended.signal })) seen.push(change);
  })();
  await expect.poll(() => seen.length).toBe(1);
  expect(seen[0]?.leader).toBeUndefined();

  using first = await candidate('jobs', 'first', briefTtlMs);
  using second = await candidate('jobs', 'second');
  using third = await candidate('jobs', 'third');
  const tokens = [(await first.next('elected'))['token']];
  expect(second.has('elected')).toBe(false);
  first.signal('SIGKILL');
  tokens.push((await second.next('elected'))['token']);
  second.tell('second, and busy');
  await second.next('proclaimed');
  expect(await election.leader()).toMatchObject({ token: tokens[1], noteText: 'second, and busy' });
  await (await cluster.leader()).kill();
  second.tell('resign');
  expect(await second.next('resigned')).toMatchObject({ result: 'resigned' });
  tokens.push((await third.next('elected'))['token']);
  third.tell('resign');
  await third.next('resigned');
  await expect.poll(() => seen.at(-1)?.leader).toBeUndefined();

  expect(seen.map(({ leader }) => leader?.noteText)).toEqual([
    undefined,
    'first',
    'second',
    'second, and busy',
    'third',
    undefined,
  ]);
  expect([...new Set(seen.flatMap(({ leader }) => leader?.token ?? []))]).toEqual(tokens);
  const revisions = seen.map(({ revision }) => revision);
  expect(new Set(revisions).size).toBe(revisions.length);
  expect(revisions.toSorted((a, b) => a - b)).toEqual(revisions);
  ended.abort();
  await expect(observing).rejects.toMatchObject({ name: 'AbortError' });
}, 60_000);

it('whoever leads for the time of a task resigns after it, and the error of the task wins', async () => {
  const election = client.election('tasks');
  expect(await election.lead(({ lock }) => lock.held, { note: 'short' })).toBe(true);
  const failure = new Error('the task failed');
  await expect(election.lead(() => Promise.reject(failure))).rejects.toBe(failure);
  expect(await election.leader()).toBeUndefined();
  await expect(
    election.lead(async ({ lock }) => void (await client.locks.forceRelease('tasks', lock.token))),
  ).rejects.toMatchObject({ code: 'LOCK_LOST' });
});
