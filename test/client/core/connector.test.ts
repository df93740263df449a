import { describe, expect, test } from 'vitest';
import { timing } from '../../../src/client/core/settings.ts';
import type { NodeId, Revision } from '../../../src/wire/identifiers.ts';
import { wireError } from '../../../src/wire/wire-error.ts';
import { watchRequest } from './watch-request.ts';
import { emptyFrame, endpoints, get, kinds, put, World } from './world.ts';

/** The leader as a node names it: node-b is at b:2. */
function leader(endpoint: string) {
  return { nodeId: `node-${endpoint[0]}` as NodeId, address: endpoint };
}

function others(world: World, endpoint: string): string[] {
  return endpoints.filter((other) => other !== endpoint && world.streams.length > 0);
}

test('clients that start together do not all ask the same node', () => {
  const first = new Set<string>();
  for (let seed = 1; seed < 30; seed++) {
    const world = new World({ seed: [seed, seed, seed, seed] });
    world.give({ type: 'tick' });
    first.add(world.stream.endpoint);
  }
  expect([...first].sort()).toEqual([...endpoints]);
});

test('hello comes first, and nothing else before the welcome', () => {
  const world = new World();
  world.call({ kind: 'command', body: put('a') });
  expect(world.stream.frames).toHaveLength(1);
  expect(world.stream.frames[0]?.hello).toEqual({ protocol: 1, clusterId: '', revision: 0, client: 'test' });
  world.welcome();
  expect(world.stream.frames.length).toBeGreaterThan(1);
});

test('hello carries the cluster and the highest revision seen', () => {
  const world = new World();
  world.openSession();
  world.break();
  expect(world.stream.frames[0]?.hello).toMatchObject({ clusterId: 'cluster', revision: world.core.seenRevision });
});

test('the next endpoint is tried at once when one fails; when all have failed, after a short while', () => {
  const world = new World();
  world.give({ type: 'tick' });
  for (let attempt = 0; attempt < 3; attempt++) world.break(world.stream, 'connection refused');
  expect(new Set(world.streams.map(({ endpoint }) => endpoint)).size).toBe(3);
  expect(world.streams).toHaveLength(3);
  world.advance(50);
  expect(world.streams).toHaveLength(4);
  expect(world.core.endpoints().map(({ reason }) => reason)).toContain('connection refused');
});

test('the delay between rounds grows up to a second, half of it at random', () => {
  const world = new World({ endpoints: ['a:1'] });
  world.give({ type: 'tick' });
  const delays: number[] = [];
  for (let round = 0; round < 12; round++) {
    world.break();
    delays.push(world.wakeMs - world.nowMs);
    world.advance(1_000);
  }
  expect(delays[0]).toBeGreaterThanOrEqual(25);
  expect(delays[0]).toBeLessThanOrEqual(50);
  expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
  expect(Math.min(...delays.slice(-4))).toBeGreaterThanOrEqual(500);
});

test('a node that says nothing is passed over', () => {
  const world = new World();
  world.give({ type: 'tick' });
  const first = world.stream;
  world.advance(1_000);
  expect(first.open).toBe(false);
  expect(world.stream).not.toBe(first);
});

test('connecting settles with the first welcome', () => {
  const world = new World();
  const call = world.call({ kind: 'connect' }, 5_000);
  expect(world.settlement(call)).toBeUndefined();
  world.welcome();
  expect(world.settlement(call)).toEqual({ type: 'connected', resumedLocks: [] });
  expect(world.core.status).toEqual({ type: 'connected', endpoint: world.stream.endpoint });
  expect(world.settlement(world.call({ kind: 'connect' }))).toEqual({ type: 'connected', resumedLocks: [] });
});

test('if nobody answers in time, the error tells the reason for each endpoint', () => {
  const world = new World();
  const call = world.call({ kind: 'connect' }, 1_500);
  world.break(world.stream, 'connection refused');
  world.break(world.stream, 'host not found');
  world.advance(1_500);
  const reports = world.failure(call)?.endpoints;
  expect(reports?.map(({ endpoint }) => endpoint)).toEqual([...endpoints]);
  expect(reports?.map(({ reason }) => reason).sort()).toEqual([
    'connection refused',
    'host not found',
    'no welcome in time',
  ]);
});

