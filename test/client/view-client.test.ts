import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { op } from '../../src/client/index.ts';
import { start, startNode, until } from './support.ts';

test('a view of a client follows what it writes, and needs no session', async () => {
  const { client, node } = await start();
  const view = await client.view({ prefix: 'config/' });
  expect([view.state, view.size, node.count('openSession')]).toEqual(['ready', 0, 0]);
  const changes = view.changes();
  const { revision } = await client.put('config/a', '1');
  await client.put('elsewhere', '1');
  expect((await changes.next()).value).toMatchObject({ revision, combined: false, events: [{ key: 'config/a' }] });
  expect(view.get('config/a')?.text()).toBe('1');
  await view.close();
  expect(await changes.next()).toEqual({ done: true, value: undefined });
});

test('after a broken connection it is stale, then goes on where it was', async () => {
  const { client, node } = await start();
  const view = await client.view({ prefix: 'config/' });
  const states = new Set<string>();
  const watching = (async () => {
    for await (const _ of client.status()) states.add(view.state);
  })();
  await client.put('config/a', '1');
  await until(() => view.size === 1);
  node.dropConnections();
  await until(() => view.state === 'stale');
  await until(() => view.state === 'ready');
  await client.put('config/b', '2');
  await until(() => view.size === 2);
  await client.close();
  await watching;
  expect([...states]).toEqual(expect.arrayContaining(['ready', 'stale', 'closed']));
  expect([view.state, view.error]).toEqual(['closed', undefined]);
});

test('a page may end with a key of the greatest length', async () => {
  const { client } = await start();
  const short = Array.from({ length: 999 }, (_, index) => `k/0${String(index).padStart(3, '0')}`);
  const keys = [...short, 'k/1'.padEnd(4_096, 'x'), 'k/2'];
  await client.txn({ if: [], then: keys.map((key) => op.put(key, '')) });
  const view = await client.view({ prefix: 'k/' });
  expect([...view.entries()].map(([key]) => key)).toEqual(keys);
});

test('after COMPACTED it is loaded anew', async () => {
  const { client, node } = await start();
  await client.put('config/a', '1');
  const view = await client.view({ prefix: 'config/' });
  const reads = node.count('range');
  node.endWatches('COMPACTED');
  await until(() => node.count('range') > reads && view.state === 'ready');
  await client.put('config/a', '2');
  await until(() => view.get('config/a')?.text() === '2');
});

test.each(['view', 'client'])('after the %s was closed, the process ends by itself', async (what) => {
  const node = await startNode();
  const file = path.join(import.meta.dirname, 'programs', 'view.ts');
  const program = ['--import', 'tsx', file, node.address, what];
  const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 20_000 });
  expect(stdout.trim()).toBe('over closed');
});

test('a transaction of a client reads, writes, and runs again on a conflict', async () => {
  const { client, node } = await start();
  await client.put('a', '1');
  let meddle = true;
  const done = await client.transact(async (transaction) => {
    const value = Number((await transaction.get('a'))?.text());
    if (meddle) await client.put('a', '10');
    meddle = false;
    transaction.put('a', String(value + 1));
    return value + 1;
  });
  expect(done).toMatchObject({ value: 11, attempts: 2 });
  expect((await client.get('a'))?.text()).toBe('11');
  expect(node.count('transaction')).toBe(2);
});
