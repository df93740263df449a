import { expect, test } from 'vitest';
import { get, World } from './world.ts';

test('searches in vain become rarer', () => {
  const world = new World();
  world.connect();
  world.answering = true;
  world.call({ kind: 'read', body: get('a') }, 120_000);
  const movedMs: number[] = [];
  for (let step = 0; step < 600; step++) {
    const before = world.streams.length;
    world.advance(100);
    if (world.streams.length === before) continue;
    movedMs.push(world.nowMs);
    world.welcome();
  }
  const staysMs = movedMs.map((atMs, at) => atMs - (movedMs[at - 1] ?? 1_000));
  // Both of the others, then a longer rest with the last of them.
  expect(staysMs.slice(0, 8)).toEqual([1_500, 1_500, 4_500, 1_500, 7_500, 1_500, 7_500, 1_500]);
});

test('after searches in vain, a node that is well is found although the next one is not', () => {
  const world = new World();
  world.connect();
  world.answering = true;
  world.call({ kind: 'read', body: get('a') }, 120_000);
  for (let step = 0; step < 300; step++) {
    const before = world.streams.length;
    world.advance(100);
    if (world.streams.length > before) world.welcome();
  }
  const visited = new Set<string>();
  for (let step = 0; step < 91; step++) {
    const before = world.streams.length;
    world.advance(100);
    if (world.streams.length > before) visited.add(world.welcome().endpoint);
  }
  expect(visited.size).toBeGreaterThanOrEqual(2);
});

test.each([300, 1_000, 5_000])(
  'calls that wait for %i ms one after the other notice a node that brings no answers',
  (timeoutMs) => {
    const world = new World();
    const stream = world.connect();
    world.answering = true;
    const left = () => world.streams.at(-1) !== stream;
    for (let waitedMs = 0; waitedMs < 20_000 && !left(); waitedMs += timeoutMs) {
      world.call({ kind: 'read', body: get('a') }, timeoutMs);
      world.advance(timeoutMs);
    }
    expect(left()).toBe(true);
    const { endpoint } = world.welcome();
    expect(endpoint).not.toBe(stream.endpoint);
  },
);

test('the same after searches in vain, when calls end before the client would look for another node', () => {
  const world = new World();
  world.connect();
  world.answering = true;
  const movedMs: number[] = [];
  for (let step = 0; step < 600; step++) {
    if (step % 50 === 0) world.call({ kind: 'read', body: get('a') }, 5_000);
    const before = world.streams.length;
    world.advance(100);
    if (world.streams.length === before) continue;
    movedMs.push(world.nowMs);
    world.welcome();
  }
  expect(movedMs.at(-1)).toBeGreaterThan(50_000);
});

test('time in which nothing was asked, or in which the process did not run, is not held against a node', () => {
  const world = new World();
  const stream = world.connect();
  world.answering = true;
  world.call({ kind: 'read', body: get('a') }, 300);
  world.advance(60_000);
  world.call({ kind: 'read', body: get('a') }, 60_000);
  world.stall(20_000);
  world.give({ type: 'tick' });
  world.advance(1_000);
  expect(world.stream).toBe(stream);
  world.advance(1_500);
  expect(world.stream).not.toBe(stream);
});
