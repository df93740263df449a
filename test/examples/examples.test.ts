import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { projectRoot } from '../docs/readme.ts';

const folder = join(projectRoot, 'scripts', 'examples');

/** What each program prints when it does what it is to show, line by line. */
const expected: Readonly<Record<string, readonly RegExp[]>> = {
  'fenced-writer.mjs': [
    /^the first writes: written$/,
    /^it is paused, and the second writes: written$/,
    /^the first wakes up and writes: STALE_TOKEN$/,
    /^the second is killed, and a third writes: written$/,
    /^stored: all of it, and more$/,
  ],
  'leader-elected-worker.mjs': [
    /^one leads, with the fencing token \d+$/,
    /^it was killed; the next one leads, with a larger token: true$/,
    /^and it goes on where the first one was$/,
  ],
  'pool-that-loses-a-worker.mjs': [
    /^a worker is killed in the middle of a task$/,
    /^sums: 465, 930, 1395, 1860$/,
    /^one in attempt \d+, which began behind number \d+$/,
    /^the pool is empty: true$/,
  ],
  'sharded-workers.mjs': [
    /^a has \d+ users$/,
    /^b has \d+ users$/,
    /^c has \d+ users$/,
    /^b was killed: \d+ users move, all of them from b: true$/,
    /^\d+ to a$/,
    /^\d+ to c$/,
  ],
};

let cluster: TestCluster;
const printed = new Map<string, Promise<string>>();

/** All at once: most of the time they wait for a session to expire. */
beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  const env = { ...process.env, CONCLAVE_ENDPOINTS: cluster.endpoints.join(',') };
  for (const name of Object.keys(expected)) {
    const run = promisify(execFile)(process.execPath, [join(folder, name)], { env, timeout: 60_000 });
    const output = run.then(({ stdout }) => stdout);
    output.catch(() => undefined);
    printed.set(name, output);
  }
}, 30_000);

afterAll(() => cluster?.close());

test('every example is tried out, and kills a part of itself', () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(expected).sort());
  for (const lines of Object.values(expected)) expect(lines.some(({ source }) => / killed/.test(source))).toBe(true);
});

test.each(Object.entries(expected))(
  '%s does what it is to show',
  async (name, lines) => {
    const output = (await printed.get(name))?.trim().split('\n') ?? [];
    const unexpected = output.filter((line) => !lines.some((pattern) => pattern.test(line)));
    const missing = lines.filter((pattern) => !output.some((line) => pattern.test(line)));
    expect({ unexpected, missing }).toEqual({ unexpected: [], missing: [] });
  },
  60_000,
);
