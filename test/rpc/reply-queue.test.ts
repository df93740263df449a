import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type GatheredReply, ReplyQueue } from '../../src/rpc/reply-queue.ts';
import type { ServerFrame } from '../../src/wire/frame.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import { wireError } from '../../src/wire/wire-error.ts';

const nothing: ServerFrame = {
  welcome: undefined,
  results: [],
  keepAlives: [],
  watchNotices: [],
  grants: [],
  leader: undefined,
  goodbye: undefined,
};
const welcome: ServerFrame['welcome'] = {
  protocol: 1,
  clusterId: 'c',
  nodeId: 'n1' as never,
  leader: undefined,
  revision: 0 as Revision,
};

type Item = 'result' | 'keepAlive' | 'notice' | 'grant';

function frameOf(item: Item, id: number): ServerFrame {
  switch (item) {
    case 'result':
      return { ...nothing, results: [Uint8Array.of(id)] };
    case 'keepAlive':
      return { ...nothing, keepAlives: [{ id, alive: [], ended: [] }] };
    case 'notice':
      return { ...nothing, watchNotices: [Uint8Array.of(id)] };
    case 'grant': {
      const grant = { sessionId: 1 as SessionId, sequence: id as Sequence, state: 'held' as const, token: 1 };
      return { ...nothing, grants: [{ ...grant, revision: 1 as Revision }] };
    }
  }
}

/** As the client reads a frame. */
function itemsOf(frame: ServerFrame): string[] {
  return [
    ...frame.results.map(([id]) => `result ${id}`),
    ...frame.keepAlives.map(({ id }) => `keepAlive ${id}`),
    ...frame.grants.map(({ sequence }) => `grant ${sequence}`),
  ];
}

function takeAll(queue: ReplyQueue): GatheredReply[] {
  const taken: GatheredReply[] = [];
  while (!queue.empty) taken.push(queue.take());
  return taken;
}

test('what is taken is what was added, in its order, in fewer frames', () => {
  const items = fc.array(fc.constantFrom<Item>('result', 'keepAlive', 'notice', 'grant'), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(items, (added) => {
      const queue = new ReplyQueue();
      added.forEach((item, id) => {
        queue.add(frameOf(item, id), 10);
      });
      const taken = takeAll(queue);
      const ordered = added.map((item, id) => `${item} ${id}`);
      expect(taken.flatMap(({ frame }) => itemsOf(frame))).toEqual(
        ordered.filter((name) => !name.startsWith('notice')),
      );
      const notices = taken.flatMap(({ frame }) => frame.watchNotices.map(([id]) => `notice ${id}`));
      expect(notices).toEqual(ordered.filter((name) => name.startsWith('notice')));
      expect(taken.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(10 * added.length);
      const alike = added.every((item) => item === 'result' || item === 'notice');
      if (alike) expect(taken).toHaveLength(1);
    }),
  );
});

test('a frame is not gathered past a mebibyte, but a longer one travels whole', () => {
  const queue = new ReplyQueue();
  for (const bytes of [600_000, 600_000, 3_000_000, 100, 100]) queue.add(frameOf('result', 1), bytes);
  expect(takeAll(queue).map(({ bytes }) => bytes)).toEqual([600_000, 600_000, 3_000_000, 200]);
});

test('a welcome begins a frame, a goodbye ends it, and the last word on the leader counts', () => {
  const queue = new ReplyQueue();
  const leader = (nodeId: string) => ({ nodeId: nodeId as never, address: '' });
  queue.add(frameOf('result', 1), 1);
  queue.add({ ...nothing, welcome, leader: leader('n1') }, 1);
  queue.add({ ...nothing, leader: leader('n2') }, 1);
  queue.add({ ...frameOf('result', 2), goodbye: wireError('BUSY', '') }, 1);
  queue.add(frameOf('result', 3), 1);
  const frames = takeAll(queue).map(({ frame }) => frame);
  expect(frames).toHaveLength(3);
  expect(frames[1]).toMatchObject({ welcome, leader: { nodeId: 'n2' }, results: [Uint8Array.of(2)] });
  expect(frames[1]?.goodbye?.code).toBe('BUSY');
});
