import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConclaveClient } from '../../src/client/conclave-client.ts';
import { CounterHandle } from '../../src/client/counter-handle.ts';
import { LockElection } from '../../src/client/election.ts';
import { HeldGrant } from '../../src/client/held-grant.ts';
import { LockInspector } from '../../src/client/lock-desk.ts';
import { SessionsHandle } from '../../src/client/sessions-handle.ts';
import * as recipes from '../../src/recipes/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { codeBlocks, expectedErrorTable, expectedRecipeErrorTable, projectRoot, section } from './readme.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  // Inside the project, so that `conclave` is the package itself, as for a reader who follows the README.
  folder = await mkdtemp(join(projectRoot, 'dist', 'readme-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the README', () => {
  it('lists every error code with its meaning, and no other', () => {
    expect(section('errors').trim()).toBe(expectedErrorTable().trim());
  });

  it('lists every error of the recipes, and no other', () => {
    expect(section('recipe-errors').trim()).toBe(expectedRecipeErrorTable().trim());
  });

  it('shows every recipe in an example, under a heading of its own', () => {
    const made = Object.entries(recipes).filter(([name]) => /^[a-z]/.test(name));
    expect(made.length).toBeGreaterThan(10);
    const examples = codeBlocks('ts').join('\n');
    const headings = documentOf('README.md')
      .split('\n')
      .filter((line) => line.startsWith('### `'));
    const missing = made
      .map(([name]) => name)
      .filter((name) => {
        return (
          !new RegExp(`\\b${name}(?:<.*>)?\\(client, `).test(examples) ||
          !headings.some((line) => line.includes(`\`${name}\``))
        );
      });
    expect(missing).toEqual([]);
  });

  it('says of every reason for which a node stops by itself what it means, and of no other', () => {
    const table = section('halts');
    const named = table
      .split('\n')
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code));
    const source = (file: string, type: string) =>
      new RegExp(`export type ${type} =([^;]+);`).exec(readFileSync(join(projectRoot, file), 'utf8'))?.[1] ?? '';
    const codes = [source('src/paxos/effects.ts', 'HaltCode'), source('src/server/halt.ts', 'NodeHaltCode')].flatMap(
      (union) => [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code),
    );
    expect(codes.length).toBeGreaterThan(10);
    expect(named.toSorted()).toEqual(codes.toSorted());
  });

  it('has a first lock of about ten lines, which runs as it stands', async () => {
    const [example = ''] = codeBlocks('js first-lock.mjs');
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(12);
    const file = join(folder, 'first-lock.mjs');
    await writeFile(file, example);
    await using cluster = await TestCluster.start({ mode: 'processes', proxies: false });
    const environment = { ...process.env, CONCLAVE_ENDPOINTS: cluster.endpoints.join(',') };
    const { stdout } = await run(process.execPath, [file], { env: environment });
    expect(stdout).toMatch(/^holding jobs\/nightly with fencing token \d+\n\d{4}-\d\d-\d\dT/);
  }, 30_000);

  it('has a resource that is fenced, which runs as it stands, and again on what it has stored', async () => {
    const [example = ''] = codeBlocks('js fenced-report.mjs');
    const file = join(folder, 'fenced-report.mjs');
    await writeFile(file, example);
    await using cluster = await TestCluster.start({ mode: 'processes', proxies: false });
    const environment = { ...process.env, CONCLAVE_ENDPOINTS: cluster.endpoints.join(',') };
    const refused =
      /^STALE_TOKEN: the fencing token \d+ is older than \d+, the highest that 'jobs\/nightly' has seen\n/;
    for (const _ of ['at first', 'again']) {
      const { stdout } = await run(process.execPath, [file], { env: environment, cwd: folder });
      expect(stdout).toMatch(refused);
      expect(stdout).toMatch(/\nall of it\n$/);
    }
  }, 30_000);

  it('has a test of a program of your own, which passes as it stands', async () => {
    const [example = ''] = codeBlocks('js jobs.test.mjs');
    const file = join(folder, 'jobs.test.mjs');
    await writeFile(file, example);
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter', 'tap', file]);
    expect(stdout).toMatch(/^# pass 2$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  }, 30_000);

  it('has been merged to the end', () => {
    const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'proto/conclave/v1/client.proto'];
    const texts = documents.map(documentOf);
    expect(texts.filter((text) => /^(?:<{7}|={7}$|>{7})/m.test(text))).toEqual([]);
  });

  it('shows every call of the SDK in an example', () => {
    const examples = [...codeBlocks('ts'), ...codeBlocks('js first-lock.mjs')].join('\n');
    const shown = [ConclaveClient, CounterHandle, HeldGrant, LockInspector, SessionsHandle, LockElection].flatMap(
      ({ prototype }) => Object.getOwnPropertyNames(prototype),
    );
    // What the handles tell each other is not for users.
    const own = new Set(['constructor', 'lost']);
    const missing = shown.filter((name) => !own.has(name) && !new RegExp(`\\.${name}\\b`).test(examples));
    expect(missing).toEqual([]);
  });

  it('has TypeScript examples that compile', async () => {
    const examples = codeBlocks('ts');
    expect(examples.length).toBeGreaterThan(0);
    await Promise.all(examples.map((example, index) => writeFile(join(folder, `example-${index}.ts`), example)));
    const options = { extends: '../../tsconfig.json', compilerOptions: { noEmit: true }, include: ['./*.ts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options));
    const tsc = join(projectRoot, 'node_modules', '.bin', 'tsc');
    await expect(run(tsc, ['-p', folder])).resolves.toMatchObject({ stdout: '' });
  }, 30_000);
});

function documentOf(name: string): string {
  return readFileSync(join(projectRoot, name), 'utf8');
}
