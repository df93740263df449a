import { describe, expect, test } from 'vitest';
import type { ClusterMember } from '../../../src/paxos/record.ts';
import type { NodeId } from '../../../src/wire/identifiers.ts';
import { makeDataDirectory } from './data-directory.ts';
import { inspect, reportOf } from './inspected.ts';

const n4: ClusterMember = {
  nodeId: 'n4' as NodeId,
  incarnation: 'i4',
  address: '127.0.0.1:7104',
  standing: 'joining',
  replaces: 'n2' as NodeId,
};

/** In the slot the members are made others. */
function changedIn(slot: number, change: (founders: readonly ClusterMember[]) => readonly ClusterMember[]) {
  return (at: number, founders: readonly ClusterMember[]) => (at === slot ? change(founders) : undefined);
}

const without = (id: string) => (founders: readonly ClusterMember[]) => founders.filter(({ nodeId }) => nodeId !== id);
const ids = (members: readonly { readonly id: string }[] | undefined) => members?.map(({ id }) => id);

describe('the members are those that were chosen last', () => {
  test('in the journal', async () => {
    const directory = await makeDataDirectory({ membersIn: changedIn(3, (founders) => [...founders, n4]) });
    const { cluster, healthy } = await reportOf(directory);
    expect(healthy).toBe(true);
    expect(cluster?.membersSlot).toBe(3);
    expect(cluster?.members.at(-1)).toEqual({
      id: 'n4',
      incarnation: 'i4',
      address: '127.0.0.1:7104',
      standing: 'joining',
      replaces: 'n2',
    });
    const { stdout } = await inspect(directory);
    expect(stdout).toContain('cluster\tmembers\tsince slot 3\n');
    expect(stdout).toContain('cluster\tmember n4\t127.0.0.1:7104, incarnation i4, joining in the place of n2\n');
  });

  test('but not those that were only proposed', async () => {
    const { cluster, start } = await reportOf(await makeDataDirectory({ membersIn: changedIn(10, without('n1')) }));
    expect([cluster?.membersSlot, ids(cluster?.members), start.from]).toEqual([0, ['n1', 'n2', 'n3'], 'journal']);
  });

  test('in the state, where the journal does not hold that slot any more', async () => {
    const setup = { checkpointSlots: [5, 7], trimmedThrough: 5, membersIn: changedIn(3, without('n3')) };
    const directory = await makeDataDirectory(setup);
    const { cluster, checkpoints } = await reportOf(directory);
    expect([cluster?.membersSlot, ids(cluster?.members)]).toEqual([3, ['n1', 'n2']]);
    expect(checkpoints.list.map(({ membersSlot }) => membersSlot)).toEqual([3, 3]);
    expect((await inspect(directory)).stdout).toContain('checkpoint 7\tmembers\tsince slot 3\n');
  });
});

test('a record shows the members that its slot chooses', async () => {
  const directory = await makeDataDirectory({ membersIn: changedIn(3, (founders) => [...founders, n4]) });
  const { stdout } = await inspect(directory, ['--records']);
  expect(stdout).toMatch(/\n4\trecord\t4\.n2\t2\t3:\d+:n1 n2 n3 n4\n/);
  const lines = (await inspect(directory, ['--records', '--json'])).stdout.trim().split('\n');
  expect(JSON.parse(lines[3] ?? '').slots[0].members).toEqual(['n1', 'n2', 'n3', 'n4']);
});

describe('a start is refused', () => {
  test('to a node that was removed', async () => {
    const { healthy, start } = await reportOf(await makeDataDirectory({ membersIn: changedIn(3, without('n1')) }));
    expect([healthy, start.from]).toEqual([false, 'refused']);
    expect(start.text).toContain('n1 was removed from the cluster, whose members are n2, n3 since slot 3');
  });

  test('but not while it may still have to bring its removal about', async () => {
    const { start } = await reportOf(await makeDataDirectory({ membersIn: changedIn(9, without('n1')) }));
    expect(start.from).toBe('journal');
    expect(start.text).toMatch(/ But n1 is no member since slot 9, and would stop once the others have said so\.$/);
  });

  test('to a directory in the place of which another one was taken in', async () => {
    const anew = (founders: readonly ClusterMember[]) =>
      founders.map((member) => (member.nodeId === 'n1' ? { ...member, incarnation: 'newer' } : member));
    const { start } = await reportOf(await makeDataDirectory({ membersIn: changedIn(3, anew) }));
    expect(start.from).toBe('refused');
    expect(start.text).toContain('another data directory of n1, with incarnation newer');
  });
});
