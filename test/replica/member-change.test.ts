import { expect, test } from 'vitest';
import { type MemberChange, type MemberPlan, planChange } from '../../src/replica/member-change.ts';
import { firstFeatureLevel, supportedFeatureLevel } from '../../src/wire/feature-level.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { n1, n2, n4, nodeIds, servingLeader, type TestNode } from '../paxos/node.ts';

const address = 'host-n4:7000';
const initial = [{ nodeId: n4, incarnation: '', address }];

/** A node that belongs to no cluster yet greets the leader. */
function greets(node: TestNode, said: { initial?: typeof initial; supportedLevel?: number } = {}): TestNode {
  return node.receive(
    n4,
    {
      type: 'greeting',
      clusterId: '',
      clusterName: 'test',
      incarnation: 'new',
      bootId: 'n4-boot-1',
      formed: false,
      sequence: 0,
      chosenThrough: 0,
      configuration: undefined,
      initial,
      supportedLevel: supportedFeatureLevel,
      ...said,
    },
    'new',
  );
}

function plan(node: TestNode, changed: Partial<Extract<MemberChange, { kind: 'add' }>> = {}): MemberPlan {
  const change = { kind: 'add', nodeId: n4, address, standing: 'joining', replaces: '', ...changed } as const;
  return planChange(node.paxos, change, supportedFeatureLevel, () => true);
}

function leader(): TestNode {
  return servingLeader(n1, 3, [n2]).node;
}

test('a node that has greeted is taken in under its address, with its incarnation', () => {
  const planned = plan(greets(leader()));
  const members = planned.kind === 'members' ? planned.members : [];
  expect(members.map(({ nodeId }) => nodeId)).toEqual([...nodeIds(3), n4]);
  expect(members[3]).toEqual({ nodeId: n4, incarnation: 'new', address, standing: 'joining', replaces: '' });
});

test('one that has not greeted is refused at once, and may be asked for again', () => {
  expect(plan(leader())).toMatchObject({
    kind: 'refused',
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/^n4 has not greeted yet/),
  });
});

test('an address at which the node says it is not reached is refused: it would be a member that receives nothing', () => {
  expect(plan(greets(leader()), { address: 'elsewhere:7000' })).toEqual({
    kind: 'refused',
    code: 'INVALID_ARGUMENT',
    message: 'n4 says in its --initial that it is reached at host-n4:7000, not at elsewhere:7000',
  });
  // One that says nothing about itself is believed to be where the operator says.
  expect(plan(greets(leader(), { initial: [] }), { address: 'elsewhere:7000' }).kind).toBe('members');
});

test.each<readonly [what: string, changed: Partial<Extract<MemberChange, { kind: 'add' }>>, message: string]>([
  ['the address of another member', { address: 'host-n2:7000' }, 'host-n2:7000 is the address of n2'],
  ['a member that is somewhere else', { nodeId: n2 }, 'n2 is a voter at host-n2:7000 already'],
  ['the place of nobody', { replaces: 'n9' as NodeId }, 'n9, which n4 is to replace, is no voter'],
])('%s is refused', (_, changed, message) => {
  expect(plan(greets(leader()), changed)).toEqual({ kind: 'refused', code: 'INVALID_ARGUMENT', message });
});

test('a member that is one already is no change', () => {
  expect(plan(leader(), { nodeId: n2, address: 'host-n2:7000' })).toEqual({ kind: 'unchanged' });
});

test('a version that cannot carry out what the cluster has come to is refused', () => {
  const planned = plan(greets(leader(), { supportedLevel: firstFeatureLevel }));
  expect(planned).toMatchObject({ kind: 'refused', code: 'UNSUPPORTED' });
});
