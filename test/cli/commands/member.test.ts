import { describe, expect, test } from 'vitest';
import type { EndpointReport, KnownMember, NodeStatus } from '../../../src/cli/cluster-probe.ts';
import type { ChangeMembersRequest } from '../../../src/rpc/admin-client.ts';
import { CodedError, World, type WorldOptions } from '../fake-context.ts';

const portOf = (id: string): string => `127.0.0.1:710${id.slice(1)}`;

/** A cluster of which the first node leads; a change is made at once, and what joins has caught up when somebody looks again. */
class FakeCluster {
  members: KnownMember[] = ['n1', 'n2', 'n3'].map((nodeId) => memberOf(nodeId));
  leader = 'n1';
  slot = 0;
  readonly down = new Set<string>();
  readonly requests: (ChangeMembersRequest & { readonly at: string })[] = [];
  /** What the next requests fail with, or undefined; the change is made before if `lost`. */
  readonly failures: { readonly error: Error; readonly lost?: boolean }[] = [];

  world(options: WorldOptions = {}): World {
    return new World({
      admin: {
        probe: (endpoint) => Promise.resolve(this.#report(endpoint)),
        changeMembers: async (at, request) => {
          this.requests.push({ ...request, at });
          const failure = this.failures.shift();
          if (failure !== undefined && failure.lost !== true) throw failure.error;
          this.#make(request);
          if (failure !== undefined) throw failure.error;
          return this.slot;
        },
        transferLeadership: async (_at, to) => {
          const failure = this.failures.shift();
          if (failure !== undefined && failure.lost !== true) throw failure.error;
          this.leader = to ?? 'n2';
          if (failure !== undefined) throw failure.error;
          return this.leader;
        },
      },
      ...options,
    });
  }

  #report(endpoint: string): EndpointReport {
    const id = `n${endpoint.slice(-1)}`;
    const member = this.members.find(({ nodeId }) => nodeId === id);
    if (member === undefined || this.down.has(id)) return { kind: 'failed', endpoint, reason: 'connection refused' };
    if (id !== this.leader && member.standing === 'joining') this.#promote(member);
    const status: NodeStatus = {
      clusterId: 'c1',
      nodeId: id,
      state: id === this.leader ? 'leader' : 'follower',
      leaderId: this.leader,
      ballot: { round: 2, node: this.leader },
      chosenSlot: 40,
      appliedSlot: member.standing === 'learner' ? 30 : 40,
      revision: 8,
      pid: 1,
      version: '0.1.0',
      uptimeSeconds: 61,
      checkpointSlot: 0,
      alarm: null,
      lastError: null,
      connections: 3,
      watches: 2,
      supportedLevel: 2,
      featureLevel: 2,
      residentBytes: 1_000,
      quotaBytes: null,
      members: [...this.members],
      membersSlot: this.slot,
    };
    return { kind: 'answered', endpoint, status };
  }

  #make({ nodeId, add, promote }: ChangeMembersRequest): void {
    this.slot += 10;
    if (add) {
      const { address, learner, replaces } = add;
      this.members.push({ ...memberOf(nodeId, learner ? 'learner' : 'joining', replaces || null), address });
    } else if (promote) {
      this.members = this.members.map((member) => (member.nodeId === nodeId ? memberOf(nodeId) : member));
    } else {
      this.members = this.members.filter((member) => member.nodeId !== nodeId);
      if (this.leader === nodeId) this.leader = this.members[0]?.nodeId ?? '';
    }
  }

  #promote({ nodeId, replaces }: KnownMember): void {
    const staying = this.members.filter((member) => member.nodeId !== replaces && member.nodeId !== nodeId);
    this.members = [...staying, memberOf(nodeId)];
  }
}

function memberOf(nodeId: string, standing: KnownMember['standing'] = 'voter', replaces: string | null = null) {
  return { nodeId, address: portOf(nodeId), incarnation: `i-${nodeId}`, standing, replaces };
}

function refusal(code: string, message: string): CodedError {
  return Object.assign(new CodedError(code, message), { refused: true });
}

const notLeader = () => ({ error: refusal('NOT_LEADER', 'ask n2') });

