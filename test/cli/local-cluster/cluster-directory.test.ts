import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ClusterCheck, ClusterDirectory } from '../../../src/cli/local-cluster/cluster-directory.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'conclave-directory-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const wish = (more: object = {}) => ({ directory, basePort: undefined, size: undefined, fresh: false, ...more });

/** The cluster that `up` would run, as one run after the other. */
async function settle(more: object = {}, check: ClusterCheck = () => Promise.resolve()) {
  const claim = await ClusterDirectory.claim(directory);
  try {
    return await claim.settle(wish(more), check);
  } finally {
    await claim.release();
  }
}

describe('one at a time', () => {
  test('a second one is refused and told who the first is', async () => {
    const claim = await ClusterDirectory.claim(directory);
    await expect(ClusterDirectory.claim(directory)).rejects.toMatchObject({
      code: 'DIRECTORY_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await claim.release();
    await (await ClusterDirectory.claim(directory)).release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('one that was killed is not in the way, nor is another process with its number', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeFile(path.join(directory, 'up.json'), JSON.stringify({ pid: child.pid, startTime: '1' }));
    await (await ClusterDirectory.claim(directory)).release();
    await writeFile(path.join(directory, 'up.json'), JSON.stringify({ pid: process.pid, startTime: '1' }));
    await (await ClusterDirectory.claim(directory)).release();
  });
});

describe('what is there decides', () => {
  test('three nodes on 7101 unless wished otherwise', async () => {
    const { members } = await settle();
    expect(members.map(({ id, address, http }) => [id, address, http])).toEqual([
      ['n1', '127.0.0.1:7101', '127.0.0.1:7181'],
      ['n2', '127.0.0.1:7102', '127.0.0.1:7182'],
      ['n3', '127.0.0.1:7103', '127.0.0.1:7183'],
    ]);
  });

  test('a cluster is found again as it was made', async () => {
    const made = await settle({ basePort: 7301, size: 5 });
    expect(await settle()).toEqual(made);
    expect(await settle({ basePort: 7301, size: 5 })).toEqual(made);
  });

  test('another port or size is refused, unless begun anew', async () => {
    await settle({ basePort: 7301 });
    await expect(settle({ basePort: 7401 })).rejects.toMatchObject({
      code: 'CLUSTER_DIFFERS',
      message: expect.stringContaining('--base-port 7301'),
    });
    await expect(settle({ size: 5 })).rejects.toMatchObject({ code: 'CLUSTER_DIFFERS' });
    expect((await settle({ size: 1, fresh: true })).members).toHaveLength(1);
  });
});

describe('a cluster that cannot be run', () => {
  const refused: ClusterCheck = () => Promise.reject(new Error('the ports are taken'));

  test('is not recorded, so that other ports can be tried', async () => {
    await expect(settle({}, refused)).rejects.toThrow('the ports are taken');
    expect((await settle({ basePort: 7301 })).basePort).toBe(7301);
  });

  test('does not replace the one that is there', async () => {
    const made = await settle();
    const [first] = made.members;
    await mkdir(first?.dataDir ?? '', { recursive: true });
    await expect(settle({ basePort: 7301, fresh: true }, refused)).rejects.toThrow('the ports are taken');
    expect(existsSync(first?.dataDir ?? '')).toBe(true);
    expect(await settle()).toEqual(made);
  });

  test('is called new until it is recorded', async () => {
    const called: boolean[] = [];
    const note: ClusterCheck = async (_, isNew) => void called.push(isNew);
    await settle({}, note);
    await settle({}, note);
    await settle({ fresh: true }, note);
    expect(called).toEqual([true, false, true]);
  });
});

describe('fresh', () => {
  test('deletes what the nodes have written, and nothing else', async () => {
    const { members } = await settle();
    for (const { dataDir, logFile } of members) {
      await mkdir(path.join(dataDir, 'journal'), { recursive: true });
      await writeFile(logFile, 'log');
    }
    await writeFile(path.join(directory, 'notes.txt'), 'mine');
    await writeFile(path.join(directory, 'n2', 'notes.txt'), 'mine');
    await settle({ fresh: true });
    expect((await readdir(directory)).sort()).toEqual(['cluster.json', 'n2', 'notes.txt']);
    expect(await readdir(path.join(directory, 'n2'))).toEqual(['notes.txt']);
  });

  test('does not touch what it has not made', async () => {
    await mkdir(path.join(directory, 'n1', 'data'), { recursive: true });
    await expect(settle({ fresh: true })).rejects.toMatchObject({ code: 'UNKNOWN_DIRECTORY' });
    await writeFile(path.join(directory, 'cluster.json'), '{"format":"something else"}');
    await expect(settle({ fresh: true })).rejects.toMatchObject({ code: 'UNKNOWN_DIRECTORY' });
    expect(existsSync(path.join(directory, 'n1', 'data'))).toBe(true);
  });

  test('does not follow a link out of its directory', async () => {
    await settle();
    const elsewhere = path.join(directory, 'elsewhere');
    await mkdir(path.join(elsewhere, 'data'), { recursive: true });
    await symlink(elsewhere, path.join(directory, 'n1'));
    await expect(settle({ fresh: true })).rejects.toMatchObject({ code: 'UNKNOWN_DIRECTORY' });
    expect(existsSync(path.join(elsewhere, 'data'))).toBe(true);
  });
});
