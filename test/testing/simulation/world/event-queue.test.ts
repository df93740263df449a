import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from '../../../../src/testing/simulation/world/event-queue.ts';

function run(queue: EventQueue, untilUs = 1e9): void {
  while (queue.runNext(untilUs));
}

test('events come in the order of their times, those of one time in the order of scheduling', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { size: 'max', maxLength: 200 }), (times) => {
      const queue = new EventQueue();
      const seen: [number, number][] = [];
      for (const [index, time] of times.entries()) queue.at(time, () => seen.push([queue.nowUs, index]));
      run(queue);
      const expected = times.map((time, index): [number, number] => [time, index]);
      expect(seen).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    }),
  );
});

test('with a tie seed, events of one time come in another order, the same each time', () => {
  const order = (seed: number | undefined): number[] => {
    const queue = new EventQueue(seed);
    const seen: number[] = [];
    for (let index = 0; index < 20; index++) queue.at(5, () => seen.push(index));
    run(queue);
    return seen;
  };
  expect(order(1)).toEqual(order(1));
  expect(order(1)).not.toEqual(order(undefined));
  expect([...order(1)].sort((a, b) => a - b)).toEqual(order(undefined));
});

test('time never goes back, and stops where it is told', () => {
  const queue = new EventQueue();
  const seen: number[] = [];
  queue.at(10, () => queue.at(3, () => seen.push(queue.nowUs)));
  queue.after(100, () => seen.push(queue.nowUs));
  run(queue, 50);
  expect([seen, queue.nowUs]).toEqual([[10], 50]);
  run(queue, 100);
  expect(seen).toEqual([10, 100]);
});

test('what is planned comes before the rest of its instant, whenever it was scheduled', () => {
  const queue = new EventQueue(1);
  const seen: string[] = [];
  queue.at(5, () => seen.push('scheduled'));
  queue.planned(5, () => seen.push('first plan'));
  queue.planned(5, () => seen.push('second plan'));
  run(queue);
  expect(seen).toEqual(['first plan', 'second plan', 'scheduled']);
});

test('what happens in one instant, planned or not, leaves the ties of others as they are', () => {
  const tiesAfter = (disturb: (queue: EventQueue) => void): number[] => {
    const queue = new EventQueue(7);
    const seen: number[] = [];
    disturb(queue);
    queue.at(10, () => {
      for (let index = 0; index < 20; index++) queue.at(50, () => seen.push(index));
    });
    run(queue);
    return seen;
  };
  const undisturbed = tiesAfter(() => {});
  expect(undisturbed).not.toEqual(undisturbed.toSorted((a, b) => a - b));
  expect(tiesAfter((queue) => queue.planned(20, () => {}))).toEqual(undisturbed);
  expect(tiesAfter((queue) => queue.at(3, () => queue.at(9, () => {})))).toEqual(undisturbed);
});
