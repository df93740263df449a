import { describe, expect, test } from 'vitest';
import type { GreetingAnswer, PaxosMessage } from '../../src/paxos/messages.ts';
import type { PaxosOptions } from '../../src/paxos/paxos.ts';
import { Harness } from './harness.ts';
import {
  genesisOf,
  incarnationOf,
  initialMembers,
  n1,
  n2,
  n3,
  noBallot,
  optionsOf,
  prepare,
  recordOf,
  settings,
  TestNode,
  votingMember,
  welcome,
} from './node.ts';

type Changed = Partial<Extract<PaxosMessage, { type: 'greeting' }>>;

function greeting(from: typeof n1, changed: Changed = {}): PaxosMessage {
  return {
    type: 'greeting',
    clusterId: '',
    clusterName: 'test',
    incarnation: changed.incarnation ?? incarnationOf(from),
    bootId: `${from}-boot`,
    formed: false,
    sequence: 0,
    chosenThrough: 0,
    configuration: undefined,
    initial: initialMembers(3),
    supportedLevel: 2,
    ...changed,
  };
}

const genesisFor = (nodeId: typeof n1): Extract<PaxosMessage, { type: 'genesis' }> => ({
  type: 'genesis',
  bootId: optionsOf(nodeId, 3).bootId,
  genesis: genesisOf(3),
  configuration: undefined,
});

const member: Changed = { clusterId: 'cluster-1', sequence: 1 };

describe('the founder', () => {
  test('mints the cluster once all listed members have greeted it, and tells them when it is durable', () => {
    const node = new TestNode(optionsOf(n1, 3)).receive(n2, greeting(n2));
    expect(node.pending).toBeUndefined();
    node.receive(n3, greeting(n3));
    expect(node.pending).toMatchObject({ sequence: 1, genesis: genesisOf(3), formed: false });
    expect(node.taken('genesis')).toEqual([]);
    node.persist();
    expect(node.taken('genesis')).toMatchObject([
      { to: n2, genesis: genesisOf(3) },
      { to: n3, genesis: genesisOf(3) },
    ]);
  });

  test('uses its own settings', () => {
    const own = { ...settings, leaseMs: 321 };
    const node = new TestNode(optionsOf(n1, 3, { settings: own }));
    node.receive(n2, greeting(n2)).receive(n3, greeting(n3)).settle();
    expect(node.paxos.genesis?.settings).toEqual(own);
  });

  test('repeats the genesis until the greeting shows it', () => {
    const node = new TestNode(optionsOf(n1, 3)).receive(n2, greeting(n2)).receive(n3, greeting(n3)).settle();
    node.take();
    expect(node.receive(n2, greeting(n2)).taken('genesis')).toMatchObject([{ to: n2 }]);
    expect(node.receive(n2, greeting(n2, member)).taken('genesis')).toEqual([]);
  });

  test('does not repeat it to one that has had it: its directory is not what it was', () => {
    const node = new TestNode(optionsOf(n1, 3)).receive(n2, greeting(n2)).receive(n3, greeting(n3)).settle();
    node.receive(n2, greeting(n2, member)).settle().take();
    node.receive(n2, greeting(n2, { bootId: 'n2-next-boot' }));
    const seen = { nodeId: n2, incarnation: incarnationOf(n2), sequence: 1 };
    expect(node.take()).toMatchObject([{ to: n2, message: { type: 'greetingAnswer', seen } }]);
  });

  test('takes the incarnation of the last greeting', () => {
    const node = new TestNode(optionsOf(n1, 3)).receive(n2, greeting(n2, { incarnation: 'n2-old' }), 'n2-old');
    node.receive(n2, greeting(n2)).receive(n3, greeting(n3));
    expect(node.paxos.genesis?.members[1]?.incarnation).toBe('n2-a');
  });

  test('knows the cluster formed when every member shows the genesis, and campaigns at once', () => {
    const node = new TestNode(optionsOf(n1, 3)).receive(n2, greeting(n2)).receive(n3, greeting(n3)).settle();
    welcome(node, n2, { clusterId: '', formed: false });
    welcome(node, n3, { clusterId: '', formed: false });
    node.receive(n2, greeting(n2, member)).settle();
    expect(node.paxos.formed).toBe(false);
    node.receive(n3, greeting(n3, member));
    expect([node.paxos.formed, node.paxos.role]).toEqual([false, 'forming']);
    node.settle();
    expect([node.paxos.formed, node.paxos.role]).toEqual([true, 'follower']);
    node.wait(10);
    expect(node.paxos.role).toBe('candidate');
  });
});

