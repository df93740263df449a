import { expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import type { WireEvent } from '../../../src/wire/watch.ts';
import { wireError } from '../../../src/wire/wire-error.ts';
import { watchRequest } from './watch-request.ts';
import { type TestStream, World } from './world.ts';

const range = { from: utf8Bytes('a'), to: utf8Bytes('b') } as const;
const { target } = watchRequest(range);

function deletion(key = 'a', padding = 0): WireEvent {
  return { type: 'delete', key: utf8Bytes(key + 'x'.repeat(padding)), previous: undefined };
}

function open(world: World, fromRevision = 0, timeoutMs = Number.POSITIVE_INFINITY): number {
  return world.call(watchRequest(range, fromRevision), timeoutMs);
}

/** A watch that has started at revision 10; its name on the stream is 1. */
function started(): { world: World; stream: TestStream; watch: number } {
  const world = new World();
  const stream = world.connect();
  const watch = open(world);
  world.notice(1, { kind: 'created', startRevision: 10 as Revision });
  return { world, stream, watch };
}

function batch(
  world: World,
  wireIds: number | readonly number[],
  revision: number,
  events: WireEvent[] = [deletion()],
  partial = false,
): void {
  world.notice(wireIds, { kind: 'batch', revision: revision as Revision, events, partial });
}

/** The consumer takes the next batches that it has been given. */
function consume(world: World, watch: number, count: number): void {
  const given = world.ofType('watchBatch').filter(({ watchIds }) => watchIds.includes(watch));
  const before = consumed.get(world) ?? 0;
  for (const { events, bytes } of given.slice(before, before + count)) {
    world.give({ type: 'watchConsumed', watchId: watch, events: events.length, bytes });
  }
  consumed.set(world, before + count);
}

const consumed = new WeakMap<World, number>();

function revisions(world: World): number[] {
  return world.ofType('watchBatch').map(({ revision }) => revision);
}

test('a watch from now carries what the client has seen, and is settled by the start revision', () => {
  const world = new World();
  const stream = world.openSession();
  const watch = open(world);
  expect(stream.watchCreates).toEqual([{ watchId: 1, target, fromRevision: 0, seenRevision: world.core.seenRevision }]);
  expect(world.core.seenRevision).toBeGreaterThan(0);
  world.notice(1, { kind: 'created', startRevision: 130 as Revision });
  expect(world.settlement(watch)).toEqual({ type: 'watching', startRevision: 130 });
});

test('a batch is given at once, and once to all the watches that it is for', () => {
  const { world, watch } = started();
  const other = open(world);
  world.notice(2, { kind: 'created', startRevision: 10 as Revision });
  batch(world, [1, 2, 3], 10);
  batch(world, [2], 12);
  expect(world.ofType('watchBatch')).toMatchObject([
    { watchIds: [watch, other], revision: 10 },
    { watchIds: [other], revision: 12 },
  ]);
});

test('after a reconnect it resumes behind the last whole revision; nothing is missing or repeated', () => {
  const { world } = started();
  batch(world, 1, 10);
  batch(world, 1, 12);
  world.break();
  const stream = world.welcome();
  expect(stream.watchCreates).toMatchObject([{ watchId: 2, fromRevision: 13 }]);
  world.notice(2, { kind: 'created', startRevision: 13 as Revision });
  batch(world, 2, 12);
  batch(world, 2, 13);
  expect(revisions(world)).toEqual([10, 12, 13]);
});

test('a revision that travels in parts is given whole, or not at all', () => {
  const { world } = started();
  batch(world, 1, 10, [deletion('a')], true);
  expect(revisions(world)).toEqual([]);
  batch(world, 1, 10, [deletion('b')]);
  expect(world.ofType('watchBatch')[0]?.events).toHaveLength(2);
  batch(world, 1, 11, [deletion('a')], true);
  world.break();
  const stream = world.welcome();
  expect(stream.watchCreates).toMatchObject([{ fromRevision: 11 }]);
  world.notice(2, { kind: 'created', startRevision: 11 as Revision });
  batch(world, 2, 11, [deletion('a')], true);
  batch(world, 2, 11, [deletion('b')]);
  expect(world.ofType('watchBatch')[1]?.events).toHaveLength(2);
});

test('if the rest of a revision is missing, the watch begins again with that revision', () => {
  const { world, stream } = started();
  batch(world, 1, 10, [deletion('a')], true);
  batch(world, 1, 11);
  expect(revisions(world)).toEqual([]);
  expect(stream.watchCancels).toEqual([1]);
  expect(stream.watchCreates.at(-1)).toMatchObject({ watchId: 2, fromRevision: 10 });
});

test('progress moves the point from which it resumes', () => {
  const { world } = started();
  world.notice(1, { kind: 'progress', revision: 40 as Revision });
  world.break();
  expect(world.welcome().watchCreates).toMatchObject([{ fromRevision: 41, seenRevision: 40 }]);
});

test('a break before the start is fixed asks for the same start again', () => {
  const world = new World();
  world.connect();
  open(world);
  open(world, 33);
  world.break();
  expect(world.welcome().watchCreates.map(({ fromRevision }) => fromRevision)).toEqual([0, 33]);
});

test('a slow consumer: the watch is given up in the service, and resumed when there is room', () => {
  const { world, stream, watch } = started();
  const large = [deletion('a', 1024 * 1024)];
  for (let revision = 10; revision < 20; revision++) batch(world, 1, revision, large);
  expect(stream.watchCancels).toEqual([1]);
  consume(world, watch, 2);
  expect(stream.watchCreates).toHaveLength(1);
  consume(world, watch, 2);
  expect(stream.watchCreates.at(-1)).toMatchObject({ watchId: 2, fromRevision: 14 });
  world.notice(2, { kind: 'created', startRevision: 14 as Revision });
  batch(world, 2, 14, large);
  expect(revisions(world)).toEqual([10, 11, 12, 13, 14]);
});

test('so many small events fill the buffer, too', () => {
  const { world, stream } = started();
  const events = Array.from({ length: 1_000 }, () => deletion());
  for (let revision = 10; revision < 16; revision++) batch(world, 1, revision, events);
  expect(stream.watchCancels).toEqual([1]);
});

test('compaction ends the watch, after what has been received', () => {
  const { world } = started();
  batch(world, 1, 10);
  world.notice(1, { kind: 'ended', error: wireError('COMPACTED', 'gone', 90 as Revision) });
  expect(revisions(world)).toEqual([10]);
  expect(world.ofType('watchEnded')[0]?.failure).toMatchObject({ code: 'COMPACTED', oldestRevision: 90 });
  world.break();
  expect(world.welcome().watchCreates).toEqual([]);
});

test('compaction at the start fails the call', () => {
  const world = new World();
  world.connect();
  const watch = open(world, 5);
  world.notice(1, { kind: 'ended', error: wireError('COMPACTED', 'gone', 90 as Revision) });
  expect(world.failure(watch)).toMatchObject({ code: 'COMPACTED', oldestRevision: 90 });
});

test('a node that is too busy is asked again', () => {
  const { world, stream } = started();
  world.notice(1, { kind: 'ended', error: wireError('BUSY', 'too many') });
  expect(stream.watchCreates).toHaveLength(1);
  world.advance(20);
  expect(stream.watchCreates.at(-1)).toMatchObject({ watchId: 2, fromRevision: 10 });
});

test('a node that would leave a gap ends the watch', () => {
  const { world } = started();
  world.break();
  world.welcome();
  world.notice(2, { kind: 'created', startRevision: 11 as Revision });
  expect(world.ofType('watchEnded')[0]?.failure?.code).toBe('PROTOCOL_ERROR');
});

test('a watch that nobody wants any more is given up, and what still arrives is dropped', () => {
  const { world, stream, watch } = started();
  world.give({ type: 'watchClose', watchId: watch });
  expect(stream.watchCancels).toEqual([1]);
  batch(world, 1, 10);
  expect(revisions(world)).toEqual([]);
});

test('a deadline limits the wait for the start only', () => {
  const world = new World({ endpoints: ['a:1'] });
  const stream = world.connect();
  world.answering = true;
  const watch = open(world, 0, 300);
  world.advance(300);
  expect(world.verdict(watch)).toBe('TIMEOUT not-applied');
  expect(stream.watchCancels).toEqual([1]);
  const other = open(world, 0, 300);
  world.notice(2, { kind: 'created', startRevision: 10 as Revision });
  world.advance(10_000);
  expect(world.settlement(other)?.type).toBe('watching');
  expect(world.ofType('watchEnded')).toEqual([]);
});

test('an idle watch is no silent watch: a node that is gone is found out', () => {
  const { world, stream } = started();
  world.advance(5_000);
  expect(stream.keepAlives).toMatchObject([{ sessions: [] }]);
  world.advance(1_000);
  expect(stream.open).toBe(false);
  expect(world.welcome().watchCreates).toMatchObject([{ fromRevision: 10 }]);
});
