import { describe, expect, test } from 'vitest';
import type { EndpointReport, KnownMember, NodeStatus } from '../../src/cli/cluster-probe.ts';
import { clusterStatus } from '../../src/cli/cluster-status.ts';
import { World } from './fake-context.ts';

const members = ['n1', 'n2', 'n3'].map((nodeId) => n(nodeId));

function answer(index: number, more: Partial<NodeStatus> = {}): EndpointReport & { kind: 'answered' } {
  const { nodeId, address } = n(`n${index}`);
  return {
    kind: 'answered',
    endpoint: address,
    status: {
      clusterId: 'c1',
      nodeId,
      state: 'follower',
      leaderId: 'n1',
      ballot: { round: 2, node: 'n1' },
      chosenSlot: 12,
      appliedSlot: 11,
      revision: 8,
      pid: 1000 + index,
      version: '0.1.0',
      uptimeSeconds: 61,
      alarm: null,
      lastError: 'disk-low: 5 bytes are free',
      connections: 3,
      watches: 2,
      supportedLevel: 2,
      featureLevel: 2,
      residentBytes: 3_000_000,
      quotaBytes: 2 ** 30,
      checkpointSlot: 9,
      members,
      membersSlot: 0,
      ...more,
    },
  };
}

const silent = (index: number): EndpointReport => ({
  kind: 'failed',
  endpoint: `127.0.0.1:710${index}`,
  reason: 'connection refused',
});

describe('the whole picture', () => {
  test('of a healthy cluster', () => {
    const status = clusterStatus([answer(1, { state: 'leader', revision: 9 }), answer(2), answer(3)]);
    expect(status).toMatchObject({ clusterId: 'c1', leader: 'n1', revision: 9, failureTolerance: 1 });
    expect(status.members[0]).toEqual({
      id: 'n1',
      standing: 'voter',
      replaces: null,
      state: 'leader',
      address: '127.0.0.1:7101',
      incarnation: 'i-n1',
      ballot: { round: 2, node: 'n1' },
      chosen: 12,
      applied: 11,
      behind: 1,
      checkpoint: 9,
      pid: 1001,
      version: '0.1.0',
      uptimeSeconds: 61,
      alarm: null,
      lastError: 'disk-low: 5 bytes are free',
      connections: 3,
      watches: 2,
    });
  });

  test.each([
    [[answer(1, { state: 'leader' }), answer(2), silent(3)], 0],
    [[answer(1), silent(2), silent(3)], 0],
    [[silent(1), silent(2), silent(3)], 0],
    [[1, 2, 3, 4, 5].map((index) => answer(index, { members: [...members, ...['n4', 'n5'].map((id) => n(id))] })), 2],
    [[1, 2, 3, 4].map((index) => answer(index, { members: [...members, ...['n4', 'n5'].map((id) => n(id))] })), 1],
    // Learners do not count: neither as those who may fail nor as those who answer.
    [[1, 2, 3, 4].map((index) => answer(index, { members: [...members, n('n4', 'learner')] })), 1],
    [[1, 2, 4].map((index) => answer(index, { members: [...members, n('n4', 'joining')] })), 0],
    // Nor does who answers under a member's name without belonging to the cluster.
    [[answer(1), answer(2), answer(3, { clusterId: null, appliedSlot: 0, membersSlot: 0 })], 0],
  ])('%# tolerates what is more than a quorum', (reports, tolerance) => {
    expect(clusterStatus(reports).failureTolerance).toBe(tolerance);
  });

  test('who says it leads with a lower ballot has been deposed', () => {
    const deposed = answer(1, { state: 'leader', ballot: { round: 2, node: 'n1' } });
    const leader = answer(2, { state: 'leader', ballot: { round: 3, node: 'n2' } });
    expect(clusterStatus([deposed, leader, silent(3)]).leader).toBe('n2');
  });

  test('a leader that others only believe in is none', () => {
    expect(clusterStatus([silent(1), answer(2), answer(3)])).toMatchObject({ leader: null, revision: 8 });
  });

  test('the members are those that the best informed knows, not those of who has applied most', () => {
    const former = answer(3, { state: 'leader', appliedSlot: 99, ballot: { round: 1, node: 'n3' } });
    const now = [n('n1'), n('n2'), n('n4', 'joining', 'n2')];
    const informed = [answer(1, { state: 'leader', members: now, membersSlot: 50 }), answer(2), answer(4)];
    const status = clusterStatus([former, ...informed]);
    expect(status).toMatchObject({ leader: 'n1', membersSlot: 50, failureTolerance: 0 });
    expect(status.members).toMatchObject([
      { id: 'n1', state: 'leader' },
      { id: 'n2', state: 'follower' },
      { id: 'n4', state: 'learner', standing: 'joining', replaces: 'n2', behind: 1 },
    ]);
  });

  test('who answers under the name of a member without its cluster is a stranger', () => {
    const wiped = answer(2, { clusterId: null, appliedSlot: 0, chosenSlot: 0 });
    const { members: listed } = clusterStatus([wiped, answer(1, { state: 'leader' }), answer(3)]);
    expect(listed[1]).toMatchObject({ id: 'n2', state: 'stranger', applied: null, behind: null, pid: 1002 });
  });

  test('what is unknown is null', () => {
    const status = clusterStatus([silent(1)]);
    expect(status).toEqual({
      clusterId: null,
      leader: null,
      revision: null,
      featureLevel: null,
      residentBytes: null,
      quotaBytes: null,
      failureTolerance: 0,
      membersSlot: null,
      members: [
        {
          id: null,
          standing: null,
          replaces: null,
          state: 'unreachable',
          address: '127.0.0.1:7101',
          incarnation: null,
          ballot: null,
          chosen: null,
          applied: null,
          behind: null,
          checkpoint: null,
          pid: null,
          version: null,
          uptimeSeconds: null,
          alarm: null,
          lastError: null,
          connections: null,
          watches: null,
        },
      ],
    });
  });
});

