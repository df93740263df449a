import { expect, test } from 'vitest';
import { formatTimeLeft } from '../../../src/cli/observe/time-left.ts';

test.each([
  [-5, '0ms'],
  [0.4, '0ms'],
  [850, '850ms'],
  [999.6, '1.0s'],
  [7_240, '7.2s'],
  [59_949, '59.9s'],
  [59_950, '1m 00s'],
  [187_000, '3m 07s'],
  [86_399_000, '23h 59m'],
])('%d ms are %s', (leftMs, text) => {
  expect(formatTimeLeft(leftMs)).toBe(text);
});
