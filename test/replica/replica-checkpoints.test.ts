import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { paxosLimits } from '../../src/paxos/timing.ts';
import { replicaLimits } from '../../src/replica/limits.ts';
import type { Sequence } from '../../src/wire/identifiers.ts';
import { Cluster, type Envelope } from './cluster.ts';
import { single } from './driver.ts';
import type { TestClient } from './test-client.ts';

const checkpointJournalBytes = 20_000;
const value = 'v'.repeat(500);

/** Values leave memory soon, and a state has several chunks: else all of this takes megabytes. */
const shipped = { retainedSlots: paxosLimits.retainedSlots, chunkBytes: replicaLimits.checkpointChunkBytes };
beforeEach(() => {
  Object.assign(paxosLimits, { retainedSlots: 10 });
  Object.assign(replicaLimits, { checkpointChunkBytes: 2_000 });
});
afterEach(() => {
  Object.assign(paxosLimits, { retainedSlots: shipped.retainedSlots });
  Object.assign(replicaLimits, { checkpointChunkBytes: shipped.chunkBytes });
});

function writeMuch(client: TestClient, count = 200): void {
  for (let at = 0; at < count; at++) client.answer(client.put(`k${at % 20}`, `${at}${value}`));
}

const isTransfer = ({ message }: Envelope) => message.type === 'chunk';

function caughtUp(cluster: Cluster, nodeId: string): void {
  const { machine } = cluster.replica(nodeId);
  cluster.runUntil(() => machine.appliedSlot === cluster.replica('n1').machine.appliedSlot);
  expect(cluster.agrees).toBe(true);
}

function heldBy(cluster: Cluster, { session }: TestClient): { readonly token: number } {
  if (session === undefined) throw new Error('no session');
  const found = cluster.replica('n1').machine.acquisition('held', session.sessionId, 1 as Sequence);
  if (found.state !== 'held') throw new Error(found.state);
  return found;
}

/** The others have written so much, while n3 was cut off, that its next slot is in nobody's log any more. */
function leftBehind() {
  const cluster = Cluster.ready({ checkpointJournalBytes });
  const client = cluster.client('n1').open();
  client.answer(client.put('k0', 'early'));
  const onNode3 = cluster.client('n3').open();
  onNode3.answer(onNode3.acquire('held'));
  cluster.advance(50);
  cluster.isolate('n3');
  return { cluster, client, onNode3 };
}

describe('a node that has journaled enough', () => {
  it('writes its state, and with the next one gives up what the one before stands for', () => {
    const cluster = Cluster.ready({ checkpointJournalBytes });
    const client = cluster.client('n1').open();
    writeMuch(client);
    const { disk, replica } = cluster.node('n1');
    const [newest, older] = disk.checkpoints;
    expect(disk.state.hash).toBe(newest?.checkpoint.hash);
    expect(newest?.chunks.length).toBeGreaterThan(1);
    expect(replica.paxos.trimmedThrough).toBe(older?.checkpoint.slot);
    expect(disk.records[0]).toMatchObject({ accepted: [], trimmedThrough: older?.checkpoint.slot });
    expect(replica.status()).toMatchObject({ checkpointSlot: newest?.checkpoint.slot });
    // With values that change again and again, the history is the larger part of a state.
    const distance = Math.max(checkpointJournalBytes, newest?.checkpoint.bytes ?? 0);
    expect(replica.status().journaledBytes).toBeLessThan(distance + 1_000);
  });

  it('begins again with that state and what was journaled since', () => {
    const cluster = Cluster.ready({ checkpointJournalBytes });
    const client = cluster.client('n2').open();
    writeMuch(client);
    const { hash } = cluster.replica('n3').machine;
    for (const nodeId of ['n1', 'n2', 'n3']) {
      cluster.crash(nodeId);
      cluster.start(nodeId);
    }
    cluster.runUntil(() => cluster.leader !== undefined);
    expect(cluster.replica('n3').status().checkpointSlot).toBeGreaterThan(0);
    const again = cluster.client(cluster.leader ?? '').open();
    writeMuch(again, 5);
    caughtUp(cluster, 'n3');
    expect(cluster.replica('n3').machine.hash).not.toBe(hash);
  });

  it('does so at another time than the others', () => {
    const cluster = Cluster.ready({ checkpointJournalBytes });
    writeMuch(cluster.client('n1').open());
    const slots = cluster.nodes.map(({ disk }) => disk.checkpoints.map(({ checkpoint }) => checkpoint.slot));
    expect(new Set(slots.flat()).size).toBe(6);
  });
});

