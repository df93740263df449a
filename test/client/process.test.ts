import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startNode } from './support.ts';

/** Runs to its own end; what it prints. Fails if it does not end. */
async function run(program: string, ...args: readonly string[]): Promise<string> {
  const file = path.join(import.meta.dirname, 'programs', program);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file, ...args], {
    timeout: 20_000,
  });
  return stdout.trim();
}

test('after close() the process ends by itself', async () => {
  const node = await startNode();
  expect(await run('close.ts', node.address)).toBe('closed false CLOSED');
  expect(node.count('closeSession')).toBe(1);
});

test('a client that could not connect keeps no process alive', async () => {
  expect(await run('unreachable.ts')).toBe('UNAVAILABLE');
});

test('an open client keeps the process alive', async () => {
  const node = await startNode();
  expect(await run('open.ts', node.address)).toBe('alive');
});

test('importing the client loads no native code, no LevelDB and no .proto', async () => {
  expect(JSON.parse(await run('loaded.ts'))).toEqual({ unwanted: [], grpc: true });
});

test('a time to live below a fail-over is warned of, once', async () => {
  const node = await startNode();
  expect(await run('short-ttl.ts', node.address)).toBe('1000 CONCLAVE_SHORT_TTL 999 999');
});
