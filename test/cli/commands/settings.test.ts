import { describe, expect, test } from 'vitest';
import type { EndpointReport, NodeStatus } from '../../../src/cli/cluster-probe.ts';
import { AdminCallError, type SettingsReport } from '../../../src/rpc/admin-client.ts';
import { World } from '../fake-context.ts';

const members = ['n1', 'n2', 'n3'].map((nodeId, index) => ({ nodeId, address: `127.0.0.1:710${index + 1}` }));

function answer(nodeId: string, state: NodeStatus['state']): Omit<EndpointReport, 'endpoint'> {
  const rest = { ballot: { round: 2, node: 'n2' }, chosenSlot: 1, appliedSlot: 1, revision: 1, pid: 1, version: '' };
  const room = { featureLevel: 2, residentBytes: 1, quotaBytes: 2 ** 30, uptimeSeconds: 1 };
  return {
    kind: 'answered',
    status: { clusterId: 'c', nodeId, state, leaderId: 'n2', members, ...rest, ...room },
  } as Omit<EndpointReport, 'endpoint'>;
}

const settings: SettingsReport = {
  featureLevel: 2,
  commonLevel: 2,
  version: 4,
  residentBytes: 3_000,
  settings: [
    { name: 'quotaBytes', value: 2 * 1024 ** 3, isDefault: false },
    { name: 'historyRevisions', value: 100_000, isDefault: true },
    { name: 'historyBytes', value: 64 * 1024 ** 2, isDefault: true },
  ],
};

const reports = {
  '127.0.0.1:7101': answer('n1', 'follower'),
  '127.0.0.1:7102': answer('n2', 'leader'),
  '127.0.0.1:7103': answer('n3', 'follower'),
};

test('shows what is in force, and what was never set', async () => {
  const world = new World({ reports, settings });
  expect(await world.run('settings')).toBe(0);
  expect(world.stdout.text).toBe(
    'quota\t2 GiB\nhistory-revisions\t100000\t(default)\nhistory-bytes\t64 MiB\t(default)\n',
  );
});

test('--json prints one line for programs', async () => {
  const world = new World({ reports, settings });
  expect(await world.run('settings', '--json')).toBe(0);
  expect(JSON.parse(world.stdout.text)).toEqual({
    featureLevel: 2,
    version: 4,
    residentBytes: 3_000,
    settings: { quotaBytes: 2 * 1024 ** 3, historyRevisions: 100_000, historyBytes: 64 * 1024 ** 2 },
  });
});

describe('set', () => {
  test('asks the leader, which need not be among the endpoints, for all at once', async () => {
    const world = new World({ reports, settings });
    const words = ['quota=2GiB', 'history-revisions=500', 'history-bytes=default', '--endpoints', '127.0.0.1:7101'];
    expect(await world.run('settings', 'set', ...words)).toBe(0);
    expect(world.changed).toEqual([
      {
        address: '127.0.0.1:7102',
        changes: [
          { name: 'quotaBytes', value: 2 * 1024 ** 3 },
          { name: 'historyRevisions', value: 500 },
          { name: 'historyBytes', value: 0 },
        ],
      },
    ]);
    expect(world.stdout.text).toContain('quota\t2 GiB\n');
  });

  test('refuses to be told two values for one', async () => {
    const world = new World({ reports, settings });
    expect(await world.run('settings', 'set', 'quota=1GiB', 'quota=2GiB')).toBe(64);
    expect(world.stderr.text).toMatch(/^error: quota is given twice\n/);
    expect(world.changed).toEqual([]);
  });

  test('tells why it was refused', async () => {
    const refusal = new AdminCallError('UNSUPPORTED', '127.0.0.1:7102: level 1', { refused: true });
    const world = new World({ reports, settings, refusal });
    expect(await world.run('settings', 'set', 'quota=1GiB')).toBe(1);
    expect(world.stderr.text).toBe('error UNSUPPORTED: 127.0.0.1:7102: level 1\n');
  });

  test('speaks of a setting as the command line calls it', async () => {
    const message = '127.0.0.1:7102: quotaBytes is from 1048576 to 9007199254740991, or the default; not 1024';
    const refusal = new AdminCallError('INVALID_ARGUMENT', message, { refused: true });
    const world = new World({ reports, settings, refusal });
    expect(await world.run('settings', 'set', 'quota=1KiB')).toBe(1);
    expect(world.stderr.text).toBe(`error INVALID_ARGUMENT: ${message.replace('quotaBytes', 'quota')}\n`);
  });

  test('is tried again with the next leader, but only if it was surely not done', async () => {
    const refusing = (code: 'NOT_LEADER' | 'TIMEOUT') => {
      const asked: string[] = [];
      const changeSettings = async (address: string) => {
        asked.push(address);
        if (asked.length > 1) return settings;
        throw new AdminCallError(code, 'not now', { refused: true });
      };
      return { asked, world: new World({ reports, admin: { changeSettings } }) };
    };
    const deposed = refusing('NOT_LEADER');
    expect(await deposed.world.run('settings', 'set', 'quota=2GiB')).toBe(0);
    expect(deposed.asked).toHaveLength(2);
    const late = refusing('TIMEOUT');
    expect(await late.world.run('settings', 'set', 'quota=2GiB')).toBe(1);
    expect(late.asked).toHaveLength(1);
  });

  test('needs a leader', async () => {
    const world = new World({ settings });
    expect(await world.run('settings', 'set', 'quota=1GiB', '--timeout', '300ms')).toBe(69);
    expect(world.changed).toEqual([]);
  });
});
