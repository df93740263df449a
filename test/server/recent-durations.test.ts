import { expect, test } from 'vitest';
import { RecentDurations } from '../../src/server/recent-durations.ts';

test('nothing has happened yet', () => {
  expect(new RecentDurations(4).summary()).toEqual({ count: 0, medianMs: 0, p99Ms: 0, maxMs: 0 });
});

test('the newest are summed up, and older ones are forgotten', () => {
  const durations = new RecentDurations(100);
  durations.add(9_999);
  for (let durationMs = 100; durationMs >= 1; durationMs--) durations.add(durationMs);
  expect(durations.summary()).toEqual({ count: 100, medianMs: 50, p99Ms: 99, maxMs: 100 });
});
