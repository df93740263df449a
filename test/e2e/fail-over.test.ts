import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  // Longer than three nodes take to boot on a machine that has much else to do.
  client = await connect({ endpoints: cluster.endpoints, session: { ttlMs: 60_000 } });
}, 30_000);

afterAll(async () => {
  await client?.close();
  await cluster?.close();
});

/** Writers that never stop, each on a key of its own; remembers what was acknowledged and when. */
function writeWithoutEnd(prefix: string, writers: number) {
  const acknowledged = new Map<string, number>();
  const acknowledgedAtMs: number[] = [];
  let running = true;
  const loops = Array.from({ length: writers }, async (_, writer) => {
    for (let count = 1; running; count += 1) {
      await client.put(`${prefix}/${writer}`, String(count), { timeoutMs: 20_000 });
      acknowledged.set(`${prefix}/${writer}`, count);
      acknowledgedAtMs.push(performance.now());
    }
  });
  const stop = async () => {
    running = false;
    await Promise.all(loops);
  };
  const longestGapMs = () => {
    let longest = 0;
    for (let index = 1; index < acknowledgedAtMs.length; index += 1) {
      longest = Math.max(longest, (acknowledgedAtMs[index] ?? 0) - (acknowledgedAtMs[index - 1] ?? 0));
    }
    return longest;
  };
  return { acknowledged, acknowledgedAtMs, stop, longestGapMs };
}

async function expectEverythingThere(acknowledged: ReadonlyMap<string, number>): Promise<void> {
  expect(acknowledged.size).toBeGreaterThan(0);
  for (const [key, count] of acknowledged) {
    const entry = await client.get(key);
    expect(Number(entry?.text())).toBe(count);
    expect(entry?.version, 'each write took effect once').toBe(count);
  }
}

/** Nothing is lost, however long it takes; returns whether a session of 2 s has lived on, and writes went on within 1.5 s. */
async function killLeaderUnderLoad(prefix: string): Promise<boolean> {
  const brief = await connect({ endpoints: cluster.endpoints, session: { ttlMs: 2_000 } });
  await brief.put(`${prefix}/brief`, '', { ephemeral: true });
  const load = writeWithoutEnd(prefix, 8);
  await waitFor('some writes', () => load.acknowledgedAtMs.length > 200, { timeoutMs: 10_000 });
  const leader = await cluster.leader();
  await leader.kill();
  const before = load.acknowledgedAtMs.length;
  await waitFor('writes after the fail-over', () => load.acknowledgedAtMs.length > before + 200, { timeoutMs: 10_000 });
  await load.stop();
  await expectEverythingThere(load.acknowledged);
  const hasLived = !brief.session.signal.aborted && (await client.get(`${prefix}/brief`)) !== undefined;
  await brief.close();

  await leader.start();
  const revision = (await client.put('after', 'the fail-over')).revision;
  await waitFor('the restarted node to catch up', async () => ((await leader.report())?.revision ?? 0) >= revision, {
    timeoutMs: 10_000,
  });
  return hasLived && load.longestGapMs() < 1_500;
}

describe('a cluster of three real processes', () => {
  it('goes on within 1.5 s when the leader is killed under load, with a session of 2 s, and loses nothing', async () => {
    // A machine that has much else to do may miss the time once.
    const inTime = async (round: number) => await killLeaderUnderLoad(`leader ${round}`);
    expect((await inTime(1)) || (await inTime(2)) || (await inTime(3))).toBe(true);
  }, 90_000);

  it('has every acknowledged write after all three were killed at once', async () => {
    const load = writeWithoutEnd('all', 8);
    await waitFor('some writes', () => load.acknowledgedAtMs.length > 200, { timeoutMs: 10_000 });
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await cluster.leader();
    await load.stop();
    await expectEverythingThere(load.acknowledged);
  }, 40_000);
});
