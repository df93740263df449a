import { describe, expect, test } from 'vitest';
import type { PaxosMessage } from '../../src/paxos/messages.ts';
import { originSlot } from '../../src/paxos/record.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import {
  accept,
  campaign,
  genesisOf,
  incarnationOf,
  initialMembers,
  n1,
  n2,
  n3,
  optionsOf,
  promise,
  recordOf,
  TestNode,
  votingMember,
  welcome,
} from './node.ts';

const origin = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
type Greeting = Extract<PaxosMessage, { type: 'greeting' }>;

/** As `from` greets before there is a cluster. */
function greeting(from: NodeId, changed: Partial<Greeting>): Greeting {
  return {
    type: 'greeting',
    clusterId: '',
    clusterName: 'test',
    incarnation: incarnationOf(from),
    bootId: `${from}-boot`,
    formed: false,
    sequence: 0,
    chosenThrough: originSlot,
    configuration: undefined,
    initial: initialMembers(3),
    supportedLevel: 2,
    ...changed,
  };
}

function restoredNewcomer(nodeId: NodeId, count = 3): TestNode {
  return new TestNode(optionsOf(nodeId, count, { origin }), [], 0, originSlot);
}

const restoredGenesis = genesisOf(3, { origin });
const firstRecord = recordOf(3, { genesis: restoredGenesis, chosenThrough: originSlot, trimmedThrough: originSlot });

describe('a cluster of restored directories', () => {
  test('is born when all members begin with the same state, and its genesis names it', () => {
    const node = restoredNewcomer(n1).receive(n2, greeting(n2, { origin })).receive(n3, greeting(n3, { origin }));
    expect(node.pending).toMatchObject({ genesis: restoredGenesis, trimmedThrough: originSlot });
  });

  test.each<[string, Partial<Greeting>]>([
    ['began empty', {}],
    ['was restored to another state', { origin: 'ffff' }],
  ])('is not founded with a member that %s, which is told so', (_, changed) => {
    const node = restoredNewcomer(n1);
    node.take();
    node.receive(n2, greeting(n2, changed)).receive(n3, greeting(n3, { origin }));
    expect(node.pending).toBeUndefined();
    expect(node.taken('greetingAnswer')[0]?.verdict).toEqual({ kind: 'differentOrigin', origin });
  });

  test('is not founded by a founder that began empty', () => {
    const node = new TestNode(optionsOf(n1, 3)).receive(n2, greeting(n2, { origin })).receive(n3, greeting(n3, {}));
    expect(node.pending).toBeUndefined();
  });

  test('is joined under a genesis that names this state, and no other', () => {
    const { bootId } = optionsOf(n2, 3);
    const joined = (genesis = restoredGenesis) =>
      restoredNewcomer(n2).receive(n1, { type: 'genesis', configuration: undefined, bootId, genesis });
    expect(joined().pending).toMatchObject({ genesis: restoredGenesis });
    expect(joined(genesisOf(3)).pending).toBeUndefined();
    expect(joined(genesisOf(3, { origin: 'ffff' })).pending).toBeUndefined();
    const empty = new TestNode(optionsOf(n2, 3)).receive(n1, {
      type: 'genesis',
      configuration: undefined,
      bootId,
      genesis: restoredGenesis,
    });
    expect(empty.pending).toBeUndefined();
  });

  test('tells the operator of a newcomer that is refused what both begin with', () => {
    const node = new TestNode(optionsOf(n2, 3));
    welcome(node, n1, { clusterId: '', verdict: { kind: 'differentOrigin', origin } });
    expect(node.halted).toMatchObject({ code: 'DIFFERENT_ORIGIN' });
    expect(node.halted?.reason).toContain(
      'n1 begins with the restored state a1b2c3d4e5f60718, this node with an empty state',
    );
  });

  test('does not take a member of another cluster for one without a state', () => {
    const node = restoredNewcomer(n1);
    node.take();
    node.receive(n2, greeting(n2, { clusterId: 'cluster-old' })).receive(n3, greeting(n3, { origin }));
    expect(node.pending).toBeUndefined();
  });
});

describe('the first slot of a restored cluster', () => {
  test('is never proposed: a leader begins above it', () => {
    const node = votingMember(n1, 3, [firstRecord], { origin }, originSlot);
    const round = campaign(node, [n2]);
    node.receive(n2, promise(round, n1, n2, { chosenThrough: originSlot, trimmedThrough: originSlot })).settle();
    expect(node.taken('accept').map(({ slot }) => slot)).toEqual([originSlot + 1, originSlot + 1]);
  });

  test('alone is one, too', () => {
    const node = restoredNewcomer(n1, 1).settle().wait(2_000).settle();
    expect(node.paxos.serving).toBe(true);
    expect(node.disk.flatMap(({ accepted }) => accepted.map(({ slot }) => slot))).toEqual([originSlot + 1]);
    const again = new TestNode(node.options, node.disk, 10_000, originSlot);
    expect(again.paxos.status()).toMatchObject({ appliedThrough: originSlot });
    expect([again.paxos.canApply, again.paxos.needsCheckpoint]).toEqual([true, false]);
  });

  test('is missed by a member that has lost the state before its first record, or has nobody to have it from', () => {
    const newcomer = new TestNode(optionsOf(n1, 3, { origin }));
    expect([newcomer.paxos.canApply, newcomer.paxos.status().chosenThrough]).toEqual([false, originSlot]);
    const alone = restoredNewcomer(n1, 1).settle().wait(2_000).settle();
    const again = new TestNode(alone.options, alone.disk, 10_000).settle().wait(5_000).settle();
    expect([again.paxos.canApply, again.paxos.serving]).toEqual([false, false]);
  });

  test('stays what it was on a member that has lost the state: it accepts what comes above, and leads nobody', () => {
    const node = votingMember(n1, 3, [firstRecord], { origin });
    expect([node.paxos.canApply, node.paxos.status().chosenThrough]).toEqual([false, originSlot]);
    node
      .receive(n2, accept(1, n2, 1, 'another value'))
      .receive(n2, accept(1, n2, 2, 'v2'))
      .settle();
    expect(node.disk.flatMap(({ accepted }) => accepted.map(({ slot }) => slot))).toEqual([2]);
    node.wait(5_000);
    expect(node.paxos.role).toBe('follower');
  });
});

test('a journal of a cluster that began otherwise than its directory is refused', () => {
  for (const genesis of [genesisOf(3), genesisOf(3, { origin: 'ffff' })]) {
    const records = [{ ...firstRecord, genesis }];
    const strange = new TestNode(optionsOf(n1, 3, { origin }), records, 0, originSlot);
    expect(strange.halted?.code).toBe('DIFFERENT_ORIGIN');
  }
});

test('a member whose directory began empty, in a cluster that was restored before it came, has to be sent the state', () => {
  const late = new TestNode(optionsOf(n1, 3), [recordOf(3, { genesis: restoredGenesis })]);
  expect(late.halted).toBeUndefined();
  expect([late.paxos.canApply, late.paxos.status().chosenThrough]).toEqual([false, originSlot]);
});