describe('the others', () => {
  test('journal the genesis before they show it', () => {
    const node = new TestNode(optionsOf(n2, 3)).receive(n1, genesisFor(n2));
    node.take();
    node.wait(200);
    expect(node.taken('greeting').map(({ clusterId }) => clusterId)).toEqual(['', '']);
    node.persist().wait(200);
    expect(node.taken('greeting').map(({ clusterId }) => clusterId)).toEqual(['cluster-1', 'cluster-1']);
  });

  test('believe a member that says that the cluster is formed', () => {
    const node = new TestNode(optionsOf(n2, 3)).receive(n1, genesisFor(n2)).settle();
    welcome(node, n1, { formed: false });
    welcome(node, n3, { formed: true }).settle();
    expect(node.paxos.formed).toBe(true);
    expect(node.disk.at(-1)?.formed).toBe(true);
  });

  test('do not vote before', () => {
    const node = new TestNode(optionsOf(n2, 3)).receive(n1, genesisFor(n2)).settle();
    welcome(node, n1, { formed: false });
    welcome(node, n3, { clusterId: '', formed: false });
    node.nowMs += 10_000;
    node.take();
    node
      .receive(n1, prepare(1, n1))
      .receive(n1, { type: 'preVote', ballot: { round: 1, nodeId: n1 } })
      .settle();
    expect(node.take()).toEqual([]);
    expect([node.paxos.role, node.paxos.promised]).toEqual(['forming', noBallot]);
  });

  test.each<[string, Partial<PaxosOptions>, typeof n1]>([
    ['not from the founder', {}, n3],
    ['for another incarnation of this node', { incarnation: 'n2-b' }, n1],
    ['that answers an earlier boot', { bootId: 'n2-next-boot' }, n1],
    ['for another cluster name', { clusterName: 'other' }, n1],
    ['for other members', { initial: initialMembers(5) }, n1],
    ['for other addresses', { initial: initialMembers(3).map((one) => ({ ...one, address: 'elsewhere:1' })) }, n1],
  ])('do not take a genesis %s', (_, changed, from) => {
    const node = new TestNode(optionsOf(n2, 3, changed)).receive(from, genesisFor(n2));
    expect(node.paxos.genesis).toBeUndefined();
  });

  test('keep the genesis that they have', () => {
    const node = votingMember(n2, 3).receive(n1, {
      ...genesisFor(n2),
      genesis: genesisOf(3, { clusterId: 'cluster-2' }),
    });
    expect(node.paxos.genesis?.clusterId).toBe('cluster-1');
    expect(node.pending).toBeUndefined();
  });
});

describe('the verdict on a greeting', () => {
  const verdictOf = (node: TestNode, from: typeof n1, changed: Changed): string => {
    node.take();
    node.receive(from, greeting(from, changed), changed.incarnation ?? incarnationOf(from));
    return node.taken('greetingAnswer')[0]?.verdict.kind ?? 'none';
  };

  test('by a member of a cluster', () => {
    const node = votingMember(n1, 3);
    expect(verdictOf(node, n2, member)).toBe('welcome');
    expect(verdictOf(node, n2, {})).toBe('welcome');
    expect(verdictOf(node, n2, { clusterId: 'cluster-2' })).toBe('wrongCluster');
    expect(verdictOf(node, n2, { ...member, clusterName: 'other' })).toBe('wrongCluster');
    expect(verdictOf(node, n2, { ...member, incarnation: 'n2-b' })).toBe('strangeIncarnation');
    expect(verdictOf(node, n2, { incarnation: 'n2-b' })).toBe('strangeIncarnation');
    expect(verdictOf(node, 'n9' as typeof n1, {})).toBe('notAMember');
    // It belongs to the cluster: then it did once, or others know already that it does.
    expect(verdictOf(node, 'n9' as typeof n1, member)).toBe('removed');
    expect(verdictOf(node, 'n9' as typeof n1, { ...member, configuration: { slot: 7, members: [] } })).toBe('welcome');
    // What a node was started with means nothing once there is a cluster.
    expect(verdictOf(node, n2, { ...member, initial: [] })).toBe('welcome');
  });

  test('by a node without a cluster', () => {
    const node = new TestNode(optionsOf(n1, 3));
    expect(verdictOf(node, n2, {})).toBe('welcome');
    expect(verdictOf(node, n2, { clusterName: 'other' })).toBe('wrongCluster');
    expect(verdictOf(node, n2, { initial: initialMembers(5) })).toBe('differentInitial');
    expect(verdictOf(node, n2, { initial: [...initialMembers(3)].reverse() })).toBe('welcome');
    expect(verdictOf(node, 'n9' as typeof n1, {})).toBe('notAMember');
    expect(verdictOf(node, n2, { ...member, initial: [] })).toBe('welcome');
    expect(node.pending).toBeUndefined();
  });
});

