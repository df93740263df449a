import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, cond, op } from '../../src/client/index.ts';
import type { OwnedPartition } from '../../src/recipes/owned-partition.ts';
import { partitions } from '../../src/recipes/partitions.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

/** Works until it is told to stop, and notes what overlaps. */
class Ledger {
  readonly owners = new Map<number, string>();
  readonly tokens = new Map<number, number>();
  readonly problems: string[] = [];

  work(member: string): (owned: OwnedPartition) => Promise<void> {
    return async ({ partition, token, signal }) => {
      if (this.owners.has(partition))
        this.problems.push(`${partition} of ${this.owners.get(partition)} begun by ${member}`);
      if (token <= (this.tokens.get(partition) ?? 0)) this.problems.push(`${partition} has the token ${token} again`);
      this.owners.set(partition, member);
      this.tokens.set(partition, token);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      // Enough round trips for somebody else to begin, if somebody could.
      for (let count = 0; count < 10; count++) await client.count({ prefix: 'partitions/' });
      this.owners.delete(partition);
    };
  }

  of(member: string): number {
    return [...this.owners.values()].filter((owner) => owner === member).length;
  }
}

test('members own as many as the others, one at a time, with rising tokens, as they come and go', async () => {
  const ledger = new Ledger();
  const shards = partitions(client, 'shards', { count: 8 });
  const settled = (counts: Readonly<Record<string, number>>) =>
    waitFor(`${JSON.stringify(counts)}`, () => Object.entries(counts).every(([id, count]) => ledger.of(id) === count), {
      timeoutMs: 10_000,
    });
  const a = await shards.join(ledger.work('a'), { id: 'a' });
  await settled({ a: 8 });
  const before = [...a.owned.keys()];
  const second = await cluster.connect();
  const b = await partitions(second, 'shards', { count: 8 }).join(ledger.work('b'), { id: 'b' });
  await settled({ a: 4, b: 4 });
  expect([...a.owned.keys()].every((partition) => before.includes(partition))).toBe(true);
  expect(a.owned.get([...a.owned.keys()][0] ?? -1)).toBe(ledger.tokens.get([...a.owned.keys()][0] ?? -1));
  const third = await cluster.connect();
  await partitions(third, 'shards', { count: 8 }).join(ledger.work('c'), { id: 'c' });
  await settled({ a: 3, b: 3, c: 2 });
  expect((await shards.assignment()).filter((owner) => owner === 'c')).toHaveLength(2);
  await b.leave();
  await settled({ a: 4, c: 4 });
  // In good order, and without a word.
  await a.leave();
  await settled({ c: 8 });
  expect(a.owned.size).toBe(0);
  expect(ledger.problems).toEqual([]);
});

test('the owner of a lost session stops, and what it writes is refused (CURATOR-206, CURATOR-465, CURATOR-537)', async () => {
  const shards = partitions(client, 'lost', { count: 1 });
  const dying = await cluster.connect();
  const lost: OwnedPartition[] = [];
  const errors: unknown[] = [];
  const theirs = await partitions(dying, 'lost', { count: 1 }).join(
    async (owned) => {
      lost.push(owned);
      await new Promise<void>((resolve) => owned.signal.addEventListener('abort', () => resolve(), { once: true }));
    },
    { id: 'dying', onError: (error) => errors.push(error) },
  );
  await waitFor('it to own', () => theirs.owned.size === 1, { timeoutMs: 5_000 });
  const tokens: number[] = [];
  await using ours = await shards.join(({ token }) => void tokens.push(token), { id: 'next' });
  await client.sessions.close(dying.session.id);
  await dying.close();
  await waitFor('the next one to own', () => ours.owned.size === 1, { timeoutMs: 10_000 });
  expect(lost[0]?.signal.aborted).toBe(true);
  const late = await client.txn({
    if: [cond.lockHeld({ name: lost[0]?.lock.name ?? '', token: lost[0]?.token ?? 0 })],
    then: [op.put('written', 'late')],
  });
  expect(late.succeeded).toBe(false);
  expect(tokens[0]).toBeGreaterThan(lost[0]?.token ?? 0);
});

test('work that throws is begun again, under the same name (CURATOR-518, CURATOR-671)', async () => {
  const errors: unknown[] = [];
  let begun = 0;
  const work = () => {
    begun += 1;
    if (begun === 1) throw new Error('not yet');
  };
  await using member = await partitions(client, 'throws', { count: 1 }).join(work, {
    onError: (error) => errors.push(error),
  });
  await waitFor('the second time', () => begun === 2 && member.owned.size === 1, { timeoutMs: 5_000 });
  expect(errors).toMatchObject([{ message: 'not yet' }]);
});

test('a member that leaves before its turn has come blocks nobody (CURATOR-337, CURATOR-468)', async () => {
  const named = (name: string) => partitions(client, 'waiting', { count: 1 }).join(work(name), { id: name });
  const begun: string[] = [];
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const work = (name: string) => async () => {
    begun.push(name);
    if (name === 'first') await finished;
  };
  const first = await named('first');
  await waitFor('the first to work', () => begun.length === 1, { timeoutMs: 5_000 });
  const leaving = first.leave();
  const second = await named('second');
  const isQueued = async () => (await client.locks.waiters('partition/waiting/0')).length > 0;
  await waitFor('the second to wait', isQueued, { timeoutMs: 5_000 });
  await second.leave();
  await using third = await named('third');
  finish();
  await leaving;
  await waitFor('the third to own', () => third.owned.size === 1, { timeoutMs: 5_000 });
  expect(begun).toEqual(['first', 'third']);
});
