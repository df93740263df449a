import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { Program } from './program.ts';

/** Long enough for a machine that is slow to start a program. */
const ttlMs = 15_000;
let cluster: TestCluster;
let client: Client;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-resume-'));
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  client = await connect({ endpoints: cluster.endpoints });
}, 30_000);

afterAll(async () => {
  await client?.close();
  await cluster?.close();
  await rm(directory, { recursive: true, force: true });
});

function run(name: string, credentials: string): Program {
  return new Program('resumer.mjs', [cluster.endpoints.join(','), name, String(ttlMs), credentials]);
}

describe('a program that is killed and started again', () => {
  it('has its lock, with its token, and its ephemeral key; its older credentials are refused', async () => {
    const [file, older] = [join(directory, 'killed'), join(directory, 'older')];
    using first = run('killed', file);
    const before = await first.next('holding');
    expect(before).toMatchObject({ resumed: false, held: true });
    await copyFile(file, older);
    const rival = client.lock('killed');
    await first.kill();

    using second = run('killed', file);
    const after = await second.next('holding');
    expect(after).toEqual({ ...before, resumed: true });
    expect((await client.get('live/killed'))?.session).toBe(before['id']);
    expect(await client.sessions.get(String(before['id']))).toMatchObject({
      name: 'killed',
      generation: 2,
      ephemeralKeys: 1,
      locks: [{ name: 'killed', token: before['token'] }],
    });

    using copy = run('killed', older);
    expect(await copy.next('refused')).toMatchObject({ code: 'SESSION_EXPIRED' });
    second.tell('write');
    expect(await second.next('wrote')).toEqual({ event: 'wrote', outcome: 'done', held: true });
    second.tell('release');
    expect(await second.next('released')).toMatchObject({ result: 'released' });
    const lock = await rival;
    expect(lock.token).toBeGreaterThan(before['token'] as number);
    await lock.release();
  }, 30_000);

  it('takes over from a former run that was only stopped, and that hears of it when it goes on', async () => {
    const file = join(directory, 'stopped');
    using first = run('stopped', file);
    const { token } = await first.next('holding');
    first.signal('SIGSTOP');
    using second = run('stopped', file);
    expect(await second.next('holding')).toMatchObject({ resumed: true, token, held: true });
    first.signal('SIGCONT');
    first.tell('write');
    expect(await first.next('wrote')).toMatchObject({ outcome: 'SESSION_EXPIRED', held: false });
    second.tell('write');
    expect(await second.next('wrote')).toMatchObject({ outcome: 'done', held: true });
    second.tell('close');
    await second.next('closed');
    expect(await client.get('live/stopped')).toBeUndefined();
  }, 30_000);
});