function n(nodeId: string, standing: KnownMember['standing'] = 'voter', replaces: string | null = null): KnownMember {
  return { nodeId, address: `127.0.0.1:710${nodeId.slice(1)}`, incarnation: `i-${nodeId}`, standing, replaces };
}

describe('conclave status', () => {
  const reports = {
    '127.0.0.1:7101': answer(1, { state: 'leader' }),
    '127.0.0.1:7102': answer(2),
  };

  test('one endpoint is enough to find the others', async () => {
    const world = new World({ reports });
    expect(await world.run('status', '--json', '--endpoints', '127.0.0.1:7102')).toBe(0);
    expect(world.probed).toEqual(['127.0.0.1:7102', '127.0.0.1:7101', '127.0.0.1:7103']);
    const status = JSON.parse(world.stdout.text);
    expect(status.leader).toBe('n1');
    expect(status.members.map(({ state }: { state: string }) => state)).toEqual(['leader', 'follower', 'unreachable']);
  });

  test('is tabs and newlines in a pipe, a table with colours on a terminal, without them under NO_COLOR', async () => {
    const pipe = new World({ reports });
    await pipe.run('status');
    expect(pipe.stdout.text).toContain('n1\tleader\t127.0.0.1:7101\t2.n1\t12\t11\t9\t1001\t0.1.0\t1m 01s\n');
    expect(pipe.stdout.text).not.toContain('\u001b');
    const terminal = new World({ reports, onTerminal: true });
    await terminal.run('status');
    expect(terminal.stdout.text).toContain('\u001b[32mleader\u001b[39m');
    const plain = new World({ reports, onTerminal: true, environment: { NO_COLOR: '1' } });
    await plain.run('status');
    expect(plain.stdout.text).toMatch(/^n2 +follower +127\.0\.0\.1:7102 +2\.n1 /m);
    expect(plain.stdout.text).not.toContain('\u001b');
  });

  test('names what somebody has to look into', async () => {
    const alarm = 'the states after slot 2048 differ';
    const world = new World({ reports: { ...reports, '127.0.0.1:7102': answer(2, { alarm }) } });
    expect(await world.run('status')).toBe(0);
    expect(world.stdout.text).toMatch(/\nalarm n2: the states after slot 2048 differ\n$/);
    expect(world.stdout.text).not.toContain('alarm n1');
  });

  test('without a leader it is printed all the same, and ends with 69', async () => {
    const world = new World({ reports: { '127.0.0.1:7102': answer(2, { leaderId: null }) } });
    expect(await world.run('status', '--json')).toBe(69);
    expect(JSON.parse(world.stdout.text)).toMatchObject({ clusterId: 'c1', leader: null });
    expect(world.stderr.text).toContain('127.0.0.1:7102  answers, but knows no leader\n');
    const nobody = new World();
    expect(await nobody.run('status', '--json')).toBe(69);
    expect(JSON.parse(nobody.stdout.text).members).toHaveLength(3);
    expect(nobody.stderr.text).toContain('start one with `conclave up`');
  });
});