describe('a node whose next slot is in nobody’s log', () => {
  it('is sent a state, and goes on from there', () => {
    const { cluster, client } = leftBehind();
    writeMuch(client);
    cluster.heal();
    caughtUp(cluster, 'n3');
    const { disk, effects } = cluster.node('n3');
    expect(effects.filter(({ type }) => type === 'storeChunk').length).toBeGreaterThan(1);
    expect(cluster.replica('n3').paxos.trimmedThrough).toBe(disk.checkpoints[0]?.checkpoint.slot);
    // What it was sent, it finds again.
    cluster.crash('n3');
    cluster.start('n3');
    caughtUp(cluster, 'n3');
  });

  it('asks for what is lost on the way until all of it is there', () => {
    const { cluster, client } = leftBehind();
    writeMuch(client);
    let count = 0;
    cluster.hold((envelope) => isTransfer(envelope) && ++count % 3 === 0);
    cluster.heal();
    caughtUp(cluster, 'n3');
    expect(cluster.held.length).toBeGreaterThan(1);
    const begun = cluster.node('n3').effects.filter((effect) => effect.type === 'storeChunk' && effect.index === 0);
    expect(begun).toHaveLength(1);
  });

  it('turns to another node if the one that sends falls silent', () => {
    const { cluster, client } = leftBehind();
    writeMuch(client);
    // n2 is asked first, since it does not lead; it sends two chunks and no more.
    let sent = 0;
    cluster.hold((envelope) => isTransfer(envelope) && envelope.from === 'n2' && ++sent > 2);
    cluster.heal();
    caughtUp(cluster, 'n3');
    expect(sent).toBeGreaterThan(2);
  });

  it('tells its watches all that came between, or that it is gone', () => {
    const { cluster, client, onNode3 } = leftBehind();
    const { revision } = cluster.replica('n3').machine;
    onNode3.watch(1, single('k1'));
    cluster.advance(50);
    onNode3.takeNotices();
    writeMuch(client);
    cluster.heal();
    caughtUp(cluster, 'n3');
    cluster.advance(1_000);
    const told = onNode3.takeNotices().filter((line) => line.includes('put'));
    expect(told).toEqual(Array.from({ length: 10 }, (_, round) => `1 @${revision + 2 + 20 * round} put k1`));
  });

  it('answers those who wait: for a command, for a lock, and that a lock was taken away', () => {
    const { cluster, client, onNode3 } = leftBehind();
    const { token } = heldBy(cluster, onNode3);
    // Reaches the leader, though its answer does not come back.
    cluster.heal();
    const put = onNode3.put('from n3', 'x');
    cluster.hold(({ to }) => to === 'n3');
    cluster.settle();
    client.answer(client.command({ kind: 'lockForceRelease', name: 'held', token }));
    writeMuch(client);
    cluster.lose();
    cluster.hold(() => false);
    caughtUp(cluster, 'n3');
    expect(onNode3.answer(put).kind).toBe('put');
    expect(onNode3.takeGrants()).toContain('1 ended');
  });

  it.each([
    ['', []],
    [', though a third is gone for good', ['n2']],
  ])('and which was trimmed by a later state than others have, gets one that is written for it%s', (_also, gone) => {
    const cluster = Cluster.ready({ checkpointJournalBytes });
    const client = cluster.client('n1').open();
    writeMuch(client);
    const { disk } = cluster.node('n3');
    cluster.crash('n3');
    const trimmedThrough = disk.checkpoints[1]?.checkpoint.slot ?? 0;
    disk.checkpoints = [];
    for (const other of ['n1', 'n2']) {
      const kept = cluster.node(other).disk.checkpoints.map(({ checkpoint }) => checkpoint.slot);
      expect(Math.max(...kept)).toBeGreaterThan(0);
    }
    for (const other of gone) cluster.crash(other);
    cluster.start('n3');
    expect(cluster.replica('n3').paxos.canApply).toBe(false);
    caughtUp(cluster, 'n3');
    expect(disk.checkpoints[0]?.checkpoint.slot).toBeGreaterThanOrEqual(trimmedThrough);
  });
});
