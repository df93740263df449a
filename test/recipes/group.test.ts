import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, ConclaveError } from '../../src/client/index.ts';
import { group } from '../../src/recipes/group.ts';
import type { GroupChange } from '../../src/recipes/group-types.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { rejection } from '../client/support.ts';
import { recipeRejection } from './support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

/** Collects what a loop tells until the test is over. */
async function follow(name: string): Promise<GroupChange[]> {
  const changes: GroupChange[] = [];
  const following = group(client, name).changes();
  void (async () => {
    for await (const change of following) changes.push(change);
  })().catch(() => undefined);
  await waitFor('the first change', () => changes.length > 0, { timeoutMs: 5_000 });
  return changes;
}

const told = (changes: readonly GroupChange[]) =>
  changes.flatMap(({ events }) => events.map(({ type, member }) => `${type} ${member.id}`));

test('tells joins, updates, leaves and the closing of a client, in one order for everyone', async () => {
  const [one, other] = [await follow('order'), await follow('order')];
  const second = await cluster.connect();
  const a = await group(client, 'order').join({ id: 'a', metadata: { rack: '1' } });
  await group(second, 'order').join({ id: 'b/1' });
  await a.update({ rack: '2' });
  const [first, last] = await group(client, 'order').members();
  expect(first).toMatchObject({ id: 'a', metadata: { rack: '2' }, session: client.session.id });
  expect(last).toMatchObject({ id: 'b/1', metadata: {}, session: second.session.id });
  await a.leave();
  await second.close();
  await waitFor('all five', () => told(one).length === 5 && told(other).length === 5, { timeoutMs: 5_000 });
  expect(told(one)).toEqual(['joined a', 'joined b/1', 'updated a', 'left a', 'left b/1']);
  expect(other).toEqual(one);
  expect(one.at(-1)?.members).toEqual([]);
  expect(a.signal.aborted).toBe(true);
  expect(await recipeRejection(a.update({}))).toMatchObject({ code: 'NOT_A_MEMBER' });
});

test('tells a crash from a leave', async () => {
  const changes = await follow('crash');
  const second = await cluster.connect({ session: { ttlMs: 10_000, onExpiry: 'close' } });
  await group(second, 'crash').join({ id: 'a' });
  await client.sessions.close(second.session.id);
  await waitFor('the end', () => told(changes).length === 2, { timeoutMs: 5_000 });
  expect(told(changes)).toEqual(['joined a', 'crashed a']);
});

test('a member whose session was lost comes back by itself, with what it said last (CURATOR-97, CURATOR-241, CURATOR-525)', async () => {
  const changes = await follow('back');
  const second = await cluster.connect();
  const membership = await group(second, 'back').join({ id: 'a', metadata: { load: '1' } });
  await membership.update({ load: '2' });
  const { id } = second.session;
  await client.sessions.close(id);
  await waitFor('it to be back', () => told(changes).length === 4, { timeoutMs: 15_000 });
  expect(told(changes)).toEqual(['joined a', 'updated a', 'crashed a', 'joined a']);
  const [member, ...others] = await group(client, 'back').members();
  expect(others).toEqual([]);
  expect(member).toMatchObject({ id: 'a', metadata: { load: '2' } });
  expect(member?.session).not.toBe(id);
  expect(membership.signal.aborted).toBe(false);
  await membership.leave();
  expect(await group(client, 'back').members()).toEqual([]);
}, 30_000);

test('coming back does not change the name of a member (CURATOR-190), and somebody who deletes its key does not end it', async () => {
  const changes = await follow('again');
  const membership = await group(client, 'again').join({ id: 'a' });
  for (let count = 1; count <= 3; count++) {
    await client.delete('group/again/a');
    await waitFor('it to be back', () => told(changes).length === 1 + 2 * count, { timeoutMs: 5_000 });
  }
  expect((await group(client, 'again').members()).map(({ id }) => id)).toEqual(['a']);
  await membership.leave();
});

test('a key that another program has put is not taken for our own, nor fought over (CURATOR-498, CURATOR-604, CURATOR-644)', async () => {
  const changes = await follow('same');
  const second = await cluster.connect();
  const old = await group(second, 'same').join({ id: 'a', metadata: { run: '1' } });
  const anew = await group(client, 'same').join({ id: 'a', metadata: { run: '2' } });
  await waitFor('the old one to know', () => old.signal.aborted, { timeoutMs: 5_000 });
  await old.leave();
  await second.close();
  const members = await group(client, 'same').members();
  expect(members.map(({ metadata }) => metadata)).toEqual([{ run: '2' }]);
  expect(told(changes)).toEqual(['joined a', 'replaced a']);
  await anew.leave();
});

