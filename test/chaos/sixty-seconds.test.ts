import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chaosFaultKinds, traitsOf } from '../../src/testing/chaos/faults/fault-kinds.ts';
import { parseHistory } from '../../src/testing/checkers/event-history.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');
const quickKinds = chaosFaultKinds.filter((kind) => {
  const { needs, overheadMs } = traitsOf(kind);
  return needs === undefined && overheadMs === undefined;
});
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'conclave-chaos-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function chaos(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((done, fail) => {
    const program = ['--import', import.meta.resolve('tsx'), path.join(projectRoot, 'scripts/chaos.ts'), ...args];
    const env = { ...process.env, NO_COLOR: '1' };
    // The folder in which it is started is where it leaves its timeline.
    const child = spawn(process.execPath, program, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stderr, child.stdout]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', fail);
    child.on('close', (code) => done({ code, output }));
  });
}

test('sixty seconds of every fault that needs nothing but processes and sockets break no promise', async () => {
  const history = path.join(folder, 'history.ndjson');
  const args = [
    '--minutes',
    '1',
    '--seed',
    '21',
    '--workers',
    '3',
    '--faults',
    quickKinds.join(','),
    '--history',
    history,
    '--json',
  ];
  const { code, output } = await chaos(args);
  expect(code, output).toBe(0);
  const result = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
  expect(result).toMatchObject({ seed: 21, minutes: 1, violations: 0, verdict: 'ok' });
  expect(Object.keys(result.faults).sort()).toEqual([...quickKinds].sort());
  expect(result.ops.ok).toBeGreaterThan(1_000);
  expect(result.ops.unknown).toBeGreaterThan(0);
  expect(result.skipped).toEqual([]);
  const { sharedLocks, severalLocks, permits, takenAway, sessionsClosed } = result.locks;
  expect(Math.min(sharedLocks, severalLocks, permits, takenAway, sessionsClosed)).toBeGreaterThan(0);

  const lines = parseHistory(await readFile(history, 'utf8'));
  const ended = lines.filter((line) => 'outcome' in line && line.outcome === 'ok');
  expect(ended.length).toBeGreaterThan(1_000);
  const page = await readFile(result.timeline, 'utf8');
  for (const kind of quickKinds) expect(page).toContain(kind);
  // A good run leaves nothing else.
  expect(await readdir(path.dirname(result.timeline))).toEqual([path.basename(result.timeline)]);
}, 360_000);

test('a run that fails leaves logs, data, history and the command to repeat it', async () => {
  const args = ['--minutes', '0.1', '--seed', '3', '--faults', 'kill-all', '--least-throughput', '1000000', '--json'];
  const { code, output } = await chaos(args);
  expect(code, output).toBe(1);
  expect(output).toContain(
    'npm run chaos -- --minutes 0.1 --seed 3 --nodes 3 --faults kill-all --least-throughput 1000000',
  );
  const result = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
  expect(result.findings.map(({ check }: { check: string }) => check)).toEqual(['throughput']);
  const kept = path.dirname(result.timeline);
  for (const name of ['timeline.html', 'history.ndjson', 'nodes/n1.log', 'nodes/n3/journal']) {
    expect(existsSync(path.join(kept, name)), name).toBe(true);
  }
}, 120_000);
