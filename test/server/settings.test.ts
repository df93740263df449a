import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { requestSettings, requestSettingsChange, requestStatus } from '../../src/rpc/admin-client.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { Result } from '../../src/wire/result.ts';
import { NodesInProcess } from './nodes.ts';
import { WireClient } from './wire-client.ts';

let nodes: NodesInProcess;
const clients: WireClient[] = [];
const timeout = { timeoutMs: 5_000 };
const mebibyte = 1024 * 1024;

beforeEach(async () => {
  nodes = await NodesInProcess.prepare(3);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await nodes.dispose();
});

async function clientOf(id: string): Promise<WireClient> {
  const client = new WireClient(nodes.config(id).listen);
  clients.push(client);
  await client.openSession();
  return client;
}

/** All that run have come to it. */
async function level(expected: number): Promise<void> {
  await vi.waitFor(
    () => {
      for (const node of nodes.running.values()) expect(node.report().featureLevel).toBe(expected);
    },
    { timeout: 10_000, interval: 10 },
  );
}

const put = (key: string, length: number) =>
  ({ kind: 'put', key: utf8Bytes(key), value: new Uint8Array(length), ephemeral: false }) as const;

function codeOf({ body }: Result): string {
  return body.kind === 'error' ? body.code : body.kind;
}

describe('in a cluster of one version', () => {
  test('a quota is set in the log, refuses what grows, and clears by itself', async () => {
    await nodes.startAll();
    await level(2);
    const shipped = await nodes.askLeader((address) => requestSettings(address, timeout));
    expect(shipped.settings[0]).toEqual({ name: 'quotaBytes', value: 1024 * mebibyte, isDefault: true });

    const quota = [{ name: 'quotaBytes', value: mebibyte }] as const;
    const report = await nodes.askLeader((address) => requestSettingsChange(address, quota, timeout));
    expect(report).toMatchObject({ featureLevel: 2, version: 1 });
    expect(report.settings[0]).toEqual({ name: 'quotaBytes', value: mebibyte, isDefault: false });
    const client = await clientOf('n2');
    expect(codeOf(await client.command(put('a', 600_000)))).toBe('put');
    expect(codeOf(await client.command(put('b', 600_000)))).toBe('QUOTA_EXCEEDED');
    expect(codeOf(await client.command({ kind: 'delete', key: utf8Bytes('a') }))).toBe('delete');
    // History still has it, until the leader has it compacted because the room is needed.
    await vi.waitFor(async () => expect(codeOf(await client.command(put('b', 600_000)))).toBe('put'), {
      timeout: 5_000,
      interval: 20,
    });
    const status = await nodes.askLeader((address) => requestStatus(address, timeout));
    expect(status).toMatchObject({ quotaBytes: mebibyte, featureLevel: 2, supportedLevel: 2 });
    expect(status.residentBytes).toBeGreaterThan(600_000);
  });

  test('what is no setting, or out of its range, is refused, and so is whoever does not ask the leader', async () => {
    await nodes.startAll();
    await level(2);
    const refused = (name: string, value: number) =>
      expect(nodes.askLeader((address) => requestSettingsChange(address, [{ name, value }], timeout))).rejects;
    await refused('color', 1).toMatchObject({ code: 'INVALID_ARGUMENT' });
    await refused('quotaBytes', 1).toMatchObject({ code: 'INVALID_ARGUMENT' });
    await refused('quotaBytes', 4096 * mebibyte + 1).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('quotaBytes is from 1048576 to 4294967296, or the default; not 4294967297'),
    });
    await refused('historyBytes', 1024 * mebibyte + 1).toMatchObject({ code: 'INVALID_ARGUMENT' });
    const leader = await nodes.leader();
    const follower = [...nodes.running.values()].find(({ id }) => id !== leader.id);
    const change = requestSettingsChange(follower?.address ?? '', [{ name: 'quotaBytes', value: mebibyte }], timeout);
    await expect(change).rejects.toMatchObject({ code: 'NOT_LEADER' });
    expect((await nodes.askLeader((address) => requestSettings(address, timeout))).version).toBe(0);
  });

  test('settings outlive a restart of all', async () => {
    await nodes.startAll();
    await level(2);
    const setting = { name: 'historyRevisions', value: 7 };
    await nodes.askLeader((address) => requestSettingsChange(address, [setting], timeout));
    await nodes.stopAll();
    await nodes.startAll();
    await nodes.leader();
    await vi.waitFor(
      async () => {
        const report = await requestSettings(nodes.config('n3').listen, timeout);
        expect(report.settings[1]).toEqual({ ...setting, isDefault: false });
      },
      { timeout: 10_000 },
    );
  });
});

test('a cluster of two versions serves at the older level, and comes to the newer one with its last member', async () => {
  await Promise.all([nodes.start('n1'), nodes.start('n2'), nodes.start('n3', {}, { supportedLevel: 1 })]);
  await nodes.leader();
  const client = await clientOf('n3');
  expect(codeOf(await client.command(put('a', 10)))).toBe('put');
  await level(1);
  const quota = [{ name: 'quotaBytes', value: mebibyte }] as const;
  const change = nodes.askLeader((address) => requestSettingsChange(address, quota, timeout));
  // With n3 as its leader, too, the cluster is at the first level.
  await expect(change).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('at level 1') });
  await nodes.stop('n3');
  await nodes.start('n3');
  await level(2);
  await nodes.askLeader((address) => requestSettingsChange(address, quota, timeout));

  // From now on the older version is too old.
  await nodes.stop('n3');
  const older = await nodes.start('n3', {}, { supportedLevel: 1 });
  const halt = await older.halted;
  expect(halt.code).toBe('UNDECODABLE_COMMAND');
  expect(halt.reason).toMatch(
    /^slot \d+ holds a raiseFeatureLevel of feature level 2, .* levels up to 1: start a newer/,
  );
});
