import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freeBasePort, startCli, UpCluster } from '../support.ts';

const limitMs = 5_000;

/** How long a process takes for nothing, beside all the others of this file. */
async function bootMs(): Promise<number> {
  const startedMs = performance.now();
  await startCli(['--version']).finished;
  return performance.now() - startedMs;
}

let silent: Server;
let endpoints: readonly string[];

beforeAll(async () => {
  const base = await freeBasePort();
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(base, '127.0.0.1', resolve));
  endpoints = [`127.0.0.1:${base}`, `127.0.0.1:${base + 1}`];
});

afterAll(() => {
  silent.close();
});

describe('without a cluster a command ends with 69 within 5 s and says why', () => {
  test.concurrent.each([['get', 'a'], ['watch', 'a'], ['lock', 'a', '--', 'true'], ['status']])(
    '%s',
    async (...words) => {
      const bootBeforeMs = await bootMs();
      const startedMs = performance.now();
      const cli = startCli(['--endpoints', endpoints.join(','), ...words]);
      const { exitCode, stderr } = await cli.finished;
      expect(exitCode).toBe(69);
      const tookMs = performance.now() - startedMs;
      expect(tookMs).toBeLessThan(limitMs + bootBeforeMs + (await bootMs()));
      for (const endpoint of endpoints) {
        expect(stderr.split('\n').filter((line) => line.includes(endpoint))).toHaveLength(1);
      }
      expect(stderr).toMatch(new RegExp(`${endpoints[1]} +connection refused\n`));
      expect(stderr).toContain('do these nodes run');
    },
  );
});

describe('with a node that reaches no other a command ends with 69 within 5 s, too', () => {
  let cluster: UpCluster;

  beforeAll(async () => {
    cluster = await UpCluster.start({ words: ['--no-restart'] });
    for (const id of ['n2', 'n3']) cluster.kill(id);
  }, 30_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test.concurrent.each([
    ['get', 'a'],
    ['put', 'a', 'b'],
    ['ls'],
    ['lock', 'a', '--', 'true'],
    ['lock', 'a', '--try', '--', 'true'],
    ['status'],
  ])('%s', async (...words) => {
    const bootBeforeMs = await bootMs();
    const startedMs = performance.now();
    const { exitCode, stderr } = await cluster.run(words);
    expect(stderr).toContain('error UNAVAILABLE: the cluster has no leader\n');
    expect(exitCode).toBe(69);
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeLessThan(limitMs + bootBeforeMs + (await bootMs()));
    for (const { address } of cluster.ready.members) {
      expect(stderr.split('\n').filter((line) => line.includes(address))).toHaveLength(1);
    }
  });
});
