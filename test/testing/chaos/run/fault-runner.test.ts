import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MeansByName } from '../../../../src/testing/chaos/faults/means.ts';
import type { PlannedFault } from '../../../../src/testing/chaos/run/draw-rounds.ts';
import { FaultRunner } from '../../../../src/testing/chaos/run/fault-runner.ts';
import { caughtUp, differingStates } from '../../../../src/testing/chaos/run/recovery.ts';
import type { ProcessNode } from '../../../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../../../src/testing/cluster/test-cluster.ts';

const missing = { available: false, why: 'not in this test' } as const;
const means: MeansByName = { strace: missing, libfaketime: missing, tmpfs: missing, nftables: missing };
const said: string[] = [];
let cluster: TestCluster<ProcessNode>;
let runner: FaultRunner;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes' });
  runner = new FaultRunner({
    cluster,
    workers: () => [],
    means,
    directory: tmpdir(),
    leaseMs: 200,
    nowMs: () => performance.now(),
    signal: new AbortController().signal,
    say: (line) => said.push(line),
  });
});

afterAll(() => cluster?.close());

function planned(kind: PlannedFault['kind'], durationMs: number): PlannedFault {
  return { kind, durationMs, draw: 1 };
}

test('a fault lasts as long as planned, is proven, and leaves the cluster as it was', async () => {
  const [record] = await runner.run([planned('kill-majority', 700)]);
  expect(record?.targets).toHaveLength(2);
  expect(record?.measured).toMatch(/^n\d \(pid \d+\) ended: SIGKILL; n\d \(pid \d+\) ended: SIGKILL$/);
  expect((record?.endMs ?? 0) - (record?.startMs ?? 0)).toBeGreaterThanOrEqual(700);
  expect(cluster.nodes.every(({ running }) => running)).toBe(true);
  await caughtUp(cluster, 15_000);
  expect(await differingStates(cluster)).toBeUndefined();
});

test('the second of a pair begins while the first lasts', async () => {
  const [cut, pause] = await runner.run([planned('partition-leader', 1_500), planned('pause-follower', 300)]);
  expect(cut?.measured).toMatch(/^\d+ bytes held$/);
  expect(pause?.measured).toMatch(/in state T/);
  expect(pause?.startMs).toBeGreaterThan(cut?.startMs ?? 0);
  expect(pause?.startMs).toBeLessThan(cut?.endMs ?? 0);
  await caughtUp(cluster, 15_000);
});

test('nodes are restarted one by one, and end in good order', async () => {
  const [record] = await runner.run([planned('rolling-restart', 0)]);
  expect(record?.measured).toMatch(/^(n\d \(pid \d+\) ended: exit code 0(; )?){3}$/);
}, 60_000);

test('a member is added and removed again, and another one is replaced and comes back', async () => {
  const [added] = await runner.run([planned('add-member', 0)]);
  expect(added?.measured).toMatch(/^taken in at slot \d+; voters are n1, n2, n3, n4$/);
  expect(cluster.nodes.map(({ id }) => id)).toEqual(['n1', 'n2', 'n3']);
  const [replaced] = await runner.run([planned('replace-member', 0)]);
  const [old, node] = replaced?.targets ?? [];
  expect([old, node]).toEqual([expect.stringMatching(/^n[123]$/), 'n5']);
  expect(replaced?.measured).toMatch(/^taken in at slot \d+; voters are n\d, n\d, n5(; n\d has ended: REMOVED)?$/);
  expect(cluster.nodes.map(({ id }) => id)).toEqual(['n1', 'n2', 'n3']);
  await caughtUp(cluster, 15_000);
  const { members } = (await (await cluster.leader()).report()) ?? {};
  expect(members?.map(({ nodeId, standing }) => `${nodeId} ${standing}`)).toEqual(['n1 VOTER', 'n2 VOTER', 'n3 VOTER']);
}, 90_000);

test('snapshots are saved while a node is down, and the newest can be restored', async () => {
  const [record] = await runner.run([planned('save-snapshots', 500)]);
  expect(record?.measured).toMatch(/^n\d \(pid \d+\) ended: SIGKILL; \d+ snapshots were saved, \d+ could not be$/);
}, 60_000);

test('below what is there already the quota refuses what grows, and lets go once there is room', async () => {
  const [record] = await runner.run([planned('low-quota', 200)]);
  expect(record?.measured).toMatch(/^\d{7} bytes; what grows is refused$/);
  const client = await cluster.connect();
  for (const key of ['a', 'b']) await client.put(key, new Uint8Array(700_000));
  await client.close();
}, 60_000);

test('what cannot be done did not fire, and is said', async () => {
  const [noStrace] = await runner.run([planned('clock-drift', 100)]);
  expect(noStrace).toMatchObject({ measured: undefined, what: 'could not begin: libfaketime: not in this test' });
  const [noClient] = await runner.run([planned('client-cut', 100)]);
  expect(noClient?.measured).toBeUndefined();
  expect(said.at(-1)).toContain('DID NOT FIRE');
});
