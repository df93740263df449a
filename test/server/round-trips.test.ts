import { beforeEach, expect, test } from 'vitest';
import type { PeerMessage } from '../../src/replica/messages.ts';
import { RoundTrips } from '../../src/server/round-trips.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';

const [n2, n3] = ['n2' as NodeId, 'n3' as NodeId];
const peers = [{ nodeId: n2 }, { nodeId: n3 }];

let nowMs: number;
let roundTrips: RoundTrips;

beforeEach(() => {
  nowMs = 1_000;
  roundTrips = new RoundTrips(() => nowMs);
});

function message(type: 'heartbeat' | 'heartbeatAnswer', id: number, round = 1): PeerMessage {
  return { type, id, ballot: { round, nodeId: 'n1' } } as PeerMessage;
}

test('each answer is measured from its own heartbeat', () => {
  roundTrips.onSent(n2, message('heartbeat', 1));
  nowMs += 10;
  roundTrips.onSent(n2, message('heartbeat', 2));
  nowMs += 10;
  roundTrips.onReceived(n2, message('heartbeatAnswer', 2));
  nowMs += 10;
  roundTrips.onReceived(n2, message('heartbeatAnswer', 1));
  expect(roundTrips.to(peers)).toEqual([{ nodeId: n2, durations: { count: 2, medianMs: 10, p99Ms: 30, maxMs: 30 } }]);
});

test('an answer counts once, and only of this ballot', () => {
  roundTrips.onSent(n2, message('heartbeat', 1));
  roundTrips.onReceived(n2, message('heartbeatAnswer', 1));
  roundTrips.onReceived(n2, message('heartbeatAnswer', 1));
  roundTrips.onReceived(n3, message('heartbeatAnswer', 1));
  expect(roundTrips.to(peers)).toMatchObject([{ nodeId: n2, durations: { count: 1 } }]);
  roundTrips.onSent(n2, message('heartbeat', 1, 2));
  roundTrips.onReceived(n2, message('heartbeatAnswer', 1, 1));
  expect(roundTrips.to(peers)).toEqual([]);
});

test('who has not answered for five seconds is not told of', () => {
  roundTrips.onSent(n2, message('heartbeat', 1));
  roundTrips.onReceived(n2, message('heartbeatAnswer', 1));
  nowMs += 5_000;
  roundTrips.onSent(n2, message('heartbeat', 2));
  expect(roundTrips.to(peers)).toHaveLength(1);
  nowMs += 1;
  expect(roundTrips.to(peers)).toEqual([]);
});

test('who has left is not told of', () => {
  for (const to of [n2, n3]) {
    roundTrips.onSent(to, message('heartbeat', 1));
    roundTrips.onReceived(to, message('heartbeatAnswer', 1));
  }
  expect(roundTrips.to([{ nodeId: n3 }]).map(({ nodeId }) => nodeId)).toEqual([n3]);
});
