import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { projectRoot } from '../docs/readme.ts';

const folder = join(projectRoot, 'scripts', 'examples');

/** What each program prints when it does what it is to show. */
const expected: Readonly<Record<string, RegExp>> = {
  'fenced-writer.mjs':
    /^the first writes: written\nit is paused, and the second writes: written\nthe first wakes up and writes: STALE_TOKEN\nstored: all of it\n$/,
  'leader-elected-worker.mjs':
    /^one leads, with the fencing token \d+\nit was killed; .* larger token: true\nand it goes on where the first one was\n$/,
  'pool-that-loses-a-worker.mjs':
    /^a worker is killed .*\nsums: 465, 930, 1395, 1860\n(?:one in attempt \d+, which began behind number \d+\n)+the pool is empty: true\n$/,
  'sharded-workers.mjs':
    /^(?:[abc] has \d+ users\n){3}b was killed: \d+ users move, all of them from b: true\n\d+ to a\n\d+ to c\n$/,
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

test('every example is tried out', () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(expected).sort());
});

test.each(Object.entries(expected))(
  '%s does what it is to show',
  async (name, output) => {
    expect(await printed.get(name)).toMatch(output);
  },
  60_000,
);
