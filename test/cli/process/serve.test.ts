import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveFlags } from '../../../src/cli/commands/serve.ts';
import { settingNames } from '../../../src/server/index.ts';
import { freeBasePort, isRunning, type RunningCommand, startCli, temporaryDirectory, waitFor } from '../support.ts';

let directory: string;
let basePort: number;

beforeEach(async () => {
  directory = await temporaryDirectory();
  basePort = await freeBasePort();
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function settings(): string[] {
  const address = `127.0.0.1:${basePort}`;
  const http = `127.0.0.1:${basePort + 80}`;
  return [
    '--id',
    'n1',
    '--data',
    path.join(directory, 'n1'),
    '--listen',
    address,
    '--http',
    http,
    '--initial',
    `n1=${address}`,
  ];
}

async function untilLeading(): Promise<void> {
  await waitFor('the node to lead', async () => {
    return (await startCli(['status', '--endpoints', `127.0.0.1:${basePort}`]).finished).exitCode === 0;
  });
}

async function serving(...words: string[]): Promise<RunningCommand> {
  const node = startCli(['serve', ...settings(), ...words]);
  await untilLeading();
  return node;
}

test('every setting of a node has a flag', () => {
  expect(serveFlags.map(([, setting]) => setting).sort()).toEqual([...settingNames].sort());
});

test.each(['SIGINT', 'SIGTERM'] as const)('a node ends with 0 after %s', async (signal) => {
  const node = await serving();
  node.signal(signal);
  const { exitCode, stdout, stderr } = await node.finished;
  expect([exitCode, stderr]).toEqual([0, '']);
  for (const line of stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
});

describe('what is wrong with the settings is a usage error', () => {
  test('a flag with no meaningful value', async () => {
    const { exitCode, stderr } = await startCli(['serve', ...settings(), '--lease-ms', 'long']).finished;
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(/^error INVALID_CONFIG: .*--lease-ms/)]);
  });

  test('an address that others can reach, without --insecure', async () => {
    const { exitCode, stderr } = await startCli(['serve', ...settings(), '--http', '0.0.0.0:0']).finished;
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(/^error INSECURE_ADDRESS: .*--insecure/)]);
  });

  test('flags go before the environment, that before the file; an unknown key of it is refused', async () => {
    const file = path.join(directory, 'node.json');
    await writeFile(file, JSON.stringify({ id: 'from-file', logLevel: 'from-file', heartbeat: 1 }));
    const environment = {
      CONCLAVE_ID: 'from-environment',
      CONCLAVE_LOG_LEVEL: 'from-environment',
      CONCLAVE_LOCK_TOKEN: '1',
    };
    const { exitCode, stderr } = await startCli(['serve', ...settings(), '--config', file], { environment }).finished;
    expect(exitCode).toBe(64);
    expect(stderr).toContain('"heartbeat" in the configuration file is no setting');
    expect(stderr).toContain('CONCLAVE_LOG_LEVEL');
    expect(stderr).not.toContain('CONCLAVE_LOCK_TOKEN');
    expect(stderr).not.toMatch(/CONCLAVE_ID|from-file/);
  });
});

test('a directory or a port that is taken is told with who has it, and the owner goes on', async () => {
  const node = await serving();
  const sameDirectory = await startCli(['serve', ...settings()]).finished;
  expect(sameDirectory.exitCode).toBe(1);
  expect(sameDirectory.stderr).toMatch(new RegExp(`^error DIRECTORY_IN_USE: .*process ${node.pid}`));
  const elsewhere = ['--data', path.join(directory, 'other')];
  const samePort = await startCli(['serve', ...settings(), ...elsewhere]).finished;
  expect(samePort.exitCode).toBe(1);
  expect(samePort.stderr).toMatch(new RegExp(`^error PORT_IN_USE: .*process ${node.pid}`));
  expect(await isRunning(node.pid)).toBe(true);
  node.signal('SIGTERM');
  expect((await node.finished).exitCode).toBe(0);
});
