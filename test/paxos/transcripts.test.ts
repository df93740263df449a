import { expect, test } from 'vitest';
import { Harness, type Machine } from './harness.ts';
import { n1, n2, n3 } from './node.ts';

/** What was said, without the beating of the heart. */
function written(harness: Harness): string {
  const lines = (harness.transcript ?? []).filter((line) => !/ {2}heartbeat/.test(line));
  return `${lines.join('\n')}\n`;
}

/** A formed cluster of three with a serving leader, n1, and the transcript still empty. */
function steady(): Harness {
  const harness = new Harness({ seed: 7, count: 3 }).startAll();
  harness.runUntil(() => harness.servingLeader()?.nodeId === n1);
  harness.run(1500);
  harness.transcript = [];
  return harness;
}

function leaderOf(harness: Harness): Machine {
  const leader = harness.servingLeader();
  if (leader === undefined) throw new Error('no leader');
  return leader;
}

const file = (name: string): string => `./transcripts/${name}.txt`;

test('birth: greetings, genesis, first election', async () => {
  const harness = new Harness({ seed: 7, count: 3 });
  harness.transcript = [];
  harness.startAll();
  harness.runUntil(() => harness.servingLeader() !== undefined);
  harness.run(5);
  await expect(written(harness)).toMatchFileSnapshot(file('birth'));
});

test('two writes in a row', async () => {
  const harness = steady();
  harness.propose(leaderOf(harness), 'one');
  harness.propose(leaderOf(harness), 'two');
  harness.run(20);
  await expect(written(harness)).toMatchFileSnapshot(file('writes'));
});

test('fail-over: what the old leader left behind is adopted, a hole becomes a no-op', async () => {
  const harness = steady();
  harness.propose(leaderOf(harness), 'chosen');
  harness.run(10);
  harness.cut.add('n1>n2').add('n1>n3');
  harness.propose(leaderOf(harness), 'lost');
  harness.run(2);
  harness.cut.delete('n1>n3');
  harness.propose(leaderOf(harness), 'left behind');
  harness.run(2);
  harness.kill(n1);
  harness.runUntil(() => harness.servingLeader() !== undefined);
  harness.run(5);
  await expect(written(harness)).toMatchFileSnapshot(file('fail-over'));
});

test('a member comes back and catches up', async () => {
  const harness = steady();
  harness.crash(n3);
  for (const value of ['a', 'b', 'c']) harness.propose(leaderOf(harness), value);
  harness.run(20);
  harness.start(n3);
  harness.run(400);
  harness.propose(leaderOf(harness), 'd');
  harness.run(10);
  await expect(written(harness)).toMatchFileSnapshot(file('catch-up'));
});

test('leadership is handed over', async () => {
  const harness = steady();
  harness.call(n1, (paxos, effects) => paxos.transferLeadership(n2, effects));
  harness.runUntil(() => harness.machine(n2).paxos.serving);
  harness.run(5);
  await expect(written(harness)).toMatchFileSnapshot(file('transfer'));
});

test('a leader that is cut off steps down, and follows when it is back', async () => {
  const harness = steady();
  harness.isolate(n1);
  harness.propose(leaderOf(harness), 'never chosen');
  harness.runUntil(() => harness.servingLeader()?.nodeId !== n1 && harness.servingLeader() !== undefined);
  harness.propose(leaderOf(harness), 'chosen instead');
  harness.run(20);
  harness.heal();
  harness.runUntil(() => harness.machine(n1).paxos.chosenThrough === leaderOf(harness).paxos.chosenThrough);
  await expect(written(harness)).toMatchFileSnapshot(file('partition'));
});

test('a directory that was rolled back is turned away', async () => {
  const harness = steady();
  harness.propose(leaderOf(harness), 'one');
  harness.run(20);
  harness.crash(n3);
  harness.rollBack(n3, 2);
  harness.start(n3);
  harness.run(20);
  await expect(written(harness)).toMatchFileSnapshot(file('rolled-back'));
});