test('refuses what cannot be a name or metadata, and ends its loop with a signal', async () => {
  expect(() => group(client, '')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  const join = group(client, 'g').join({ metadata: { load: 1 as unknown as string } });
  expect(await rejection(join)).toMatchObject({ code: 'INVALID_ARGUMENT' });
  const loop = (async () => {
    for await (const _ of group(client, 'g').changes({ signal: AbortSignal.timeout(20) }));
  })();
  expect(await rejection(loop)).toMatchObject({ name: 'AbortError' });
});

test('a join that fails half-way leaves no member behind of which nobody knows (CURATOR-18)', async () => {
  const own = await cluster.connect();
  own.view = () => Promise.reject(new ConclaveError('TIMEOUT', 'no answer'));
  expect(await rejection(group(own, 'half').join({ id: 'a' }))).toMatchObject({ code: 'TIMEOUT' });
  const isGone = async () => (await group(client, 'half').members()).length === 0;
  await waitFor('it to be taken away', isGone, { timeoutMs: 5_000 });
});

test('a leave that is not answered is carried on: nobody stays a member for whom it is over (CURATOR-678)', async () => {
  const own = await cluster.connect();
  const membership = await group(own, 'unanswered').join({ id: 'a' });
  const remove = own.delete.bind(own);
  let failures = 2;
  own.delete = async (...call) => {
    failures -= 1;
    if (failures >= 0) throw new ConclaveError('TIMEOUT', 'no answer', { outcome: 'unknown' });
    return await remove(...call);
  };
  expect(await rejection(membership.leave())).toMatchObject({ code: 'TIMEOUT' });
  const isGone = async () => (await group(client, 'unanswered').members()).length === 0;
  await waitFor('it to be taken away', isGone, { timeoutMs: 5_000 });
  expect(own.session.remainingMs).toBeGreaterThan(0);
});

test('whoever does not go on with what it was told holds up nobody else, nor its own client (CURATOR-495)', async () => {
  void (async () => {
    for await (const _ of group(client, 'slow').changes()) await new Promise(() => undefined);
  })();
  const changes = await follow('slow');
  const membership = await group(client, 'slow').join({ id: 'a' });
  for (let count = 0; count < 20; count++) await membership.update({ count: String(count) });
  await waitFor('all of them', () => told(changes).length === 21, { timeoutMs: 5_000 });
  await membership.leave();
});

test('over a reconnection nothing is told twice, and nothing is missed (caches of Curator)', async () => {
  const cut = await cluster.connect({ clientName: 'cut' });
  const theirs: GroupChange[] = [];
  void (async () => {
    for await (const change of group(cut, 'cut').changes()) theirs.push(change);
  })().catch(() => undefined);
  const ours = await follow('cut');
  const a = await group(client, 'cut').join({ id: 'a' });
  await waitFor('the first event', () => told(theirs).length === 1, { timeoutMs: 5_000 });
  cluster.cutClient('cut');
  const b = await group(client, 'cut').join({ id: 'b' });
  await a.leave();
  await b.leave();
  await group(client, 'cut').join({ id: 'c' });
  cluster.healClient('cut');
  await waitFor('all five', () => told(theirs).length === 5 && told(ours).length === 5, { timeoutMs: 15_000 });
  expect(told(theirs)).toEqual(['joined a', 'joined b', 'left a', 'left b', 'joined c']);
  expect(theirs.slice(1)).toEqual(ours.slice(1));
}, 30_000);

test('a loop goes on when it cannot ask at once how a session has ended', async () => {
  const own = await cluster.connect();
  const { sessions } = own;
  let failures = 2;
  const get: typeof sessions.get = async (...call) => {
    failures -= 1;
    if (failures >= 0) throw new ConclaveError('UNAVAILABLE', 'no leader');
    return await sessions.get(...call);
  };
  Object.defineProperty(own, 'sessions', { value: { get } });
  const changes: GroupChange[] = [];
  void (async () => {
    for await (const change of group(own, 'asking').changes()) changes.push(change);
  })().catch(() => undefined);
  await waitFor('the first change', () => changes.length > 0, { timeoutMs: 5_000 });
  const dying = await cluster.connect({ session: { onExpiry: 'close' } });
  await group(dying, 'asking').join({ id: 'a' });
  await client.sessions.close(dying.session.id);
  await waitFor('the end', () => told(changes).length === 2, { timeoutMs: 5_000 });
  expect(told(changes)).toEqual(['joined a', 'crashed a']);
  expect(failures).toBeLessThan(0);
});

test('more members than fit into one answer are all there', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const metadata = { text: 'x'.repeat(900_000) };
  await Promise.all(ids.map((id) => group(client, 'large').join({ id, metadata })));
  expect((await group(client, 'large').members()).map(({ id }) => id).sort()).toEqual(ids);
  const [change] = await follow('large');
  expect(change?.members.map(({ id }) => id).sort()).toEqual(ids);
});

test('an update that is refused changes nothing, then or later', async () => {
  const own = await cluster.connect();
  const membership = await group(own, 'refused').join({ id: 'a', metadata: { load: '1' } });
  const changes = await follow('refused');
  expect(await rejection(membership.update({ load: 'x'.repeat(2 ** 20) }))).toMatchObject({ code: 'VALUE_TOO_LARGE' });
  await client.sessions.close(own.session.id);
  await waitFor('it to be back', () => told(changes).length === 2, { timeoutMs: 15_000 });
  expect(told(changes)).toEqual(['crashed a', 'joined a']);
  expect(changes.at(-1)?.members).toMatchObject([{ id: 'a', metadata: { load: '1' } }]);
  expect(membership.signal.aborted).toBe(false);
}, 30_000);

test('an update that does not come through in time is carried on, unless there is a later one', async () => {
  const own = await cluster.connect();
  const membership = await group(own, 'late').join({ id: 'a', metadata: { load: '1' } });
  const changes = await follow('late');
  const { txn } = own;
  own.txn = () => Promise.reject(new ConclaveError('UNAVAILABLE', 'no leader'));
  for (const load of ['2', '3']) {
    expect(await rejection(membership.update({ load }))).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  }
  own.txn = txn;
  await waitFor('the update', () => told(changes).length === 1, { timeoutMs: 10_000 });
  expect(changes.at(-1)?.members).toMatchObject([{ id: 'a', metadata: { load: '3' } }]);
  await membership.update({ load: '4' });
  await waitFor('the next one', () => told(changes).length === 2, { timeoutMs: 10_000 });
  expect(changes.at(-1)?.members).toMatchObject([{ id: 'a', metadata: { load: '4' } }]);
}, 30_000);
