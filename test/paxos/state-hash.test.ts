import { describe, expect, test } from 'vitest';
import { heartbeat, heartbeatAnswer, n1, n2, n3, nodeIds, servingLeader, type TestNode, votingMember } from './node.ts';

function report(node: TestNode, slot: number, hash: string): void {
  node.turn((effects) => node.paxos.reportHash(slot, hash, effects));
}

function says(node: TestNode, round: number, from: typeof n1, slot: number, hash: string): void {
  node.receive(from, heartbeatAnswer(round, n1, 1, { hashSlot: slot, hash }));
}

function told(node: TestNode): (string | number)[] {
  node.take();
  node.wait(50);
  const [sent] = node.taken('heartbeat');
  return [sent?.hashSlot ?? -1, sent?.hash ?? ''];
}

describe('the leader', () => {
  test('tells a hash once a quorum agrees on it', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    report(node, 1024, 'aa');
    expect(told(node)).toEqual([0, '']);
    says(node, round, n2, 1024, 'aa');
    expect(told(node)).toEqual([1024, 'aa']);
    expect(node.halted).toBeUndefined();
  });

  test('tells the others what they agree on, and stops, if they contradict it', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    report(node, 1024, 'aa');
    says(node, round, n2, 1024, 'bb');
    expect(node.halted).toBeUndefined();
    says(node, round, n3, 1024, 'bb');
    expect(node.halted).toMatchObject({ code: 'STATE_DIVERGED' });
  });

  test('raises the alarm once if no majority agrees, and nobody stops', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    report(node, 1024, 'aa');
    node.take();
    says(node, round, n2, 1024, 'bb');
    says(node, round, n3, 1024, 'cc');
    expect(node.noticeCodes()).toEqual(['state-diverged']);
    expect(node.halted).toBeUndefined();
    expect(told(node)).toEqual([0, '']);
  });

  test('compares equal slots only', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    report(node, 2048, 'aa');
    says(node, round, n2, 1024, 'bb');
    says(node, round, n3, 1024, 'bb');
    expect(node.halted).toBeUndefined();
    expect(node.noticeCodes()).not.toContain('state-diverged');
  });
});

describe('a follower', () => {
  const hear = (node: TestNode, slot: number, hash: string): TestNode =>
    node.receive(n2, { ...heartbeat(5, n2, 1), hashSlot: slot, hash } as ReturnType<typeof heartbeat>);

  test('reports its newest hash with its answers', () => {
    const node = votingMember(n1, 3);
    report(node, 1024, 'aa');
    report(node, 2048, 'bb');
    hear(node, 0, '').settle();
    expect(node.taken('heartbeatAnswer')).toMatchObject([{ hashSlot: 2048, hash: 'bb' }]);
  });

  test('stops when a majority contradicts it, whichever comes first', () => {
    const early = votingMember(n1, 3);
    report(early, 1024, 'aa');
    expect(hear(early, 1024, 'aa').halted).toBeUndefined();
    report(early, 2048, 'cc');
    expect(hear(early, 2048, 'bb').halted?.code).toBe('STATE_DIVERGED');
    const late = votingMember(n1, 3);
    hear(late, 1024, 'bb');
    report(late, 1024, 'aa');
    expect(late.halted?.code).toBe('STATE_DIVERGED');
  });
});

test('of five, two that differ do not stop the other three', () => {
  const { node, round } = servingLeader(n1, 5, [n2, n3]);
  report(node, 1024, 'aa');
  const [, , , n4 = n1, n5 = n1] = nodeIds(5);
  says(node, round, n4, 1024, 'bb');
  says(node, round, n5, 1024, 'bb');
  says(node, round, n2, 1024, 'aa');
  says(node, round, n3, 1024, 'aa');
  expect(node.halted).toBeUndefined();
  expect(told(node)).toEqual([1024, 'aa']);
});
