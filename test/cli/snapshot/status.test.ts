import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { World } from '../fake-context.ts';
import { backupFile, machineWithAll, temporaryDirectory } from './snapshots.ts';

let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function status(file: string, ...words: string[]): Promise<[number, World]> {
  const world = new World();
  return [await world.run('snapshot', 'status', file, ...words), world];
}

describe('a whole backup', () => {
  test('is shown field by field, for cut and awk', async () => {
    const file = await backupFile(directory);
    const [exitCode, { stdout, stderr }] = await status(file);
    expect([exitCode, stderr.text]).toEqual([0, '']);
    const fields = new Map(stdout.text.split('\n').map((line) => line.split('\t') as [string, string]));
    expect(fields.get('status')).toBe('ok');
    expect(fields.get('cluster')).toBe('the-old-cluster (conclave)');
    expect(fields.get('hash')).toBe(machineWithAll().machine.hash);
    expect(fields.get('keys')).toBe('3, of which 1 ephemeral; 4.9 KiB of keys and values');
    expect([fields.get('counters'), fields.get('sessions'), fields.get('locks')]).toEqual(['2', '1', '1']);
    expect(fields.get('sha256')).toMatch(/^[0-9a-f]{64}$/);
    expect(fields.has('stale')).toBe(false);
  });

  test('says that it is stale, if it is', async () => {
    const [, { stdout }] = await status(await backupFile(directory, machineWithAll(), { stale: true }));
    expect(stdout.text).toContain('\nstale\twhat was acknowledged before it was made may be missing\n');
  });

  test('is shown to people on a terminal, without control characters of somebody else', async () => {
    const file = await backupFile(directory, machineWithAll(), { clusterName: 'evil\u001b[2J' });
    const world = new World({ onTerminal: true, environment: { NO_COLOR: '1' } });
    expect(await world.run('snapshot', 'status', file)).toBe(0);
    expect(world.stdout.text).toMatch(/^.+ {2}ok\n {2}cluster {3}the-old-cluster \(evil\ufffd\[2J\)\n/);
  });
});

describe('what cannot be used ends with 1, and says why', () => {
  test('one of which any byte is changed', async () => {
    const file = await backupFile(directory);
    const bytes = await readFile(file);
    for (let at = 8; at < bytes.length; at += 397) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x20;
      await writeFile(file, damaged);
      const [exitCode, { stdout, stderr }] = await status(file);
      expect([at, exitCode, stdout.text]).toEqual([at, 1, '']);
      expect(stderr.text).toMatch(
        /^error BACKUP_DAMAGED: .+ is damaged: .+ does not match its checksum|has a damaged frame/,
      );
    }
  });

  test('one that is cut, as JSON, too', async () => {
    const file = await backupFile(directory);
    await writeFile(file, (await readFile(file)).subarray(0, -1));
    const [exitCode, { stdout, stderr }] = await status(file, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout.text)).toEqual({
      file,
      status: 'damaged',
      problem: expect.stringContaining('it ends within'),
    });
    expect(stderr.text).toMatch(/^error BACKUP_DAMAGED: /);
  });

  test('one whose bytes are as written, but make another state than its header says', async () => {
    const { revision } = machineWithAll();
    for (const changed of [{ stateHash: '0'.repeat(16) }, { revision: revision + 1 }]) {
      const [exitCode, { stderr }] = await status(await backupFile(directory, machineWithAll(), changed));
      expect(exitCode).toBe(1);
      expect(stderr.text).toMatch(/BACKUP_DAMAGED: .+ its chunks are intact, but: /);
    }
  });

  test.each([
    ['NOT_A_BACKUP', 'something else', 'foreign'],
    ['NOT_A_BACKUP', '', 'foreign'],
  ])('%s', async (code, content, verdict) => {
    const file = path.join(directory, 'other');
    await writeFile(file, content);
    const [exitCode, { stdout, stderr }] = await status(file, '--json');
    expect([exitCode, JSON.parse(stdout.text).status]).toEqual([1, verdict]);
    expect(stderr.text).toMatch(new RegExp(`^error ${code}: `));
  });

  test('one that is not there', async () => {
    const [exitCode, { stdout, stderr }] = await status(path.join(directory, 'none'), '--json');
    expect([exitCode, stdout.text]).toEqual([1, '']);
    expect(stderr.text).toMatch(/^error FILE_NOT_READABLE: /);
  });
});
