import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
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

/** A cluster in which each node has a checkpoint with that value. */
async function start(mode: 'inProcess' | 'processes'): Promise<void> {
  const options = { proxies: false, settings: { checkpointJournalMib: 1 } };
  cluster = await (mode === 'processes' ? TestCluster.start({ mode, ...options }) : TestCluster.start(options));
  client = await connect({ endpoints: cluster.endpoints });
  await client.put('value', truth);
  const filler = new Uint8Array(100_000);
  const haveCheckpoints = async (): Promise<boolean> => {
    const reports = [...(await cluster.reports()).values()];
    return reports.length === cluster.nodes.length && reports.every(({ checkpointSlot }) => checkpointSlot > 0);
  };
  while (!(await haveCheckpoints())) await client.put('filler', filler);
}

async function plant(id: string, lie: string): Promise<void> {
  await plantDivergence(cluster.node(id).dataDir, truth, lie);
}

/** Writes now and then, so that the nodes are not at rest, where they would compare their states. */
async function keptFromRest<T>(work: () => Promise<T>): Promise<T> {
  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await client.put('written', 'now and then');
    await Promise.race([working, delay(200)]);
  }
  return await working;
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
  return (await waitFor(`a report of ${id}`, () => cluster.node(id).report(), { timeoutMs: 10_000 })).appliedSlot;
}

describe('a state that differs from the others of which nothing else tells', () => {
  test('is found by the next comparison, and the node that a majority contradicts halts', async () => {
    await start('processes');
    const node = cluster.node('n3') as ProcessNode;
    const slotBefore = await keptFromRest(async () => {
      await cluster.stop('n3');
      await plant('n3', lies[0]);
      const slot = await appliedSlot('n1');
      await cluster.start('n3');
      // It serves what is wrong, as long as it serves: no checksum could tell.
      const own = await connect({ endpoints: [node.address] }).catch(() => undefined);
      const served = await own?.get('value').catch(() => undefined);
      if (served !== undefined) expect(served.text()).toBe(lies[0]);
      await own?.close();
      return slot;
    });
    await writeUntil(() => !node.running);

    expect((await node.exited()).code).toBe(1);
    const said = (await readFile(node.logFile, 'utf8')).trimEnd().split('\n').at(-1) ?? '';
    expect(said).toMatch(/ has the hash [0-9a-f]{16}, but a majority agrees on [0-9a-f]{16}: keep the data directory /);
    const [, slot] = /^error STATE_DIVERGED: the state of this node after slot (\d+) /.exec(said) ?? [];
    // The next slot that is compared, or another one later if it was just not heard there; where nothing is written, any.
    expect(Number(slot), said).toBeLessThanOrEqual(
      (Math.ceil(slotBefore / comparedEverySlots) + 1) * comparedEverySlots,
    );
    await client.put('after', 'all');
    expect((await client.get('value'))?.text()).toBe(truth);
  }, 120_000);

  test('is found where nothing is written, and is an alarm of every node if no majority agrees on one state', async () => {
    await start('inProcess');
    const others = ['n2', 'n3'] as const;
    await Promise.all(others.map((id) => cluster.stop(id)));
    await Promise.all(others.map((id, index) => plant(id, lies[index] ?? '')));
    await Promise.all(others.map((id) => cluster.start(id)));
    const alarms = await waitFor(
      'an alarm of each node',
      async () => {
        const reports = [...(await cluster.reports()).values()];
        return reports.length === 3 && reports.every(({ alarm }) => alarm !== '') ? reports : undefined;
      },
      { timeoutMs: 20_000 },
    );
    for (const { alarm } of alarms) {
      // Two suffice if the third has just not been heard.
      expect(alarm).toMatch(
        /^the states after slot \d+ differ and no majority agrees: n\d [0-9a-f]{16}(, n\d [0-9a-f]{16}){1,2}$/,
      );
      const hashes = alarm.match(/\b[0-9a-f]{16}\b/g) ?? [];
      expect(new Set(hashes).size).toBe(hashes.length);
    }

    const told = async () => {
      const { stdout } = await startCli(['status', '--endpoints', cluster.endpoints.join(',')]).finished;
      // Of a later slot, if there is one meanwhile.
      return alarms.every(({ nodeId }) => stdout.includes(`alarm ${nodeId}: the states after slot `));
    };
    await waitFor('status to tell the alarm of each', told, { timeoutMs: 20_000 });
    for (const { nodeId } of alarms) {
      const node = cluster.node(nodeId);
      expect(await readFile(node.logFile, 'utf8')).toMatch(/"level":"error".*"event":"state-diverged"/);
      const metrics = await (await fetch(`http://${node.httpAddress}/metrics`)).text();
      expect(metrics).toMatch(/^conclave_state_divergences_total\{[^}]*\} [1-9]/m);
    }
    // Nobody halts.
    await client.put('after', 'all');
    expect(cluster.nodes.filter(({ running }) => running)).toHaveLength(3);
  }, 120_000);
});
