import { describe, expect, test } from 'vitest';
import type { PeerMessage } from '../../src/replica/messages.ts';
import { estimatedBytes, Outbox } from '../../src/rpc/outbox.ts';
import { encodePeerFrame } from '../../src/rpc/peer-codec.ts';
import { zeroBallot } from '../../src/wire/ballot.ts';

const accept = (slot: number, bytes: number): PeerMessage => ({
  type: 'accept',
  ballot: zeroBallot,
  slot,
  value: new Uint8Array(bytes),
  chosenThrough: 0,
});

function slotsOf(messages: readonly PeerMessage[]): number[] {
  return messages.map((message) => (message.type === 'accept' ? message.slot : -1));
}

describe('past its budget', () => {
  test('the bulk lane gives up what comes: the receiver needs slots in order', () => {
    const outbox = new Outbox('bulk', 3_000);
    expect([1, 2, 3, 4].map((slot) => outbox.add(accept(slot, 900)))).toEqual([0, 0, 0, 1]);
    expect(slotsOf(outbox.take(10_000))).toEqual([1, 2, 3]);
  });

  test('the control lane gives up what is old: newer messages say all that it said', () => {
    const outbox = new Outbox('control', 3_000);
    expect([1, 2, 3, 4].map((slot) => outbox.add(accept(slot, 900)))).toEqual([0, 0, 0, 1]);
    expect(outbox.add(accept(5, 1_900))).toBe(2);
    expect(slotsOf(outbox.take(10_000))).toEqual([4, 5]);
  });

  test.each(['bulk', 'control'] as const)('the %s lane still takes a single message that is longer', (lane) => {
    const outbox = new Outbox(lane, 3_000);
    expect(outbox.add(accept(1, 5_000))).toBe(0);
    expect(outbox.bytes).toBeGreaterThan(5_000);
    expect(slotsOf(outbox.take(100))).toEqual([1]);
    expect(outbox.bytes).toBe(0);
  });
});

test('a frame takes the oldest messages, up to its size', () => {
  const outbox = new Outbox('bulk', 1_000_000);
  for (let slot = 1; slot <= 5; slot++) outbox.add(accept(slot, 400));
  expect(slotsOf(outbox.take(1_000))).toEqual([1, 2]);
  expect(slotsOf(outbox.take(1_000))).toEqual([3, 4]);
  expect(outbox.clear()).toBe(1);
  expect([outbox.size, outbox.bytes]).toEqual([0, 0]);
});

test('what is counted for a message is near what it takes', () => {
  const operations = Array.from({ length: 100 }, () => new Uint8Array(50));
  const sessions = Array.from({ length: 100 }, (_, id) => ({ sessionId: (id * 1e6) as never, generation: 1 }));
  const messages: PeerMessage[] = [
    accept(1, 10_000),
    { type: 'chunk', id: 1, slot: 1, index: 0, bytes: new Uint8Array(20_000) },
    { type: 'forward', id: 1, operations },
    { type: 'relayedKeepAlive', id: 1, sessions },
    {
      type: 'learn',
      slots: [{ slot: 1, ballot: zeroBallot, value: new Uint8Array(5_000), chosen: true }],
      chosenThrough: 1,
      trimmedThrough: 0,
    },
  ];
  for (const message of messages) {
    const encoded = encodePeerFrame({ hello: undefined, messages: [message] }).byteLength;
    expect(estimatedBytes(message)).toBeGreaterThan(0.9 * encoded);
    expect(estimatedBytes(message)).toBeLessThan(1.5 * encoded + 200);
  }
});
