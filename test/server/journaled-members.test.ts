import { expect, test } from 'vitest';
import { configurationValue } from '../../src/paxos/configuration-codec.ts';
import type { ClusterMember, Genesis, JournalRecord } from '../../src/paxos/record.ts';
import { JournaledMembers } from '../../src/server/journaled-members.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { acceptedOf, noise, recordOf } from '../storage/records.ts';

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map((nodeId): ClusterMember => {
  return { nodeId: nodeId as NodeId, incarnation: 'i', address: `${nodeId}:1`, standing: 'voter', replaces: '' };
}) as [ClusterMember, ClusterMember, ClusterMember];

const genesis: Genesis = {
  clusterId: 'c',
  clusterName: 'test',
  members: [n1, n2, n3],
  settings: { leaseMs: 200, clockDriftPermille: 100, leases: true },
};

/** Of a journal that begins with a genesis of three. */
function after(...records: readonly Partial<JournalRecord>[]): JournaledMembers {
  const members = new JournaledMembers();
  for (const [index, record] of [{ genesis }, ...records].entries()) members.take(recordOf(index + 1, record));
  return members;
}

const changeIn = (slot: number, members: readonly ClusterMember[], round = 1) =>
  acceptedOf(slot, round, configurationValue(members));

test('before the genesis nobody is a member', () => {
  const members = new JournaledMembers();
  expect([members.ruling, members.mayBeOnlyVoter(n1.nodeId)]).toEqual([undefined, false]);
});

test('those of the genesis rule until a change is known to be chosen', () => {
  const proposed = after({ accepted: [changeIn(4, [n1, n2])], chosenThrough: 3 });
  expect(proposed.ruling).toMatchObject({ slot: 0, members: [n1, n2, n3] });
  const chosen = after({ accepted: [changeIn(4, [n1, n2])], chosenThrough: 3 }, { chosenThrough: 4 });
  expect(chosen.ruling).toEqual({ slot: 4, members: [n1, n2] });
  expect(chosen.departing).toMatchObject([{ nodeId: 'n3' }]);
  expect(after({ accepted: [changeIn(4, [n1, n2])], chosenThrough: 5 }).departing).toEqual([]);
});

test('a proposal that another value has taken the place of comes to nothing', () => {
  const instead = { accepted: [acceptedOf(4, 2, noise(1, 40))], chosenThrough: 4 };
  expect(after({ accepted: [changeIn(4, [n1])] }, instead).ruling?.slot).toBe(0);
});

test('what others have told, or an anchor holds, counts if it is newer', () => {
  const told = { configuration: { slot: 9, members: [n1, n2] } };
  expect(after(told).ruling?.slot).toBe(9);
  expect(after(told, { accepted: [changeIn(4, [n1])], chosenThrough: 5 }).ruling?.slot).toBe(9);
});

test('what lies below a checkpoint from elsewhere does not count', () => {
  const stale = { accepted: [changeIn(4, [n1])], chosenThrough: 3 };
  expect(after(stale, { trimmedThrough: 8, chosenThrough: 8 }).ruling?.slot).toBe(0);
});

test('a node is taken for the only voter if it is, or may become so by what is proposed', () => {
  expect(after().mayBeOnlyVoter(n1.nodeId)).toBe(false);
  expect(after({ accepted: [changeIn(4, [n1])] }).mayBeOnlyVoter(n1.nodeId)).toBe(true);
  expect(after({ accepted: [changeIn(4, [n1])], chosenThrough: 4 }).mayBeOnlyVoter(n1.nodeId)).toBe(true);
  const grown = { accepted: [changeIn(7, [n1, n2])], chosenThrough: 6 };
  expect(after({ accepted: [changeIn(4, [n1])], chosenThrough: 4 }, grown).mayBeOnlyVoter(n1.nodeId)).toBe(true);
  expect(
    after({ accepted: [changeIn(4, [n1])], chosenThrough: 4 }, grown, { chosenThrough: 7 }).mayBeOnlyVoter(n1.nodeId),
  ).toBe(false);
});

test('learners do not count: they may have nothing of the state yet', () => {
  const learner: ClusterMember = { ...n2, standing: 'learner' };
  const joining: ClusterMember = { ...n3, standing: 'joining' };
  const chosen = after({ accepted: [changeIn(4, [n1, learner, joining])], chosenThrough: 4 });
  expect(chosen.mayBeOnlyVoter(n1.nodeId)).toBe(true);
  expect(chosen.mayBeOnlyVoter(learner.nodeId)).toBe(false);
});
