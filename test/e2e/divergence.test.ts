import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { startCli } from '../cli/support.ts';
import { plantDivergence } from './plant-divergence.ts';

/** States are compared after every slot that this divides. */
const comparedEverySlots = 1_024;
const truth = 'the value that all of them have: 0';
const lies = ['the value that one of them has : 1', 'the value that one of them has : 2'] as const;

let cluster: TestCluster;
let client: Client;

afterEach(async () => {
  await client?.close();
  await cluster?.close();
});

/** A cluster in which each node has a checkpoint with that value, and nothing is compared for a while. */
async function start(mode: 'inProcess' | 'processes'): Promise<void> {
  const options = { proxies: false, settings: { checkpointJournalMib: 1 } };
  cluster = await (mode === 'processes' ? TestCluster.start({ mode, ...options }) : TestCluster.start(options));
  client = await connect({ endpoints: cluster.endpoints });
  await client.put('value', truth);
  const filler = new Uint8Array(100_000);
  const haveCheckpoints = async (): Promise<boolean> =>
    [...(await cluster.reports()).values()].every(({ checkpointSlot }) => checkpointSlot > 0);
  while (!(await haveCheckpoints())) await client.put('filler', filler);
}

async function plant(id: string, lie: string): Promise<void> {
  await cluster.stop(id);
  await plantDivergence(cluster.node(id).dataDir, truth, lie);
  await cluster.start(id);
}

/** Writes, a few at a time, until a condition holds, which is asked now and then; past more than one comparison if it must be. */
async function writeUntil(holds: () => Promise<boolean> | boolean): Promise<void> {
  let written = 0;
  const write = async (): Promise<void> => {
    for (let left = 16; left > 0; left--) await client.put('written', String(written++));
  };
  while (!(await holds())) {
    expect(written).toBeLessThan(8 * comparedEverySlots); // some share a slot
    await Promise.all(Array.from({ length: 4 }, write));
  }
}

async function appliedSlot(id: string): Promise<number> {
  return (await cluster.node(id).report())?.appliedSlot ?? 0;
}

describe('a state that differs from the others of which nothing else tells', () => {
  test('is found by the next comparison, and the node that a majority contradicts halts', async () => {
    await start('processes');
    await plant('n3', lies[0]);
    const node = cluster.node('n3') as ProcessNode;
    // It serves what is wrong: no checksum could tell.
    const own = await connect({ endpoints: [node.address] });
    expect((await own.get('value'))?.text()).toBe(lies[0]);
    await own.close();
    await writeUntil(() => !node.running);

    expect((await node.exited()).code).toBe(1);
    const said = (await readFile(node.logFile, 'utf8')).trimEnd().split('\n').at(-1) ?? '';
    expect(said).toMatch(/ has the hash [0-9a-f]{16}, but a majority agrees on [0-9a-f]{16}: keep the data directory /);
    const [, slot] = /^error STATE_DIVERGED: the state of this node after slot (\d+) /.exec(said) ?? [];
    expect(Number(slot) % comparedEverySlots, said).toBe(0);
    // At once: the others are at most a few slots further, and go on.
    expect((await appliedSlot('n1')) - Number(slot)).toBeLessThan(200);
    await client.put('after', 'all');
    expect((await client.get('value'))?.text()).toBe(truth);
  }, 120_000);

  test('is an alarm if no majority agrees on one, and nobody halts', async () => {
    await start('inProcess');
    await plant('n2', lies[0]);
    await plant('n3', lies[1]);
    const hasAlarm = async (): Promise<boolean> =>
      [...(await cluster.reports()).values()].some(({ alarm }) => alarm !== '');
    await writeUntil(hasAlarm);

    const leader = await cluster.leader();
    const alarm = (await leader.report())?.alarm ?? '';
    const [, slot] = /^the states after slot (\d+) differ and no majority agrees: /.exec(alarm) ?? [];
    expect(Number(slot) % comparedEverySlots, alarm).toBe(0);
    expect(new Set(alarm.match(/\b[0-9a-f]{16}\b/g)).size).toBeGreaterThanOrEqual(2);
    for (const id of ['n1', 'n2', 'n3']) expect(cluster.node(id).running).toBe(true);
    await client.put('after', 'all');

    const log = await readFile(leader.logFile, 'utf8');
    expect(log).toMatch(/"level":"error".*"event":"state-diverged"/);
    const metrics = await (await fetch(`http://${leader.httpAddress}/metrics`)).text();
    expect(metrics).toMatch(/^conclave_state_divergences_total\{[^}]*\} [1-9]/m);
    const { stdout } = await startCli(['status', '--endpoints', cluster.endpoints.join(',')]).finished;
    expect(stdout).toContain(`alarm ${leader.id}: ${alarm}`);
  }, 120_000);
});
