import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canary } from '../../scripts/mutants/canary.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';
import { PatchedCopy } from '../../scripts/mutants/patched-copy.ts';
import type { JsonSummary } from '../../scripts/sim/summary.ts';

const projectRoot = resolve(import.meta.dirname, '../..');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function sim(args: readonly string[], root = projectRoot): Promise<Ended> {
  return new Promise((done, fail) => {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/sim.ts', ...args], { cwd: root, env });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    child.on('error', fail);
    child.on('close', (code) => done({ code, ...output }));
  });
}

function lastLine(text: string): JsonSummary {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as JsonSummary;
}

test('a sweep ends with one line of JSON', async () => {
  const { code, stdout } = await sim(['--seeds', '3', '--seed', '20', '--jobs', '2', '--json']);
  expect(code).toBe(0);
  const summary = lastLine(stdout);
  expect(summary).toMatchObject({ runs: 3, violations: 0 });
  expect(summary.events).toBeGreaterThanOrEqual(15_000);
  expect(summary.events_per_s).toBeGreaterThan(0);
  expect(summary.simulated_hours).toBeGreaterThan(0);
  expect(Object.values(summary.faults).some((begun) => begun > 0)).toBe(true);
  expect(summary.coverage.hit).toBeGreaterThan(10);
  expect(stdout).toContain('plans of past failures: 0 fail');
}, 60_000);

test('one seed alone is replayed, and its trace printed', async () => {
  const once = await sim(['--seed', '20', '--nodes', '5']);
  expect(once.code).toBe(0);
  expect(once.stdout).toMatch(/ ms {2}n[1-5] /);
  expect(once.stdout).toMatch(/seed 20: 5 nodes, \d+ faults, \d+ calls, \d+ events/);
  expect(await sim(['--seed', '20', '--nodes', '5'])).toEqual(once);
}, 60_000);

test('programs over recipes are replayed, and swept', async () => {
  const once = await sim(['--recipes', 'latch', '--seed', '20']);
  expect(once.code).toBe(0);
  expect(once.stdout).toMatch(/ ms {2}n[1-5] /);
  expect(once.stdout).toMatch(
    /latch, seed 20: \d+ events, \d+ simulated ms, trace [0-9a-f]{8}\nno promise was broken\n$/,
  );
  const swept = await sim(['--recipes', 'latch', '--seed', '20', '--seeds', '1']);
  expect(swept.code).toBe(0);
  expect(swept.stdout).toMatch(/^latch: from seed 20\n/);
  expect(swept.stdout).toMatch(/\n *\d+ {2}latch opened\n[\s\S]*\n1 runs: \d+ simulated seconds, \d+ events\n/);
}, 60_000);

test('a file that is no plan is refused', async () => {
  const { code, stdout, stderr } = await sim(['--plan', 'package.json']);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^package\.json: format: not a plan of the simulation/);
}, 30_000);

describe('when something is wrong', () => {
  let copy: PatchedCopy;

  beforeAll(async () => {
    copy = await PatchedCopy.create();
  });

  afterAll(() => copy.remove());

  const simWith = (mutant: Mutant, args: readonly string[]): Promise<Ended> =>
    copy.with(mutant, () => sim(args, copy.root));

  test('a violation is reported, shrunk and kept, and its plan shows it again', async () => {
    const swept = await simWith(canary, [
      '--seed',
      '6',
      '--seeds',
      '3',
      '--jobs',
      '1',
      '--shrink-seconds',
      '5',
      '--json',
    ]);
    expect(swept.code).toBe(1);
    expect(lastLine(swept.stdout)).toMatchObject({ runs: 2, violations: 1 });
    expect(swept.stdout).toContain('violated: the canary is alive\n  seeds 7\n');
    expect(swept.stdout).toContain('npm run sim -- --seed 7\n');
    const file = /npm run sim -- --plan (\S+)/.exec(swept.stdout)?.[1] ?? '';
    const replayed = await simWith(canary, ['--plan', file]);
    expect(replayed.code).toBe(1);
    expect(replayed.stdout).toContain('violated: the canary is alive');
    // It had nothing to do with faults or calls.
    expect(replayed.stdout).toContain('seed 7: 3 nodes, 0 faults, 0 calls');
    const sound = await sim(['--plan', file], copy.root);
    expect([sound.code, sound.stdout]).toEqual([0, expect.stringContaining('no promise was broken')]);
  }, 120_000);

  test('with --keep-going it lists all seeds that fail', async () => {
    const everyOther: Mutant = { ...canary, edits: canary.edits.map(everyOtherSeed) };
    const { code, stdout } = await simWith(everyOther, ['--seed', '6', '--seeds', '4', '--keep-going', '--no-shrink']);
    expect(code).toBe(1);
    expect(stdout).toContain('violated: the canary is alive\n  seeds 7, 9\n');
    expect(stdout).not.toContain('--plan');
  }, 60_000);

  test('a process that breaks down is reported with its seed, and another one goes on', async () => {
    const fatal: Mutant = { ...canary, edits: canary.edits.map(endsTheProcess) };
    const args = ['--seed', '6', '--seeds', '4', '--jobs', '1', '--keep-going', '--json'];
    const { code, stdout } = await simWith(fatal, args);
    expect(code).toBe(1);
    expect(stdout).toContain('  seeds 7\n  its process ended with code 3\n');
    expect(lastLine(stdout)).toMatchObject({ runs: 4, violations: 1 });
  }, 60_000);
});

type Edit = Mutant['edits'][number];

function everyOtherSeed(edit: Edit): Edit {
  return { ...edit, replace: edit.replace.replace('% 100 === 7', '% 2 === 1') };
}

function endsTheProcess(edit: Edit): Edit {
  return { ...edit, replace: edit.replace.replace(/violated\(.*\)/, 'process.exit(3)') };
}
