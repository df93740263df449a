import { describe, expect, test } from 'vitest';
import { heartbeat, heartbeatAnswer, n1, n2, n3, nodeIds, servingLeader, type TestNode, votingMember } from './node.ts';

function report(node: TestNode, slot: number, hash: string): void {
  node.turn((effects) => node.paxos.reportHash(slot, hash, effects));
}

function says(node: TestNode, round: number, from: typeof n1, slot: number, hash: string): void {
  node.receive(from, heartbeatAnswer(round, n1, 1, { hashSlot: slot, hash }));
}

function alarms(node: TestNode): string[] {
  return node.effects.flatMap((effect) =>
    effect.type === 'notice' && effect.code === 'state-diverged' ? [effect.text] : [],
  );
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

  test('raises the alarm if no majority can agree, tells everybody, and nobody stops', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    report(node, 1024, 'aa');
    says(node, round, n2, 1024, 'bb');
    says(node, round, n3, 1024, 'cc');
    node.take();
    node.wait(50);
    expect(alarms(node)).toEqual(['the states after slot 1024 differ and no majority agrees: n1 aa, n2 bb, n3 cc']);
    const votes = [
      { nodeId: n1, hash: 'aa' },
      { nodeId: n2, hash: 'bb' },
      { nodeId: n3, hash: 'cc' },
    ];
    const beat = node.taken('heartbeat');
    expect(beat).toHaveLength(2);
    for (const { dispute, hashSlot } of beat) expect([dispute, hashSlot]).toEqual([{ slot: 1024, votes }, 0]);
    expect(node.halted).toBeUndefined();
    // Its heartbeats may be lost, so it says so again; but it has raised the alarm.
    node.take();
    node.wait(50);
    expect([alarms(node), node.taken('heartbeat')[0]?.dispute?.slot]).toEqual([[], 1024]);
  });

  test('waits for those that it hears and that might make a majority, and not for those that are silent', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    report(node, 1024, 'aa');
    says(node, round, n2, 1024, 'bb');
    node.take();
    node.wait(50);
    expect([alarms(node), node.taken('heartbeat')[0]?.dispute]).toEqual([[], undefined]);
    for (let id = 2; id <= 30; id++) {
      node.wait(50);
      node.receive(n2, heartbeatAnswer(round, n1, id, { hashSlot: 1024, hash: 'bb' }));
    }
    expect(alarms(node)).toEqual(['the states after slot 1024 differ and no majority agrees: n1 aa, n2 bb']);
  });

  test('does not take those for divided that it is going to agree with', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    says(node, round, n2, 1024, 'aa');
    says(node, round, n3, 1024, 'bb');
    node.take();
    node.wait(50);
    report(node, 1024, 'aa');
    expect(alarms(node)).toEqual([]);
    expect(told(node)).toEqual([1024, 'aa']);
  });

  test('has nothing more to say of it once a majority agrees', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    report(node, 1024, 'aa');
    says(node, round, n2, 1024, 'bb');
    says(node, round, n3, 1024, 'cc');
    node.wait(50);
    report(node, 2048, 'dd');
    says(node, round, n3, 2048, 'dd');
    expect(told(node)).toEqual([2048, 'dd']);
    expect(node.taken('heartbeat')[0]?.dispute).toBeUndefined();
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
    node.receive(n2, { ...heartbeat(5, n2, 1), hashSlot: slot, hash });

  const dispute = { slot: 1024, votes: [{ nodeId: n1, hash: 'aa' }] };

  test('raises the alarm on the word of its leader, once for each slot', () => {
    const node = votingMember(n1, 3);
    const hearDispute = (slot: number): TestNode =>
      node.receive(n2, { ...heartbeat(5, n2, 1), dispute: { ...dispute, slot } });
    hearDispute(1024);
    hearDispute(1024);
    expect(alarms(node)).toEqual(['the states after slot 1024 differ and no majority agrees: n1 aa']);
    hearDispute(2048);
    hearDispute(1024);
    expect(alarms(node)).toHaveLength(2);
    expect(node.halted).toBeUndefined();
  });

  test('raises none about a slot for which it knows what a majority has, whichever comes last', () => {
    const node = votingMember(n1, 3);
    hear(node, 1024, 'aa');
    node.receive(n2, { ...heartbeat(5, n2, 1), dispute });
    expect(alarms(node)).toEqual([]);
  });

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
