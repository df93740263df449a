import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, formatUptime, parseDuration } from '../../src/cli/duration.ts';

describe('a duration is a number with its unit', () => {
  test.each([
    ['500ms', 500],
    ['3s', 3_000],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('%s', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each(['', '5', 's', '5 s', '-5s', '5d', '5S', '1e3ms', '0s', '0.1ms', '25h30m', '600h'])('not %j', (text) => {
    expect(() => parseDuration(text)).toThrow('A duration is');
  });
});

test('what is formatted is parsed to the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (durationMs) => {
      expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
    }),
  );
});

test.each([
  [0.4, '0s'],
  [59.9, '59s'],
  [61, '1m 01s'],
  [3_600, '1h 00m'],
  [90_000, '1d 1h'],
])('%d seconds up are shown as %s', (seconds, text) => {
  expect(formatUptime(seconds)).toBe(text);
});
