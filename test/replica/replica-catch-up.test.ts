import { describe, expect, it } from 'vitest';
import { replicaLimits } from '../../src/replica/limits.ts';
import { Cluster } from './cluster.ts';
import { single } from './driver.ts';

const megabyte = 'v'.repeat(1024 * 1024);

/** So much is written while n3 is away that the leader has the history compacted, and values leave its memory. */
function compactedMeanwhile() {
  const cluster = Cluster.ready();
  const client = cluster.client('n1').open();
  client.answer(client.put('b', 'early'));
  const { revision } = cluster.replica('n1').machine;
  const watcher = cluster.client('n3');
  watcher.watch(1, single('a'));
  cluster.advance(50);
  watcher.takeNotices();
  cluster.isolate('n3');
  for (let count = 0; count < 70; count += 1) client.answer(client.put('a', megabyte));
  cluster.runUntil(() => cluster.replica('n1').machine.compactedRevision > 0, 200);
  cluster.advance(50);
  return { cluster, client, watcher, revision };
}

describe('history that is compacted', () => {
  it('meanwhile is followed by a node that catches up, whose open watches miss nothing', { timeout: 20_000 }, () => {
    const { cluster, client, watcher, revision } = compactedMeanwhile();
    // Proposed once, not with every tick until it is applied.
    const proposed = cluster.replica('n1').machine.compactedRevision;
    cluster.advance(500);
    expect(cluster.replica('n1').machine.compactedRevision).toBe(proposed);
    cluster.heal();
    cluster.runUntil(() => cluster.replica('n3').machine.appliedSlot === cluster.replica('n1').machine.appliedSlot);
    expect(cluster.agrees).toBe(true);
    expect(cluster.replica('n3').machine.compactedRevision).toBe(proposed);
    cluster.advance(1_000);
    const told = watcher.takeNotices().filter((line) => line.includes('put'));
    expect(told).toEqual(Array.from({ length: 70 }, (_, index) => `1 @${revision + 1 + index} put a`));

    // And by one that reads it from its disk.
    const { hash } = cluster.replica('n3').machine;
    cluster.crash('n3');
    cluster.start('n3');
    cluster.runUntil(() => cluster.replica('n3').machine.hash === hash);
    expect(cluster.replica('n3').machine.compactedRevision).toBe(proposed);
    const late = cluster.client('n3');
    cluster.runUntil(() => {
      if (late.isClosed) late.connect('n3');
      return late.welcome !== undefined;
    });
    late.watch(1, single('a'), revision);
    const old = client.read({ kind: 'get', key: new Uint8Array([98]), revision, consistency: 'linearizable' });
    client.answer(old);
    expect(late.takeNotices()).toEqual([`1 ended COMPACTED ${proposed + 1}`]);
    expect(client.outcome(old)).toBe('COMPACTED');
  });
});

it('what a follower has missed is applied in portions, so that it goes on to answer the leader', () => {
  const { appliedSlotsPerStep } = replicaLimits;
  Object.assign(replicaLimits, { appliedSlotsPerStep: 3 });
  try {
    const cluster = Cluster.ready();
    const client = cluster.client('n1').open();
    cluster.crash('n3');
    for (let count = 0; count < 20; count += 1) client.answer(client.put('a', String(count)));
    cluster.start('n3');
    const { machine, paxos } = cluster.replica('n3');
    const portions = new Set<number>();
    const apply = machine.apply.bind(machine);
    let applied = 0;
    machine.apply = (slot, batch) => {
      applied += 1;
      return apply(slot, batch);
    };
    const { step } = cluster.replica('n3');
    cluster.replica('n3').step = (...input) => {
      applied = 0;
      step.apply(cluster.replica('n3'), input);
      portions.add(applied);
    };
    cluster.runUntil(() => machine.appliedSlot === cluster.replica('n1').machine.appliedSlot);
    expect(paxos.chosenThrough).toBe(machine.appliedSlot);
    expect(Math.max(...portions)).toBe(3);
    expect(cluster.agrees).toBe(true);
  } finally {
    Object.assign(replicaLimits, { appliedSlotsPerStep });
  }
});
