import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HistoryRecorder } from '../../../../src/testing/chaos/history/history-recorder.ts';
import { judgeChaos } from '../../../../src/testing/chaos/history/judge-chaos.ts';
import { lockPrefix } from '../../../../src/testing/chaos/history/workload-names.ts';
import { countLocks } from '../../../../src/testing/chaos/run/lock-counts.ts';
import type { WorkerProcess } from '../../../../src/testing/chaos/workload/worker-process.ts';
import { WorkloadFleet } from '../../../../src/testing/chaos/workload/workload-fleet.ts';
import { type HistoryLine, parseHistory } from '../../../../src/testing/checkers/event-history.ts';
import type { ProcessNode } from '../../../../src/testing/cluster/process-node.ts';
import { isStopped } from '../../../../src/testing/cluster/process-state.ts';
import { TestCluster } from '../../../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../../../src/testing/cluster/wait-for.ts';

let cluster: TestCluster<ProcessNode>;

// A history begins with a store that is empty.
beforeEach(async () => {
  cluster = await TestCluster.start({ mode: 'processes' });
}, 30_000);

afterEach(() => cluster?.close());

function isDone(line: HistoryLine, op: HistoryLine['op']): boolean {
  return line.op === op && (!('outcome' in line) || line.outcome === 'ok');
}

test('what programs saw, one of which was killed, is written down, found right, and found wrong once it is doctored', async () => {
  const file = join(cluster.directory, 'history.ndjson');
  const recorder = new HistoryRecorder(file);
  const startedNs = process.hrtime.bigint();
  const fleet = await WorkloadFleet.start({ cluster, seed: 7, startedNs, recorder, workers: 2, sessionTtlMs: 10_000 });
  const [first] = fleet.workers;
  const counted = (least: number) => () => fleet.counts().ok >= least;
  await waitFor('operations', counted(200), { timeoutMs: 15_000 });
  expect(fleet.throughput(1_000)).toBeGreaterThan(10);
  const isResumed = () => countLocks(recorder.lines).sessionsResumed > 0;
  // The end has to meet it while something is under way, and its session has to live until it is back: so it does not boot meanwhile.
  for (let kills = 0; kills < 8 && !(fleet.counts().unknown > 0 && isResumed()); kills++) {
    await first?.standBy();
    await first?.kill();
    expect([first?.running, first?.pid, first?.heldLocks]).toEqual([false, undefined, []]);
    const before = fleet.counts();
    await first?.restart();
    await waitFor('the worker to be back', () => first?.phase === 'ready', { timeoutMs: 15_000 });
    await waitFor('operations of both', counted(before.ok + 300), { timeoutMs: 15_000 });
  }
  expect([fleet.counts().unknown > 0, isResumed()]).toEqual([true, true]);
  for (const kind of ['exclusiveLocks', 'sharedLocks', 'severalLocks', 'permits'] as const) {
    const isSeen = () => countLocks(recorder.lines)[kind] > 0;
    await waitFor(kind, isSeen, { timeoutMs: 15_000, everyMs: 100 });
  }
  await fleet.stop();
  await recorder.close();

  const lines = parseHistory(await readFile(file, 'utf8'));
  expect(lines).toEqual(recorder.lines);
  expect(judgeChaos(lines)).toMatchObject({ verdict: 'ok', findings: [], undecided: [] });
  const kinds = ['get', 'put', 'cas', 'next', 'lock', 'unlock', 'fenced-read', 'fenced-write'] as const;
  const others = [
    'watch-open',
    'watch-events',
    'session-alive',
    'session-lost',
    'session-closed',
    'session-resumed',
  ] as const;
  for (const op of [...kinds, ...others]) expect([op, lines.some((line) => isDone(line, op))]).toEqual([op, true]);
  const resumed = lines.filter((line) => line.op === 'watch-open' && /^w1\.[2-9]\//.test(line.watch) && line.from > 0);
  expect(resumed.length).toBeGreaterThan(0);

  const reads = lines.flatMap((line, at) => (line.op === 'get' && line.outcome === 'ok' ? [{ line, at }] : []));
  const [one] = reads;
  const other = reads.find(({ line }) => line.result !== one?.line.result && line.key !== one?.line.key);
  if (one === undefined || other === undefined) throw new Error('there is nothing to be swapped');
  const doctored = lines.with(one.at, { ...one.line, result: other.line.result });
  doctored[other.at] = { ...other.line, result: one.line.result };
  expect(judgeChaos(doctored).verdict).toBe('violation');
}, 120_000);

test('a holder of a lock that was paused too long has lost it, and its late writes are refused', async () => {
  const recorder = new HistoryRecorder(undefined);
  const options = { cluster, seed: 8, startedNs: process.hrtime.bigint(), recorder, workers: 2 };
  const fleet = await WorkloadFleet.start({ ...options, sessionTtlMs: 1_000, lockOnly: true });
  // The pause must meet it in a hold: what it last reported may be over by the time that it has stopped.
  const isShown = () => recorder.lines.some(isLoss) && recorder.lines.some(isRefused);
  for (let pauses = 0; pauses < 8 && !isShown(); pauses++) {
    const holdsLock = ({ heldLocks }: WorkerProcess) => heldLocks.some(({ name }) => name.startsWith(lockPrefix));
    const holder = await waitFor('a holder', () => fleet.workers.find(holdsLock), { timeoutMs: 10_000, everyMs: 1 });
    await holder.pause();
    expect([holder.paused, await isStopped(holder.pid ?? 0)]).toEqual([true, true]);
    await sleep(1_600);
    await holder.resume();
    await sleep(300);
  }
  await fleet.stop();
  expect([recorder.lines.some(isLoss), recorder.lines.some(isRefused)]).toEqual([true, true]);
  expect(judgeChaos(recorder.lines)).toMatchObject({ verdict: 'ok', findings: [] });
}, 60_000);

function isLoss(line: HistoryLine): boolean {
  return line.op === 'unlock' && line.outcome === 'ok' && line.mode !== 'permit' && !line.result;
}

function isRefused(line: HistoryLine): boolean {
  return line.op === 'fenced-write' && line.outcome === 'ok' && !line.result;
}

test('a worker that ends by itself is a problem', async () => {
  const recorder = new HistoryRecorder(undefined);
  const options = { cluster, seed: 9, startedNs: process.hrtime.bigint(), recorder, workers: 1 };
  const fleet = await WorkloadFleet.start({ ...options, sessionTtlMs: 1_000, lockOnly: true });
  process.kill(fleet.workers[0]?.pid ?? 0, 'SIGTERM');
  await expect(fleet.stop()).rejects.toThrow('w1 ended by itself (SIGTERM)');
}, 60_000);
