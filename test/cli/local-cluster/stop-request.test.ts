import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { StopRequest } from '../../../src/cli/local-cluster/stop-request.ts';
import { waitFor } from '../support.ts';

function requestAt() {
  const source = new EventEmitter();
  const clock = { nowMs: 5_000 };
  const request = new StopRequest(source, () => clock.nowMs);
  return { source, clock, request };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s asks for the end', (signal) => {
  const { source, request } = requestAt();
  expect(request.stop.aborted).toBe(false);
  source.emit(signal);
  expect([request.stop.aborted, request.kill.aborted]).toEqual([true, false]);
});

test('a repetition within a second counts once, whatever its name; a later one ends it at once', () => {
  const { source, clock, request } = requestAt();
  source.emit('SIGINT');
  clock.nowMs += 1_000;
  source.emit('SIGTERM');
  expect(request.kill.aborted).toBe(false);
  clock.nowMs += 1;
  source.emit('SIGINT');
  expect(request.kill.aborted).toBe(true);
});

test('another parent process asks for the end as well', async () => {
  const { request } = requestAt();
  let parent = 42;
  request.stopWithoutParent(() => parent);
  parent = 1;
  await waitFor('the request', () => request.stop.aborted);
  request.close();
});
