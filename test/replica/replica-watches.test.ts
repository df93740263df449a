import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';
import { prefix, single } from './driver.ts';

describe('a watch', () => {
  it('on any node is told every revision once, in order, through a change of leader', () => {
    const cluster = Cluster.ready();
    const writer = cluster.client('n2').open();
    const watchers = ['n2', 'n3'].map((nodeId) => cluster.client(nodeId));
    const start = cluster.replica('n3').machine.revision + 1;
    for (const watcher of watchers) watcher.watch(1, single('a'), start);
    for (let value = 0; value < 10; value += 1) {
      writer.put('a', String(value));
      cluster.advance(10);
      if (value === 5) cluster.crash('n1');
    }
    cluster.runUntil(() => cluster.agrees && writer.results.length === 11);
    cluster.advance(50);
    const expected = Array.from({ length: 10 }, (_, index) => `1 @${start + index} put a`);
    for (const watcher of watchers) {
      const lines = watcher.takeNotices().filter((line) => line.includes('put'));
      expect(lines).toEqual(expected);
    }
  });

  it('goes on, on another node, where it was broken off', () => {
    const cluster = Cluster.ready();
    const writer = cluster.client('n1').open();
    const watcher = cluster.client('n2');
    watcher.watch(1, prefix('a'), 1);
    writer.answer(writer.put('a1', '1'));
    cluster.advance(20);
    watcher.disconnect();
    writer.answer(writer.put('a2', '1'));
    watcher.connect('n3');
    watcher.watch(2, prefix('a'), 3);
    writer.answer(writer.put('a3', '1'));
    cluster.advance(20);
    expect(watcher.takeNotices().filter((line) => line.includes('put'))).toEqual([
      '1 @2 put a1',
      '2 @3 put a2',
      '2 @4 put a3',
    ]);
  });

  it('from now on a node that is behind starts above what the client has seen', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n1').open();
    cluster.isolate('n3');
    client.answer(client.put('a', '1'));
    client.disconnect();
    client.connect('n3');
    client.watch(1, single('a'));
    expect(client.takeNotices()).toEqual([`1 from ${client.seenRevision + 1}`]);
    cluster.heal();
    cluster.runUntil(() => cluster.agrees);
    client.disconnect();
    expect(client.takeNotices().filter((line) => line.includes('put'))).toEqual([]);
  });

  it('of a client that takes nothing costs no memory, and is not told less in the end', () => {
    const cluster = Cluster.ready({ count: 1 });
    const writer = cluster.client('n1').open();
    const watcher = cluster.client('n1');
    watcher.watch(1, single('a'), 1);
    watcher.reads = false;
    const large = 'v'.repeat(900 * 1024);
    for (let count = 0; count < 20; count += 1) writer.answer(writer.put('a', large));
    expect(watcher.takeNotices().length).toBeLessThan(8);
    expect(cluster.replica('n1').status().laggingWatches).toBe(1);
    watcher.disconnect();
    watcher.reads = true;
    watcher.connect('n1');
    watcher.watch(1, single('a'), 2);
    cluster.advance(500);
    expect(watcher.takeNotices().filter((line) => line.includes('put')).length).toBe(20);
  });
});
