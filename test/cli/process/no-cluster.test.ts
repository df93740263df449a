import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freeBasePort, startCli } from '../support.ts';

const limitMs = 5_000;

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
      const startedMs = performance.now();
      const cli = startCli(['--endpoints', endpoints.join(','), ...words]);
      const { exitCode, stderr } = await cli.finished;
      expect(exitCode).toBe(69);
      expect(performance.now() - startedMs).toBeLessThan(limitMs);
      for (const endpoint of endpoints) {
        expect(stderr.split('\n').filter((line) => line.includes(endpoint))).toHaveLength(1);
      }
      expect(stderr).toMatch(new RegExp(`${endpoints[1]} +connection refused\n`));
      expect(stderr).toContain('start one with `npm start`\n');
    },
  );
});
