import { expect, test } from 'vitest';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';

test('watches of one key on one client share what they are given', async () => {
  await using cluster = await TestCluster.start();
  const client = await cluster.connect();
  const iterators = await Promise.all([1, 2].map(async () => (await client.watch('a'))[Symbol.asyncIterator]()));
  await client.put('a', '1');
  const [one, other] = await Promise.all(iterators.map((iterator) => iterator.next()));
  expect(one?.value).toMatchObject({ events: [{ key: 'a' }] });
  expect(other?.value).toBe(one?.value);
});

test('a consumer that lags far behind makes no buffer grow, and misses nothing', async () => {
  await using cluster = await TestCluster.start();
  const client = await cluster.connect();
  const count = 6_000;
  const watch = await client.watch('a');
  for (let written = 0; written < count; written += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => client.put('a', String(written + index))));
  }
  const seen: string[] = [];
  for await (const { events } of watch) {
    for (const event of events) if (event.type === 'put') seen.push(event.entry.text());
    if (seen.length >= count) break;
  }
  expect(seen).toEqual(Array.from({ length: count }, (_, index) => String(index)));
});