test('a node is added, and waited for until it votes', async () => {
  const cluster = new FakeCluster();
  const world = cluster.world();
  expect(await world.run('member', 'add', 'n4=127.0.0.1:7104')).toBe(0);
  expect(cluster.requests).toEqual([
    { nodeId: 'n4', add: { address: '127.0.0.1:7104', learner: false, replaces: '' }, at: '127.0.0.1:7101' },
  ]);
  expect(world.stderr.text).toContain('waiting for n4 to greet: start it with\n  conclave serve --id n4');
  expect(world.stderr.text).toContain(
    '--join --initial n1=127.0.0.1:7101,n2=127.0.0.1:7102,n3=127.0.0.1:7103,n4=127.0.0.1:7104',
  );
  expect(world.stdout.text).toBe('n4 is a voter; 4 voters, can lose 1 more\n');
});

test('a learner is not waited for, and is promoted later', async () => {
  const cluster = new FakeCluster();
  const world = cluster.world();
  expect(await world.run('member', 'add', 'n4=127.0.0.1:7104', '--learner', '--json')).toBe(0);
  expect(JSON.parse(world.stdout.text)).toMatchObject({
    changed: true,
    clusterId: 'c1',
    leader: 'n1',
    failureTolerance: 1,
    membersSlot: 10,
    members: [
      { id: 'n1' },
      { id: 'n2' },
      { id: 'n3' },
      { id: 'n4', standing: 'learner', state: 'learner', behind: 10 },
    ],
  });
  const promoting = cluster.world();
  expect(await promoting.run('member', 'promote', 'n4')).toBe(0);
  expect(promoting.stdout.text).toBe('n4 is a voter; 4 voters, can lose 1 more\n');
});

test('one that is somebody else is not added', async () => {
  const cluster = new FakeCluster();
  const world = cluster.world();
  expect(await world.run('member', 'add', 'n4=127.0.0.1:7102')).toBe(1);
  expect(world.stderr.text).toBe('error INVALID_ARGUMENT: 127.0.0.1:7102 answers, but that is n2, not n4\n');
  expect(cluster.requests).toEqual([]);
});

describe('what cannot be undone is asked for', () => {
  test('with what it would be to the cluster', async () => {
    const cluster = new FakeCluster();
    const world = cluster.world({ onTerminal: true, answer: 'y' });
    expect(await world.run('member', 'remove', 'n1')).toBe(0);
    expect(world.questions).toEqual(['Go on? [y/N] ']);
    expect(world.stderr.text).toBe(
      'n1 at 127.0.0.1:7101 is removed for good: 2 voters instead of 3; can lose 0 more instead of 1.\n' +
        'n1 leads, and hands over first.\nn1 stops by itself (REMOVED).\n',
    );
  });

  test.each(['', 'n', 'yesterday'])("'%s' is no yes", async (answer) => {
    const cluster = new FakeCluster();
    const world = cluster.world({ onTerminal: true, answer });
    expect(await world.run('member', 'replace', 'n2', 'n4=127.0.0.1:7104')).toBe(1);
    expect(world.stderr.text).toContain('Then: 3 voters; can lose 1 more, as now.\n');
    expect(world.stderr.text).toContain('error NOT_CONFIRMED: nothing was changed\n');
    expect(cluster.requests).toEqual([]);
  });

  test('or said beforehand, without a terminal', async () => {
    for (const words of [
      ['remove', 'n2'],
      ['replace', 'n2', 'n4=127.0.0.1:7104'],
    ]) {
      const cluster = new FakeCluster();
      const mute = cluster.world();
      expect(await mute.run('member', ...words)).toBe(64);
      expect(mute.stderr.text).toContain(`${words[0]} asks before it does anything, and standard input is no terminal`);
      expect(cluster.requests).toEqual([]);
      const said = cluster.world();
      expect(await said.run('member', ...words, '--yes')).toBe(0);
      expect(said.questions).toEqual([]);
      expect(cluster.members.map(({ nodeId }) => nodeId)).not.toContain('n2');
    }
  });
});

