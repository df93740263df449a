import { expect, onTestFinished, test } from 'vitest';
import { type Client, cond, op, type View } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

async function start(nodes: 1 | 3): Promise<TestCluster> {
  const cluster = await TestCluster.start({ nodes });
  onTestFinished(() => cluster.close());
  return cluster;
}

const shown = (view: View) => [...view.entries()].map(([key, entry]) => `${key} ${entry.text()} ${entry.modRevision}`);

async function stored(client: Client, prefix: string): Promise<readonly string[]> {
  const { entries } = await client.range({ prefix });
  return entries.map((entry) => `${entry.key} ${entry.text()} ${entry.modRevision}`);
}

test('a view is what the range is, after writes at random while leaders are killed and come back', async () => {
  const cluster = await start(3);
  const writer = await cluster.connect();
  const viewer = await cluster.connect({ clientName: 'viewer' });
  await writer.put('k/0', 'first');
  const view = await viewer.view({ prefix: 'k/' });
  const followed = new Map(view.entries());
  const following = (async () => {
    for await (const { events } of view.changes()) {
      for (const event of events) {
        // What each change took the place of is what the one before has left.
        expect(event.previous?.modRevision).toBe(followed.get(event.key)?.modRevision);
        if (event.type === 'put') followed.set(event.key, event.entry);
        else followed.delete(event.key);
      }
    }
  })();
  let written = 0;
  const write = async (count: number) => {
    const untilCount = written + count;
    for (; written < untilCount; written += 1) {
      const key = `k/${Math.floor(20 * Math.random())}`;
      const put = op.put(key, `${written}`);
      const then = Math.random() < 0.3 ? [op.delete(key)] : [put, op.put(`k/other-${written % 7}`, `${written}`)];
      await writer.txn({ if: [], then }, { timeoutMs: 20_000 });
    }
  };
  for (let round = 0; round < 2; round++) {
    await write(60);
    const leader = await cluster.leader();
    const writing = write(60);
    await cluster.kill(leader.id);
    await writing;
    await cluster.start(leader.id);
    await cluster.converged();
  }
  const { revision } = await writer.put('k/last', 'end');
  await waitFor('the view to see the last write', () => view.revision === revision, { timeoutMs: 15_000 });
  expect(shown(view)).toEqual(await stored(writer, 'k/'));
  await view.close();
  await following;
  expect(followed.size).toBe((await stored(writer, 'k/')).length);
});

test('a view that was cut off until the history had gone is loaded anew, in one step', async () => {
  const cluster = await start(1);
  const writer = await cluster.connect();
  const viewer = await cluster.connect({ clientName: 'viewer' });
  await writer.txn({ if: [cond.absent('k/a')], then: [op.put('k/a', '1'), op.put('k/b', '1')] });
  const view = await viewer.view({ prefix: 'k/' });
  const changes = view.changes();
  cluster.cutClient('viewer');
  await writer.txn({ if: [], then: [op.delete('k/a'), op.put('k/c', '2')] });
  // A call without an answer makes the client ask sooner whether anybody is there.
  const asked = viewer.get('k/a', { timeoutMs: 100_000 });
  await waitFor('the view to notice', () => view.state === 'stale', { timeoutMs: 15_000 });
  // More than the 64 MiB of history that a cluster keeps.
  const filler = new Uint8Array(1024 * 1024);
  for (let count = 0; count < 72; count++) await writer.put('filler', filler);
  cluster.healClient('viewer');
  const { value } = await changes.next();
  expect(value).toMatchObject({
    combined: true,
    events: [
      { type: 'delete', key: 'k/a' },
      { type: 'put', key: 'k/c' },
    ],
  });
  await waitFor('the view to follow', () => view.state === 'ready', { timeoutMs: 15_000 });
  expect(await asked).toBeUndefined();
  await writer.put('k/d', '3');
  expect((await changes.next()).value).toMatchObject({ combined: false, events: [{ type: 'put', key: 'k/d' }] });
  expect(shown(view)).toEqual(await stored(writer, 'k/'));
}, 120_000);
