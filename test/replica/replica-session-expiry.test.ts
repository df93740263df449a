import { describe, expect, it } from 'vitest';
import { decodeBatch } from '../../src/wire/batch-codec.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import { decodeOperation } from '../../src/wire/operation-codec.ts';
import { Cluster } from './cluster.ts';

describe('a session that is silent', () => {
  it('expires, and its locks go to those who wait, on whatever node', () => {
    const cluster = Cluster.ready();
    const silent = cluster.client('n2').open(500);
    silent.answer(silent.acquire('l'));
    silent.answer(silent.command({ kind: 'put', key: utf8Bytes('e'), value: utf8Bytes('1'), ephemeral: true }));
    const waiter = cluster.client('n3').open();
    const asked = waiter.acquire('l');
    const place = waiter.lastSequence;
    expect(waiter.answer(asked)).toMatchObject({ kind: 'lock', state: 'queued' });
    const ms = cluster.runUntil(() => waiter.grants.length > 0);
    expect(ms).toBeGreaterThanOrEqual(600);
    expect(ms).toBeLessThan(750);
    expect(waiter.takeGrants()).toEqual([`${place} held ${cluster.replica('n3').machine.revision}`]);
    const read = waiter.get('e');
    expect(waiter.answer(read)).toEqual({ kind: 'get', entry: undefined });
    const late = silent.put('a', '1');
    silent.answer(late);
    expect(silent.outcome(late)).toBe('SESSION_EXPIRED');
  });

  it('gets its whole time again from a new leader', () => {
    const cluster = Cluster.ready();
    cluster.client('n2').open(2_000);
    cluster.advance(1_900);
    cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n3').nodeId });
    const ms = cluster.runUntil(() => cluster.leader === 'n3');
    cluster.advance(2_300);
    expect(ms).toBeLessThan(200);
    expect(cluster.replica('n3').machine.sessionCount).toBe(1);
    cluster.advance(300);
    expect(cluster.replica('n3').machine.sessionCount).toBe(0);
  });

  it('that has come back under another leader does not fall to an expiry that was queued in an older ballot', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n3').open(500);
    cluster.hold(({ message }) => message.type === 'transfer');
    cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n2').nodeId });
    // While it hands over, it proposes nothing any more.
    cluster.advance(650);
    expect(cluster.replica('n1').status().queuedOperations).toBe(1);
    cluster.release();
    cluster.runUntil(() => cluster.leader === 'n2', 300);
    expect(cluster.replica('n1').status().queuedOperations).toBe(0);
    client.keepAlive(1);
    cluster.settle();
    expect(client.takeKeepAlives().at(-1)?.alive).toEqual([client.session?.sessionId]);
    cluster.turn('n2', { type: 'transferLeadership', to: cluster.node('n1').nodeId });
    cluster.runUntil(() => cluster.leader === 'n1', 300);
    cluster.advance(100);
    expect(cluster.replica('n1').machine.sessionCount).toBe(1);
  });

  it('that a leader has acknowledged does not fall to an expiry by the one before, though the one after adopts that', () => {
    const cluster = Cluster.ready();
    const writer = cluster.client('n1').open(60_000);
    const client = cluster.client('n3').open(3_000);
    cluster.advance(3_600);
    // From here on n1 proposes for itself alone: writes that are too large to wait for each other, and with the last of them the expiry, in
    // a slot that the next leader does not use.
    cluster.hold(({ from, message }) => from === 'n1' && message.type === 'accept');
    const large = '1'.repeat(64 * 1024);
    for (const key of ['a', 'b']) {
      writer.put(key, large);
      cluster.settle();
    }
    cluster.advance(100);
    writer.put('c', large);
    cluster.settle();
    const expiry = cluster.node('n1').disk.records.at(-1)?.accepted.at(-1);
    expect(decodeBatch(expiry?.value ?? new Uint8Array()).map((bytes) => decodeOperation(bytes).body.kind)).toEqual([
      'expireSession',
      'put',
    ]);
    cluster.lose();
    cluster.hold(() => false);
    cluster.isolate('n1');
    const between = cluster.leaderAfter('n1');
    client.reconnect(between);
    client.keepAlive(1);
    cluster.advance(20);
    expect(client.takeKeepAlives()).toEqual([{ id: 1, alive: [client.session?.sessionId], ended: [] }]);
    cluster.heal();
    cluster.isolate(between);
    cluster.hold(({ from, to }) => from === between || to === between);
    const { machine } = cluster.replica(cluster.leaderAfter(between));
    expect(machine.appliedSlot).toBeGreaterThan(expiry?.slot ?? 0);
    expect(machine.sessionCount).toBe(2);
  });

  it('is not charged for the time in which its leader did not run', () => {
    const cluster = Cluster.ready({ count: 1 });
    const client = cluster.client('n1').open(500);
    cluster.advance(300);
    cluster.pause('n1');
    cluster.advance(5_000);
    client.keepAlive(1);
    cluster.resume('n1');
    cluster.advance(250);
    expect(client.takeKeepAlives()).toEqual([{ id: 1, alive: [client.session?.sessionId], ended: [] }]);
    expect(cluster.replica('n1').machine.sessionCount).toBe(1);
    cluster.advance(500);
    expect(cluster.replica('n1').machine.sessionCount).toBe(0);
  });

  it('expires by the drift that the log says, not by what its leader was started with', () => {
    const cluster = Cluster.ready({ clockDriftPermille: 300 });
    cluster.crash('n1');
    cluster.restartWith('n1', { clockDriftPermille: 0 });
    cluster.runUntil(() => cluster.leader !== undefined);
    if (cluster.leader !== 'n1') {
      cluster.turn(cluster.leader ?? '', { type: 'transferLeadership', to: cluster.node('n1').nodeId });
      cluster.runUntil(() => cluster.leader === 'n1');
    }
    cluster.client('n1').open(1_000);
    // 1000 ms * 1.3 / 0.7
    cluster.advance(1_840);
    expect(cluster.replica('n1').machine.sessionCount).toBe(1);
    cluster.advance(100);
    expect(cluster.replica('n1').machine.sessionCount).toBe(0);
  });
});