test('a stream on which nothing comes although something is outstanding is asked, then given up', () => {
  const world = new World();
  const stream = world.connect();
  world.call({ kind: 'read', body: get('a') }, 60_000);
  world.advance(timing.probeMs);
  expect(stream.keepAlives).toEqual([{ id: 1, sessions: [] }]);
  world.advance(timing.silenceMs - 1);
  expect(stream.open).toBe(true);
  world.advance(1);
  expect(stream.open).toBe(false);
  expect(world.welcome().newOperations()).toHaveLength(1);
});

test('a stream that has nothing to say is left in peace', () => {
  const world = new World();
  const stream = world.connect();
  world.advance(60_000);
  expect(stream.open).toBe(true);
  expect(stream.frames).toHaveLength(1);
});

test('silence while the process did not run is nobody else’s fault', () => {
  const world = new World();
  const stream = world.connect();
  world.call({ kind: 'read', body: get('a') }, 60_000);
  world.advance(timing.probeMs + 100);
  world.stall(20_000);
  world.give({ type: 'tick' });
  expect(stream.open).toBe(true);
  world.advance(timing.silenceMs - 1);
  expect(stream.open).toBe(true);
  world.advance(1);
  expect(stream.open).toBe(false);
});

test('a node that is there but brings no answers is left for another; the old stream stays until the new one is open', () => {
  const world = new World();
  const first = world.connect();
  world.answering = true;
  const call = world.call({ kind: 'read', body: get('a') }, 60_000);
  first.newOperations();
  world.advance(1_500);
  const second = world.stream;
  expect(second).not.toBe(first);
  expect(first.open).toBe(true);
  world.welcome(second);
  expect(first.open).toBe(false);
  const [operation] = second.newOperations();
  world.answer(operation!, { kind: 'get', entry: undefined });
  expect(world.verdict(call)).toBe('result');
});

test('a watch does not stay with a node that has lost its leader, and with it all news', () => {
  const world = new World();
  const stream = world.connect();
  world.frame({ leader: leader(stream.endpoint) });
  world.answering = true;
  world.call(watchRequest({ from: new Uint8Array([1]), to: 'single' }));
  world.notice(1, { kind: 'created', startRevision: 10 as Revision });
  world.advance(60_000);
  expect(world.stream).toBe(stream);
  world.frame({ leader: { nodeId: '', address: '' } });
  world.advance(1_499);
  expect(world.stream).toBe(stream);
  world.advance(1);
  expect(world.stream).not.toBe(stream);
  expect(stream.open).toBe(true);
});

test('the client moves to the leader’s node when a welcome names it', () => {
  const world = new World();
  world.give({ type: 'tick' });
  const first = world.stream;
  const [elsewhere] = others(world, first.endpoint);
  world.welcome(first, leader(elsewhere!));
  expect(world.stream.endpoint).toBe(elsewhere);
  expect(first.open).toBe(true);
  const call = world.call({ kind: 'read', body: get('a') });
  expect(first.newOperations()).toHaveLength(1);
  world.welcome();
  expect(first.open).toBe(false);
  expect(world.stream.newOperations()).toHaveLength(1);
  expect(world.statuses()).toEqual(['connected', 'connected']);
  expect(world.settlement(call)).toBeUndefined();
});

describe('no session is opened twice on the way to the leader’s node', () => {
  test('one that is to be opened waits for the move', () => {
    const world = new World();
    world.give({ type: 'tick' });
    const first = world.stream;
    const [elsewhere] = others(world, first.endpoint);
    world.welcome(first, leader(elsewhere!));
    world.put('a');
    expect(first.newOperations()).toEqual([]);
    world.welcome();
    expect(kinds(world.stream.newOperations())).toEqual(['openSession']);
  });

  test('but not for long, nor for a node that cannot be reached', () => {
    for (const happens of [(world: World) => world.advance(250), (world: World) => world.break(world.stream)]) {
      const world = new World();
      world.give({ type: 'tick' });
      const first = world.stream;
      const [elsewhere] = others(world, first.endpoint);
      world.welcome(first, leader(elsewhere!));
      world.put('a');
      expect(first.newOperations()).toEqual([]);
      happens(world);
      expect(kinds(first.newOperations())).toEqual(['openSession']);
    }
  });

  test('the move waits for one that is being opened', () => {
    const world = new World();
    const first = world.connect();
    const [elsewhere] = others(world, first.endpoint);
    world.put('a');
    world.frame({ leader: leader(elsewhere!) });
    world.advance(10);
    expect(world.stream).toBe(first);
    world.answerOpening(7);
    world.advance(1);
    expect(world.stream.endpoint).toBe(elsewhere);
  });

  test('but not for long', () => {
    const world = new World();
    const first = world.connect();
    const [elsewhere] = others(world, first.endpoint);
    world.put('a');
    world.frame({ leader: leader(elsewhere!) });
    world.advance(250);
    expect(world.stream.endpoint).toBe(elsewhere);
  });
});

