import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sendParts } from '../../src/rpc/send-parts.ts';
import { eventually } from '../eventually.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** So many numbers; how many were made. */
function numbers(count: number) {
  const made = { count: 0 };
  const parts = async function* () {
    while (made.count < count) yield ++made.count;
  };
  return { made, parts: parts() };
}

/** Holds back as a stream of gRPC does, and takes one part at a time. */
function callThatTakes(part: (part: number, taken: () => void) => void) {
  const write = (value: number, _encoding: string, taken: () => void) => part(value, taken);
  return Object.assign(new Writable({ objectMode: true, write }), { cancelled: false });
}

test('a caller that takes a part now and then is sent all of them', async () => {
  const got: number[] = [];
  const call = callThatTakes((part, taken) => {
    got.push(part);
    setTimeout(taken, 20_000);
  });
  const { parts } = numbers(50);
  const sent = sendParts(call as never, parts);
  let failed = false;
  sent.catch(() => {
    failed = true;
  });
  while (got.length < 50 && !failed) await vi.advanceTimersByTimeAsync(20_000);
  await sent;
  expect(got).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('the next parts are there before one has been taken, but few of them', async () => {
  const call = callThatTakes(() => undefined);
  const { made, parts } = numbers(50);
  const sent = expect(sendParts(call as never, parts)).rejects.toMatchObject({ code: 'TIMEOUT' });
  await vi.advanceTimersByTimeAsync(29_000);
  expect(made.count).toBe(5);
  await vi.advanceTimersByTimeAsync(1_000);
  await sent;
});

test('nothing more is asked for once the caller has gone', async () => {
  const call = callThatTakes(() => undefined);
  const { made, parts } = numbers(50);
  const sent = sendParts(call as never, parts);
  await eventually(() => expect(made.count).toBe(5));
  call.destroy();
  await sent;
  expect(made.count).toBe(6);
  expect(call.listenerCount('close')).toBe(0);
});
