import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { Load } from './load.ts';
import { conclave, done, members, removed } from './member-commands.ts';

/** Every test finds three voters and nobody else, and leaves as many; which, is its own affair. */
let cluster: TestCluster<ProcessNode>;
let lastId = 3;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
}, 30_000);

afterAll(() => cluster?.close());

/** What a test before has left behind that failed. */
beforeEach(async () => {
  for (const id of (await members(cluster, true)).slice(3)) await removed(cluster, id);
}, 30_000);

/** Under a new name, waiting to be made a member. */
async function newcomer(): Promise<ProcessNode> {
  lastId += 1;
  return await cluster.join(`n${lastId}`);
}

function named({ id, address }: ProcessNode): string {
  return `${id}=${address}`;
}

/** Whoever does not answer an operator in time counts as one that is lost already. */
async function tolerates(failures: number): Promise<void> {
  const told = async () => (await done(cluster, 'member', 'list')).failureTolerance === failures;
  await waitFor(`${failures} more may be lost`, told, { timeoutMs: 10_000 });
}

it('grows to five and shrinks to three without its first leader, under a load, and nothing is lost', async () => {
  await using load = await Load.start(cluster.endpoints);
  const fourth = await newcomer();
  expect(await done(cluster, 'member', 'add', named(fourth))).toMatchObject({ changed: true });
  await tolerates(1);
  const fifth = await newcomer();
  const learning = await done(cluster, 'member', 'add', named(fifth), '--learner');
  expect(learning.members.at(-1)).toMatchObject({ id: fifth.id, standing: 'learner' });
  await tolerates(1);
  expect(await done(cluster, 'member', 'promote', fifth.id)).toMatchObject({ changed: true });
  await tolerates(2);
  await load.goesOn();

  const leader = await cluster.leader();
  await removed(cluster, leader.id);
  expect(await readFile(leader.logFile, 'utf8')).toContain('"code":"REMOVED"');
  await load.goesOn();
  const follower = (await members(cluster)).find((id) => id !== fourth.id && id !== fifth.id) ?? '';
  await removed(cluster, follower);
  await load.goesOn();
  await load.verified();
  expect(await members(cluster, true)).toHaveLength(3);
}, 60_000);

it('moves to three other nodes, and whoever asks there finds everything', async () => {
  const old = await members(cluster);
  const others = await Promise.all([newcomer(), newcomer(), newcomer()]);
  await using load = await Load.start(cluster.endpoints);
  for (const [index, node] of others.entries()) {
    const id = old[index] ?? '';
    expect(await done(cluster, 'member', 'replace', id, named(node), '--yes')).toMatchObject({ changed: true });
    await tolerates(1);
    await cluster.node(id).exited();
    await load.goesOn();
    await cluster.dismiss(id);
  }
  await load.verified();
  expect(await members(cluster, true)).toEqual(others.map(({ id }) => id).sort());
  await cluster.converged();
}, 60_000);

it('a node that died is replaced, and one whose directory was lost comes back by itself', async () => {
  await using load = await Load.start(cluster.endpoints);
  const leader = await cluster.leader();
  const dead = (await members(cluster)).find((id) => id !== leader.id) ?? '';
  await cluster.kill(dead);
  const node = await newcomer();
  await done(cluster, 'member', 'replace', dead, named(node), '--yes');
  await cluster.dismiss(dead);

  const { dataDir } = node;
  await node.kill();
  await rm(dataDir, { recursive: true });
  await node.start();
  const incarnation = await waitFor('the node to be a voter again', () => votingIncarnation(node.id), {
    timeoutMs: 20_000,
  });
  expect(incarnation).toBe(JSON.parse(await readFile(`${dataDir}/identity.json`, 'utf8')).incarnation);
  await cluster.converged();
  await load.verified();
}, 60_000);

async function votingIncarnation(id: string): Promise<string | undefined> {
  const report = await cluster.node(id).report();
  const member = report?.members.find(({ nodeId }) => nodeId === id);
  return report?.clusterId !== '' && member?.standing === 'VOTER' ? member.incarnation : undefined;
}

it('what cannot be is refused, and changes nothing', async () => {
  const before = await members(cluster, true);
  const leader = await cluster.leader();
  const [first = '', second = ''] = before.filter((id) => id !== leader.id);
  const refusals: readonly (readonly [words: readonly string[], exitCode: number, text: string])[] = [
    [['promote', 'n99'], 1, 'NO_SUCH_MEMBER'],
    [['remove', 'n99', '--yes'], 1, 'NO_SUCH_MEMBER'],
    [['remove', first], 64, 'say --yes'],
    [['add', `n99=${leader.address}`], 1, `that is ${leader.id}, not n99`],
    [['add', `${first}=127.0.0.1:9`], 1, `${first} is a voter at `],
    [['replace', 'n99', 'n100=127.0.0.1:9', '--yes'], 1, 'NO_SUCH_MEMBER'],
  ];
  await Promise.all(refusals.map(async ([words, exitCode, text]) => expectRefusal(words, exitCode, text)));

  // Of the two that would be left, one does not answer, and lacks what was written since.
  await cluster.kill(first);
  expect(await conclave(cluster, ['put', 'written', 'meanwhile'])).toMatchObject({ exitCode: 0 });
  await expectRefusal(
    ['remove', second, '--yes', '--timeout', '2500ms'],
    1,
    `error REFUSED: ${leader.address}: of 2 voters 2 have to answer`,
  );
  await cluster.start(first);

  // A node that does not come is waited for by its operator alone.
  const absent = conclave(cluster, ['member', 'add', 'n99=127.0.0.1:9', '--timeout', '2s']);
  const isSame = await conclave(cluster, ['member', 'promote', first, '--timeout', '10s']);
  expect(isSame).toMatchObject({ exitCode: 0 });
  const { exitCode, stderr } = await absent;
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('n99 has not greeted yet: start it with --join')]);
  expect(stderr.match(/waiting for n99 to greet/g)).toHaveLength(1);

  // One that is there under another address than it says would be a member that nobody reaches.
  const present = await newcomer();
  await expectRefusal(
    ['add', `${present.id}=127.0.0.1:9`, '--timeout', '5s'],
    1,
    `${present.id} says in its --initial that it is reached at ${present.address}, not at 127.0.0.1:9`,
  );
  await cluster.dismiss(present.id);
  expect(await members(cluster, true)).toEqual(before);
}, 60_000);

async function expectRefusal(words: readonly string[], exitCode: number, text: string): Promise<void> {
  expect(await conclave(cluster, ['member', ...words])).toMatchObject({
    exitCode,
    stderr: expect.stringContaining(text),
  });
}