test('the same when the leader changes', () => {
  const world = new World();
  const first = world.connect();
  const [elsewhere] = others(world, first.endpoint);
  world.frame({ leader: leader(elsewhere!) });
  expect(world.stream.endpoint).toBe(elsewhere);
});

test('if the leader’s node cannot be reached, nothing changes, and it is not tried again and again', () => {
  const world = new World();
  const first = world.connect();
  const [elsewhere] = others(world, first.endpoint);
  world.frame({ leader: leader(elsewhere!) });
  world.break(world.stream, 'connection refused');
  expect(first.open).toBe(true);
  const before = world.streams.length;
  world.advance(4_000);
  expect(world.streams).toHaveLength(before);
});

test('nodes that name each other as the leader do not make the client run between them', () => {
  const world = new World();
  world.connect();
  for (let second = 0; second < 30; second++) {
    const [elsewhere] = others(world, world.stream.endpoint);
    world.frame({ leader: leader(elsewhere!) });
    if (world.stream.frames.length === 1) world.welcome();
    world.advance(1_000);
  }
  expect(world.streams.length).toBeLessThan(8);
});

test('a node of another cluster is not used', () => {
  const world = new World();
  world.openSession();
  world.break();
  world.welcome(world.stream, undefined, 'another');
  const refused = world.streams.at(-2)!;
  expect(refused.open).toBe(false);
  world.welcome();
  expect(world.core.status).toMatchObject({ type: 'connected' });
});

test('when all nodes belong to another cluster, nothing is carried over to it', () => {
  const world = new World();
  world.openSession();
  const watch = world.call(watchRequest({ from: new Uint8Array([1]), to: 'single' }));
  const command = world.put('a');
  world.break();
  for (let node = 0; node < 3; node++) {
    world.frame({ goodbye: wireError('CLUSTER_CHANGED', 'another cluster') });
    world.advance(100);
  }
  expect(world.verdict(watch)).toBe('CLUSTER_CHANGED not-applied');
  expect(world.verdict(command)).toBe('CLUSTER_CHANGED unknown');
  expect(world.core.session().state).toBe('expired');
  expect(world.verdict(world.put('b'))).toBe('CLUSTER_CHANGED not-applied');
});

test('a goodbye is obeyed, after the answers in the same frame', () => {
  const world = new World();
  const stream = world.connect();
  const call = world.call({ kind: 'read', body: get('a') });
  const [operation] = stream.newOperations();
  const results = [world.resultBytes(operation!, { kind: 'get', entry: undefined })];
  world.frame({ results, goodbye: wireError('UNAVAILABLE', 'the node stops') });
  expect(world.verdict(call)).toBe('result');
  expect(stream.open).toBe(false);
  expect(world.stream).not.toBe(stream);
});

test.each([
  ['no welcome first', emptyFrame],
  ['what cannot be decoded', { ...emptyFrame, results: [new Uint8Array([0xff])] }],
])('a node that breaks the protocol is left: %s', (what, frame) => {
  const world = new World();
  if (what === 'no welcome first') world.give({ type: 'tick' });
  else world.connect();
  const { stream } = world;
  world.frame(frame);
  expect(stream.open).toBe(false);
  expect(world.stream).not.toBe(stream);
});

test('a node that speaks another version is passed over', () => {
  const world = new World();
  world.give({ type: 'tick' });
  const { stream } = world;
  const welcome = { protocol: 2, clusterId: 'x', nodeId: 'n' as NodeId, leader: undefined, revision: 1 as Revision };
  world.frame({ welcome });
  expect(stream.open).toBe(false);
});

test('a stream that is broken again and again without an answer is not reopened without pause', () => {
  const world = new World();
  world.connect();
  world.call({ kind: 'read', body: get('a') }, 60_000);
  let streams = 0;
  for (let step = 0; step < 100; step++) {
    if (world.streams.length > streams) {
      streams = world.streams.length;
      world.welcome();
      world.break();
    }
    world.advance(10);
  }
  expect(streams).toBeLessThan(25);
});
