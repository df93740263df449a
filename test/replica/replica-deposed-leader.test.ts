import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

/**
 * n1 led, and is cut off together with a client. Elsewhere a new leader takes writes. A read that begins at n1 after such a
 * write was acknowledged must not miss it.
 */
function readsDuringPartition(leases: boolean): {
  readonly answered: number;
  readonly stale: number;
  outcomes: Set<string>;
} {
  const cluster = Cluster.ready({ leases });
  const writer = cluster.client('n2').open();
  writer.answer(writer.put('a', 'old'));
  cluster.advance(100);
  const reader = cluster.client('n1');
  cluster.isolate('n1');
  const before: number[] = [];
  const after: number[] = [];
  let write: number | undefined;
  for (let count = 0; count < 300; count += 1) {
    const isWritten = write !== undefined && writer.result(write) !== undefined;
    (isWritten ? after : before).push(reader.get('a'));
    if (cluster.leader !== undefined && cluster.leader !== 'n1') write ??= writer.put('a', 'new');
    cluster.advance(10);
  }
  expect(after.length).toBeGreaterThan(50);
  const outcomes = new Set([...before, ...after].map((id) => reader.outcome(id) ?? 'none'));
  return {
    answered: before.filter((id) => reader.found(id) === 'old').length,
    stale: after.filter((id) => reader.found(id) !== undefined).length,
    outcomes,
  };
}

describe('a leader that is cut off', () => {
  it('answers reads under its lease, and none after that', () => {
    const { answered, stale, outcomes } = readsDuringPartition(true);
    expect(answered).toBeGreaterThan(3);
    // 200 ms of lease are about 16 reads; a little more than that is time in which nobody else can lead.
    expect(answered).toBeLessThan(25);
    expect(stale).toBe(0);
    expect([...outcomes].sort()).toEqual(['NOT_LEADER', 'get', 'none']);
  });

  it('answers no read at all without leases', () => {
    const { answered, stale } = readsDuringPartition(false);
    expect(answered).toBe(0);
    expect(stale).toBe(0);
  });

  it('answers the reads that waited for a confirmation from the state of the new leader, once it follows that', () => {
    const cluster = Cluster.ready({ leases: false });
    const writer = cluster.client('n2').open();
    writer.answer(writer.put('a', 'old'));
    const reader = cluster.client('n1');
    cluster.hold(({ to, message }) => to === 'n1' && message.type === 'heartbeatAnswer');
    const id = reader.get('a');
    cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n2').nodeId });
    cluster.runUntil(() => cluster.leader === 'n2', 400);
    const write = writer.put('a', 'new');
    cluster.runUntil(() => writer.result(write) !== undefined, 100);
    cluster.release();
    cluster.runUntil(() => reader.result(id) !== undefined);
    expect(reader.found(id)).toBe('new');
  });

  it('and slept meanwhile does not answer by the clock of before', () => {
    const cluster = Cluster.ready();
    const writer = cluster.client('n2').open();
    writer.answer(writer.put('a', 'old'));
    const reader = cluster.client('n1');
    cluster.pause('n1');
    cluster.leaderAfter('n1');
    writer.answer(writer.put('a', 'new'));
    // It wakes without hearing from the others.
    cluster.isolate('n1');
    cluster.node('n1').waiting = [];
    cluster.resume('n1');
    expect(cluster.replica('n1').paxos.serving).toBe(true);
    const id = reader.get('a');
    cluster.advance(2_000);
    expect(reader.outcome(id)).toBe('NOT_LEADER');
  });
});
