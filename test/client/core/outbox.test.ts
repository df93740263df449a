import { expect, test } from 'vitest';
import type { CallId } from '../../../src/client/core/input.ts';
import type { ClientSettings } from '../../../src/client/core/settings.ts';
import type { ClientFrame } from '../../../src/wire/frame.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import { limits } from '../../../src/wire/limits.ts';
import { decodeOperation } from '../../../src/wire/operation-codec.ts';
import { watchRequest } from './watch-request.ts';
import { get, kinds, put, type TestStream, World } from './world.ts';

const largeValue = 'v'.repeat(limits.valueBytes);

/** A client whose session is open, and whose stream takes one frame whenever `nextFrame` is asked for. */
function clogged(settings: Partial<ClientSettings> = {}): {
  readonly world: World;
  readonly nextFrame: () => ClientFrame;
} {
  const world = new World(settings);
  const stream = world.openSession();
  world.writable = false;
  read(world);
  return { world, nextFrame: () => nextFrame(world, stream) };
}

function nextFrame(world: World, stream: TestStream): ClientFrame {
  const before = stream.frames.length;
  world.give({ type: 'streamWritable', stream: stream.id });
  expect(stream.frames).toHaveLength(before + 1);
  return stream.frames[before]!;
}

function read(world: World): CallId {
  return world.call({ kind: 'read', body: get('a') });
}

function putLarge(world: World): CallId {
  return world.call({ kind: 'command', body: put('large', largeValue) });
}

function watch(world: World): CallId {
  return world.call(watchRequest({ from: new Uint8Array([1]), to: 'single' }));
}

function kindsIn({ operations }: ClientFrame) {
  return kinds(operations.map((bytes) => decodeOperation(bytes)));
}

test.each([
  ['reads', read],
  ['watches', watch],
])('%s that go on and on keep no large command out', (_what, addOther) => {
  const { world, nextFrame } = clogged();
  putLarge(world);
  const sent = [1, 2].flatMap(() => {
    addOther(world);
    return kindsIn(nextFrame());
  });
  expect(sent).toContain('put');
});

test('large commands that go on and on keep no reads out', () => {
  const { world, nextFrame } = clogged();
  for (let count = 0; count < 8; count++) putLarge(world);
  const frames = [1, 2, 3, 4].map(() => {
    read(world);
    return kindsIn(nextFrame());
  });
  expect(frames).toEqual([['get'], ['put'], ['get', 'get'], ['put']]);
});

test('a large command does not delay a keep-alive, nor a keep-alive a large command', () => {
  const { world, nextFrame } = clogged({ sessionTtlMs: 300 });
  putLarge(world);
  read(world);
  expect(kindsIn(nextFrame())).toEqual(['get']);
  world.advance(110);
  const frame = nextFrame();
  expect(kindsIn(frame)).toEqual(['put']);
  expect(frame.keepAlives.flatMap(({ sessions }) => sessions)).toEqual([{ sessionId: 7, generation: 1 }]);
});

test('what a watch has to say waits for room, too', () => {
  const { world, nextFrame } = clogged();
  const id = watch(world);
  const [created] = nextFrame().watchCreates;
  world.notice(created!.watchId, { kind: 'created', startRevision: 10 as Revision });
  putLarge(world);
  read(world);
  expect(kindsIn(nextFrame())).toEqual(['get']);
  world.give({ type: 'watchClose', watchId: id });
  expect(nextFrame()).toMatchObject({ operations: [expect.anything()], watchCancels: [] });
  expect(nextFrame()).toMatchObject({ operations: [], watchCancels: [created?.watchId] });
});
