import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Platform, type SimulatedProcess } from '../../../../src/testing/simulation/recipes/platform.ts';
import { EventQueue } from '../../../../src/testing/simulation/world/event-queue.ts';

/** A process whose clock runs at its own rate, on a queue of events. */
class TestProcess implements SimulatedProcess {
  readonly party = 0;
  phase: SimulatedProcess['phase'] = 'running';
  readonly #queue: EventQueue;
  readonly #rate: number;

  constructor(queue: EventQueue, rate = 1) {
    this.#queue = queue;
    this.#rate = rate;
  }

  monotonicMs(): number {
    return (this.#queue.nowUs * this.#rate) / 1000;
  }

  wallMs(): number {
    return 1_000_000 + this.monotonicMs();
  }

  random(): number {
    return 0.25;
  }

  randomUUID(): string {
    return 'drawn';
  }

  after(delayMs: number, run: () => void): void {
    this.#queue.after((delayMs * 1000) / this.#rate, run);
  }
}

function world() {
  const queue = new EventQueue();
  const platform = new Platform();
  const run = (untilMs: number) =>
    platform.during(async () => {
      await platform.takeTurns(() => undefined);
      while (queue.runNext(untilMs * 1000)) await platform.takeTurns(() => undefined);
    });
  return { queue, platform, run };
}

test('a process has its own clocks, timers and random numbers, whichever way it asks for them', async () => {
  const { queue, platform, run } = world();
  const seen: unknown[] = [];
  for (const rate of [1, 2]) {
    platform.enter(new TestProcess(queue, rate), async () => {
      await sleep(100);
      await new Promise((resolve) => setTimeout(resolve, 100.9));
      seen.push([rate, queue.nowUs / 1000, performance.now(), Date.now(), Math.random(), randomUUID()]);
    });
  }
  await run(1_000);
  expect(seen).toEqual([
    [2, 100, 200, 1_000_200, 0.25, 'drawn'],
    [1, 200, 200, 1_000_200, 0.25, 'drawn'],
  ]);
});

test('a turn is over when all that is settled has been acted on, ticks of the process included', async () => {
  const { queue, platform, run } = world();
  const order: string[] = [];
  const one = new TestProcess(queue);
  platform.enter(one, async () => {
    platform.leave(() => order.push('given to the world'));
    await Promise.resolve();
    process.nextTick(() => {
      order.push('tick');
      void Promise.resolve().then(() => process.nextTick(() => order.push('second tick')));
    });
    for (let depth = 0; depth < 50; depth++) await Promise.resolve();
    order.push('promise');
  });
  platform.enter(one, () => {
    order.push('next turn');
  });
  await run(0);
  expect(order).toEqual(['promise', 'tick', 'second tick', 'given to the world', 'next turn']);
});

test('timers that are cleared or aborted do not ring, intervals go on until they are cleared', async () => {
  const { queue, platform, run } = world();
  const rung: unknown[] = [];
  platform.enter(new TestProcess(queue), () => {
    clearTimeout(setTimeout(() => rung.push('cleared'), 1));
    const interval = setInterval(() => rung.push(queue.nowUs / 1000), 10).unref();
    setTimeout(() => clearInterval(interval), 35);
    const aborting = new AbortController();
    sleep(20, undefined, { signal: aborting.signal }).catch(({ name }) => rung.push(name));
    setTimeout(() => aborting.abort(), 15);
  });
  await run(1_000);
  expect(rung).toEqual([10, 'AbortError', 20, 30]);
});

test('a process that is not running takes no turn', async () => {
  const { queue, platform, run } = world();
  const dead = new TestProcess(queue);
  const seen: string[] = [];
  platform.enter(dead, () => {
    seen.push('before');
    setTimeout(() => seen.push('after'), 10);
  });
  queue.at(5_000, () => {
    dead.phase = 'stopped';
  });
  await run(1_000);
  expect(seen).toEqual(['before']);
});

test('outside of any turn clocks throw, and afterwards everything is as it was', async () => {
  const before = [performance.now, Date.now, Math.random, setTimeout, process.nextTick, randomUUID, sleep];
  const { queue, run } = world();
  queue.at(0, () => performance.now());
  await expect(run(10)).rejects.toThrow('performance.now in a simulated world: equal seeds would not give equal runs');
  expect([performance.now, Date.now, Math.random, setTimeout, process.nextTick, randomUUID, sleep]).toEqual(before);
  expect(performance.now()).not.toBe(performance.now());
});
