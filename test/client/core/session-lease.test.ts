import { expect, test } from 'vitest';
import { wireError } from '../../../src/wire/wire-error.ts';
import { kinds, ttlMs, World } from './world.ts';

const marginMs = ttlMs / 50;

function lastKeepAliveId(world: World): number {
  return world.stream.keepAlives.filter(({ sessions }) => sessions.length > 0).at(-1)!.id;
}

test('keep-alives are sent at least every third of the time to live, and name the session', () => {
  const world = new World();
  const stream = world.openSession();
  const sentMs: number[] = [];
  let seen = 0;
  for (let step = 0; step < 200; step++) {
    world.advance(50);
    if (stream.keepAlives.length === seen) continue;
    seen = stream.keepAlives.length;
    sentMs.push(world.nowMs);
    world.answerKeepAlives();
  }
  expect(stream.keepAlives[0]?.sessions).toEqual([{ sessionId: 7, generation: 1 }]);
  expect(sentMs).toEqual([4_350, 7_700]);
  expect(world.core.session().state).toBe('active');
});

test('the time to live runs from the sending of the keep-alive that was answered, not from its answer', () => {
  const world = new World();
  world.openSession();
  world.advance(3_400);
  const id = lastKeepAliveId(world);
  world.stall(600);
  world.keepAliveAnswer(id, [7]);
  // Sent 3,333 ms after the opening was sent, answered 667 ms later.
  expect(world.core.session().remainingMs).toBeCloseTo(ttlMs - marginMs - 667, -1);
});

test('an answer to an older keep-alive counts from the older sending', () => {
  const world = new World();
  const stream = world.openSession();
  world.advance(3_400);
  const first = lastKeepAliveId(world);
  world.advance(1_100);
  expect(lastKeepAliveId(world)).toBeGreaterThan(first);
  world.keepAliveAnswer(first, [7], [], stream);
  expect(world.core.session().remainingMs).toBeCloseTo(ttlMs - marginMs - 1_167, -1);
});

test('an unanswered session is in jeopardy after half of its time, and active again once answered', () => {
  const world = new World({ endpoints: ['a:1'] });
  const stream = world.openSession();
  world.break();
  world.advance(4_990);
  expect(world.core.session().state).toBe('active');
  world.advance(20);
  expect(world.core.session().state).toBe('jeopardy');
  expect(world.statuses().slice(-2)).toEqual(['switching', 'jeopardy']);
  const again = world.welcome();
  expect(again).not.toBe(stream);
  expect(world.core.session().state).toBe('jeopardy');
  world.answerKeepAlives();
  expect(world.core.session().state).toBe('active');
  expect(world.statuses().at(-1)).toBe('connected');
});

test('the client knows of the loss before the service can: the time to live, less a margin, after the sending', () => {
  const world = new World();
  world.openSession();
  world.break();
  world.advance(ttlMs - marginMs - 1);
  expect(world.core.session().state).toBe('jeopardy');
  world.advance(2);
  expect(world.core.session()).toMatchObject({ state: 'expired', id: '7', remainingMs: 0 });
  expect(world.statuses().at(-1)).toBe('expired');
});

test('an answer that comes too late changes nothing: expired is final', () => {
  const world = new World({ endpoints: ['a:1'] });
  const stream = world.openSession();
  world.advance(3_400);
  const id = lastKeepAliveId(world);
  // The process does not run; its answer is in the socket when it does.
  world.stall(ttlMs);
  world.keepAliveAnswer(id, [7], [], stream);
  expect(world.core.session().state).toBe('expired');
});

test('time that the machine slept counts', () => {
  const world = new World();
  world.openSession();
  world.suspend(ttlMs);
  world.give({ type: 'tick' });
  expect(world.core.session().state).toBe('expired');
});

test('the service may end a session at once', () => {
  const world = new World();
  world.openSession();
  world.keepAliveAnswer(1, [], [7]);
  expect(world.core.session().state).toBe('expired');
  expect(world.ofType('session').map(({ state }) => state)).toEqual(['active', 'expired']);
});

test('after expiry nothing in flight is carried over, and the next command opens another session', () => {
  const world = new World();
  const stream = world.openSession();
  const lost = world.put('a');
  stream.newOperations();
  world.keepAliveAnswer(1, [], [7]);
  expect(world.verdict(lost)).toBe('SESSION_EXPIRED unknown');
  const next = world.put('b');
  expect(kinds(stream.newOperations())).toEqual(['openSession']);
  expect(world.core.session()).toMatchObject({ serial: 2, state: 'active', id: '' });
  expect(world.settlement(next)).toBeUndefined();
});

test('commands of the new session begin with number 1 and name the new session', () => {
  const world = new World();
  const stream = world.openSession();
  world.put('a');
  stream.newOperations();
  world.keepAliveAnswer(1, [], [7]);
  world.put('b');
  world.answerOpening(9);
  expect(stream.newOperations().map(({ command }) => command)).toEqual([
    { sessionId: 9, generation: 1, sequence: 1, acknowledged: 0 },
  ]);
  expect(world.statuses().slice(-2)).toEqual(['expired', 'connected']);
});

test("with onExpiry 'close' the client closes itself", () => {
  const world = new World({ onExpiry: 'close' });
  const stream = world.openSession();
  const read = world.call({ kind: 'connect' });
  const pending = world.put('a');
  stream.newOperations();
  world.keepAliveAnswer(1, [], [7]);
  expect(world.verdict(read)).toBe('connected');
  expect(world.verdict(pending)).toBe('SESSION_EXPIRED unknown');
  expect(world.statuses().slice(-2)).toEqual(['expired', 'closed']);
  expect(world.ofType('closed')).toHaveLength(1);
  expect(stream.open).toBe(false);
});

test("with onExpiry 'close' it does so too when the session is lost because all nodes belong to another cluster", () => {
  const world = new World({ onExpiry: 'close' });
  world.openSession();
  const pending = world.put('a');
  world.break();
  for (let node = 0; node < 3; node++) {
    world.frame({ goodbye: wireError('CLUSTER_CHANGED', 'another cluster') });
    world.advance(100);
  }
  expect(world.verdict(pending)).toBe('CLUSTER_CHANGED unknown');
  expect(world.statuses().slice(-2)).toEqual(['expired', 'closed']);
  expect(world.ofType('closed')).toHaveLength(1);
  const { length } = world.streams;
  world.advance(ttlMs);
  expect(world.streams).toHaveLength(length);
});

test('on a new stream the session is kept alive at once', () => {
  const world = new World();
  world.openSession();
  world.break();
  const stream = world.welcome();
  expect(stream.keepAlives.map(({ sessions }) => sessions.length)).toEqual([1]);
});

test('a session of the shortest time to live has a margin of 10 ms', () => {
  const world = new World({ sessionTtlMs: 100 });
  world.openSession();
  expect(world.core.session().remainingMs).toBe(90);
});
