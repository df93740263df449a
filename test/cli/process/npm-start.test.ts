import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freeBasePort, isRunning, type RunningCommand, startProgram, temporaryDirectory, waitFor } from '../support.ts';

let directory: string;
let pids: readonly number[];

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** As typed in a shell, in a process group of its own; what is run before it was run already. */
function npmStart(...words: string[]): RunningCommand {
  return startProgram('npm', ['start', '--ignore-scripts', ...words], { detached: true });
}

async function readyCluster(): Promise<RunningCommand> {
  const base = String(await freeBasePort());
  const npm = npmStart('--', '--nodes', '1', '--base-port', base, '--data-dir', directory);
  await waitFor('a cluster that is ready', () => npm.stdout().includes('Ctrl-C'), 20_000);
  expect(npm.stdout()).toContain('npx conclave put greeting hello');
  const node = Number(/process (\d+)/.exec(npm.stdout())?.[1]);
  const up: { pid: number } = JSON.parse(await readFile(path.join(directory, 'up.json'), 'utf8'));
  pids = [npm.pid, up.pid, node];
  return npm;
}

async function expectStopped(since: number): Promise<void> {
  await waitFor('every process to end', async () => !(await Promise.all(pids.map(isRunning))).includes(true));
  expect(performance.now() - since).toBeLessThan(3_000);
}

describe('npm start stops everything within 3 s', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('after %s to npm alone', async (signal) => {
    const npm = await readyCluster();
    const startedMs = performance.now();
    npm.signal(signal);
    await expectStopped(startedMs);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('after %s to the whole group', async (signal) => {
    const npm = await readyCluster();
    const startedMs = performance.now();
    process.kill(-npm.pid, signal);
    await expectStopped(startedMs);
    expect(npm.stderr()).not.toContain('started again');
  });
});

test.each([
  [['--fresh'], 'npm start -- --fresh'],
  [['--base-port', '17301'], 'npm start -- --base-port 17301'],
])('npm start %j, of which npm keeps the flag, is refused with the right spelling', async (words, spelling) => {
  const { exitCode, stderr } = await npmStart(...words).finished;
  expect(exitCode).toBe(64);
  expect(stderr).toContain(spelling);
});