describe('the leader is asked, whoever it is', () => {
  test('again, if it is none any more', async () => {
    const cluster = new FakeCluster();
    cluster.failures.push(notLeader(), { error: new CodedError('UNAVAILABLE', 'connection refused') });
    expect(await cluster.world().run('member', 'remove', 'n3', '--yes')).toBe(0);
    expect(cluster.requests).toHaveLength(3);
  });

  test('at an address that only the members know', async () => {
    const cluster = new FakeCluster();
    cluster.leader = 'n3';
    expect(await cluster.world().run('member', 'remove', 'n2', '--yes', '--endpoints', '127.0.0.1:7101')).toBe(0);
    expect(cluster.requests[0]?.at).toBe('127.0.0.1:7103');
  });

  test('and an answer that was lost is found out', async () => {
    const cluster = new FakeCluster();
    cluster.failures.push({ error: new CodedError('UNAVAILABLE', 'gone', 'unknown'), lost: true });
    const world = cluster.world();
    expect(await world.run('member', 'remove', 'n3', '--yes')).toBe(0);
    expect([cluster.requests.length, world.stdout.text]).toEqual([1, 'n3 is no member; 2 voters, can lose 0 more\n']);
  });

  test('without one, nothing is done', async () => {
    const cluster = new FakeCluster();
    cluster.down.add('n1');
    const world = cluster.world();
    expect(await world.run('member', 'promote', 'n2', '--timeout', '10ms')).toBe(69);
    expect(world.stderr.text).toContain('error UNAVAILABLE: the cluster has no leader');
  });
});

test('a refusal of the leader is no cluster that cannot be reached', async () => {
  const cluster = new FakeCluster();
  cluster.failures.push({ error: refusal('UNAVAILABLE', 'of 2 voters 2 have to answer, and n3 do not') });
  const world = cluster.world();
  expect(await world.run('member', 'remove', 'n2', '--yes', '--timeout', '10ms')).toBe(1);
  expect(world.stderr.text).toContain('error REFUSED: of 2 voters 2 have to answer, and n3 do not\n');
});

test('whoever is no member is told by the names of those who are', async () => {
  for (const words of [
    ['promote', 'n9'],
    ['remove', 'n9', '--yes'],
    ['replace', 'n9', 'n4=127.0.0.1:7104', '--yes'],
  ]) {
    const world = new FakeCluster().world();
    expect(await world.run('member', ...words)).toBe(1);
    expect(world.stderr.text).toBe('error NO_SUCH_MEMBER: n9 is no member: there are n1, n2, n3\n');
  }
});

test('the list says what a member is there for', async () => {
  const cluster = new FakeCluster();
  cluster.down.add('n3');
  cluster.members.push(memberOf('n5', 'joining', 'n3'));
  cluster.down.add('n5');
  const world = cluster.world();
  expect(await world.run('member', 'list')).toBe(0);
  expect(world.stdout.text.split('\n')).toEqual([
    'MEMBER\tSTANDING\tSTATE\tADDRESS\tBEHIND\tINCARNATION',
    'n1\tvoter\tleader\t127.0.0.1:7101\t0\ti-n1',
    'n2\tvoter\tfollower\t127.0.0.1:7102\t0\ti-n2',
    'n3\tvoter\tunreachable\t127.0.0.1:7103\t-\ti-n3',
    'n5\tjoining for n3\tunreachable\t127.0.0.1:7105\t-\ti-n5',
    'cluster c1   leader n1   founding members   can lose 0 more',
    '',
  ]);
});

test('leadership is handed over, once', async () => {
  const cluster = new FakeCluster();
  cluster.failures.push(notLeader(), { error: new CodedError('UNAVAILABLE', 'gone', 'unknown'), lost: true });
  const world = cluster.world();
  expect(await world.run('leader', 'transfer', 'n3')).toBe(0);
  expect([cluster.leader, world.stdout.text]).toEqual(['n3', 'n3 leads\n']);
  const again = cluster.world();
  expect(await again.run('leader', 'transfer', 'n3', '--json')).toBe(0);
  expect(again.stdout.text).toBe('{"changed":false,"leader":"n3"}\n');
});