type Refusal = Exclude<GreetingAnswer['verdict'], { kind: 'welcome' }>;
const refusals: readonly [string, Refusal][] = [
  ['WRONG_CLUSTER', { kind: 'wrongCluster', clusterId: 'cluster-2' }],
  ['STRANGE_INCARNATION', { kind: 'strangeIncarnation', expected: 'n1-z' }],
  ['NOT_A_MEMBER', { kind: 'notAMember' }],
  ['DIFFERENT_INITIAL', { kind: 'differentInitial', initial: initialMembers(5) }],
  ['DIFFERENT_ORIGIN', { kind: 'differentOrigin', origin: 'abc' }],
];

/** Nobody expects another incarnation of a newcomer. */
const refusalsOfNewcomers = refusals.filter(([code]) => code !== 'STRANGE_INCARNATION');

test.each(refusalsOfNewcomers)('a newcomer that is refused with %s stops, and is told what to do', (code, verdict) => {
  const node = new TestNode(optionsOf(n1, 3));
  welcome(node, n2, { clusterId: '', verdict });
  expect(node.halted?.code).toBe(code);
  expect(node.halted?.reason).toMatch(/Check|Start all|Restore/);
});

describe.each(refusals)('refused with %s', (code, verdict) => {
  test('a member goes on if one says so, and stops if a majority does', () => {
    const node = votingMember(n1, 3);
    welcome(node, n2, { verdict });
    expect(node.noticeCodes()).toEqual(['peer-refused']);
    expect(node.halted).toBeUndefined();
    welcome(node, n2, { verdict });
    expect(node.noticeCodes()).toEqual(['peer-refused']);
    welcome(node, n3, { verdict });
    expect(node.halted?.code).toBe(code);
  });

  test('the word of a stranger under a member’s name does not count', () => {
    const node = votingMember(n1, 3);
    for (const from of [n2, n3]) {
      const answer = { type: 'greetingAnswer', bootId: 'n1-boot-1', clusterId: 'cluster-1', formed: true } as const;
      const message = {
        ...answer,
        incarnation: 'x',
        chosenThrough: 0,
        configuration: undefined,
        verdict,
        seen: undefined,
        supportedLevel: 2,
      };
      node.receive(from, message, 'x');
    }
    expect([node.halted, node.noticeCodes()]).toEqual([undefined, []]);
  });
});

describe('a cluster is born', () => {
  test.each([1, 2, 3, 5])('of %i', (count) => {
    const harness = new Harness({ seed: count, count }).startAll();
    harness.runUntil(() => harness.servingLeader() !== undefined, 1000);
    expect(harness.machines.every(({ paxos }) => paxos.genesis?.clusterId === 'cluster-1')).toBe(true);
  });

  test('whatever is lost, and whoever starts late or crashes', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const delayMs = (draw: () => number): number | undefined => (draw() < 0.3 ? undefined : draw() * 50);
      const harness = new Harness({ seed, count: 3, delayMs });
      harness.start(n2);
      harness.run(500);
      harness.start(n1);
      harness.start(n3);
      harness.run(harness.random() * 300);
      harness.crash(n1);
      harness.start(n1);
      harness.run(harness.random() * 300);
      harness.crash(n3);
      harness.start(n3);
      harness.runUntil(() => harness.servingLeader() !== undefined);
      const members = new Set(harness.machines.map(({ paxos }) => JSON.stringify(paxos.genesis)));
      expect(members.size).toBe(1);
    }
  });

  test('but not without all of its members', () => {
    const harness = new Harness({ seed: 1, count: 3 });
    harness.start(n1);
    harness.start(n2);
    harness.run(10_000);
    expect(harness.machine(n1).paxos.genesis).toBeUndefined();
    expect(recordOf(3).genesis).toEqual(genesisOf(3));
  });
});
