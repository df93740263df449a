import { describe, expect, it } from 'vitest';
import { shippedSettings } from '../../src/wire/settings.ts';
import { Cluster } from './cluster.ts';

function levels(cluster: Cluster): readonly number[] {
  return cluster.nodes.map(({ replica }) => replica.machine.governance.featureLevel);
}

function quotas(cluster: Cluster): readonly number[] {
  return cluster.nodes.map(({ replica }) => replica.machine.governance.settings.quotaBytes);
}

function setQuota(cluster: Cluster, quotaBytes: number): void {
  const leader = cluster.leader ?? '';
  const { version } = cluster.replica(leader).machine.governance.settings;
  cluster.turn(leader, { type: 'changeSettings', settings: { ...shippedSettings, version, quotaBytes } });
  cluster.advance(100);
}

describe('the feature level', () => {
  it('is raised by the leader once all members have said that they carry it out', () => {
    const cluster = Cluster.ready();
    cluster.advance(500);
    expect(levels(cluster)).toEqual([2, 2, 2]);
    expect(cluster.agrees).toBe(true);
    setQuota(cluster, 5_000_000);
    expect(quotas(cluster)).toEqual([5_000_000, 5_000_000, 5_000_000]);
  });

  it('stays as long as one member is of an older version, whoever leads; and the cluster serves', () => {
    const supportedLevels: Record<string, number> = { n3: 1 };
    const cluster = Cluster.ready({ supportedLevels });
    const client = cluster.client('n3').open();
    cluster.advance(2_000);
    expect(levels(cluster)).toEqual([1, 1, 1]);
    setQuota(cluster, 5_000_000);
    expect(quotas(cluster)).toEqual([0, 0, 0]);
    cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n3').nodeId });
    cluster.runUntil(() => cluster.leader === 'n3');
    const id = client.put('a', '1');
    cluster.runUntil(() => client.result(id) !== undefined);
    cluster.advance(2_000);
    expect(levels(cluster)).toEqual([1, 1, 1]);
    expect(cluster.agrees).toBe(true);

    supportedLevels['n3'] = 2;
    cluster.crash('n3');
    cluster.leaderAfter('n3');
    cluster.start('n3');
    cluster.runUntil(() => levels(cluster).every((level) => level === 2));
    setQuota(cluster, 5_000_000);
    expect(quotas(cluster)).toEqual([5_000_000, 5_000_000, 5_000_000]);
    expect(cluster.agrees).toBe(true);
  });

  it('stays as long as one member is away, which may come back as an older version', () => {
    const supportedLevels: Record<string, number> = { n3: 1 };
    const cluster = Cluster.ready({ supportedLevels });
    supportedLevels['n3'] = 2;
    cluster.crash('n3');
    cluster.advance(3_000);
    expect(cluster.replica(cluster.leader ?? '').machine.governance.featureLevel).toBe(1);
    cluster.start('n3');
    cluster.runUntil(() => levels(cluster).every((level) => level === 2));
  });
});

describe('a node of an older version', () => {
  it('halts at the first command above its level, and says which, and where', () => {
    const supportedLevels: Record<string, number> = {};
    const cluster = Cluster.ready({ supportedLevels });
    cluster.isolate('n3');
    cluster.advance(500);
    // It has said that it carries out level 2, and is now exchanged for an older version.
    cluster.crash('n3');
    supportedLevels['n3'] = 1;
    cluster.heal();
    cluster.start('n3');
    cluster.runUntil(() => cluster.node('n3').halt !== undefined);
    const { halt } = cluster.node('n3');
    expect(halt?.code).toBe('UNDECODABLE_COMMAND');
    expect(halt?.reason).toMatch(/^slot \d+ holds a raiseFeatureLevel of feature level 2, and this version supports/);
    cluster.advance(500);
    expect(cluster.leader).toBeDefined();
  });
});
