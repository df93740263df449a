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
  expect(pause?.endMs).toBeLessThan(cut?.endMs ?? 0);
  await caughtUp(cluster, 15_000);
});

test('what cannot be done did not fire, and is said', async () => {
  const [noStrace] = await runner.run([planned('clock-drift', 100)]);
  expect(noStrace).toMatchObject({ measured: undefined, what: 'could not begin: libfaketime: not in this test' });
  const [noClient] = await runner.run([planned('client-cut', 100)]);
  expect(noClient?.measured).toBeUndefined();
  expect(said.at(-1)).toContain('DID NOT FIRE');
});
