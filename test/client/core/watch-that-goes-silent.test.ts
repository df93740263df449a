import { describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { NodeId, Revision } from '../../../src/wire/identifiers.ts';
import { watchRequest } from './watch-request.ts';
import { World } from './world.ts';

const range = { from: utf8Bytes('a'), to: 'single' } as const;
const noLeader = { nodeId: '', address: '' } as const;

/** A client that does nothing but watch, from revision 10 on; no session, no request. */
function watching(): World {
  const world = new World();
  const stream = world.connect();
  const [host = ''] = stream.endpoint.split(':');
  world.frame({ leader: { nodeId: `node-${host}` as NodeId, address: stream.endpoint } });
  world.call(watchRequest(range, 0, true));
  world.notice(1, { kind: 'created', startRevision: 10 as Revision });
  return world;
}

describe('a watch that goes silent is noticed, and goes on elsewhere where it was:', () => {
  test('its stream is half open: nothing comes any more, and no error either', () => {
    const world = watching();
    const { stream } = world;
    world.notice(1, { kind: 'progress', revision: 20 as Revision });
    world.advance(5_000);
    world.advance(800);
    expect(stream.open).toBe(false);
    expect(world.stream).not.toBe(stream);
    expect(world.welcome().watchCreates).toMatchObject([{ fromRevision: 21, seenRevision: 20 }]);
  });

  test('its node is cut off from the others, and goes on repeating its last mark', () => {
    const world = watching();
    const { stream } = world;
    world.answering = true;
    world.notice(1, { kind: 'progress', revision: 20 as Revision });
    world.frame({ leader: noLeader });
    const sinceMs = world.nowMs;
    while (world.stream === stream && world.nowMs - sinceMs < 60_000) {
      world.advance(500);
      if (world.stream === stream) world.notice(1, { kind: 'progress', revision: 20 as Revision });
    }
    expect(world.nowMs - sinceMs).toBeLessThanOrEqual(2_000);
    expect(world.welcome().watchCreates).toMatchObject([{ fromRevision: 21 }]);
  });

  test('its node never answers the request to create it', () => {
    const world = new World();
    const stream = world.connect();
    world.answering = true;
    world.call(watchRequest(range));
    const sinceMs = world.nowMs;
    // Of its other watches it may say what it likes.
    while (world.stream === stream && world.nowMs - sinceMs < 60_000) {
      world.advance(500);
      if (world.stream === stream) world.notice(9, { kind: 'progress', revision: 0 as Revision });
    }
    expect(world.nowMs - sinceMs).toBeLessThanOrEqual(2_000);
    expect(world.welcome().watchCreates).toMatchObject([{ fromRevision: 0 }]);
  });
});
