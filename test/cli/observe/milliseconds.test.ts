import { expect, test } from 'vitest';
import { formatMilliseconds } from '../../../src/cli/observe/milliseconds.ts';

test.each([
  [0, '0.00ms'],
  [0.314, '0.31ms'],
  [0.996, '1.0ms'],
  [4.24, '4.2ms'],
  [9.96, '10ms'],
  [130.4, '130ms'],
  [999.6, '1.0s'],
  [1_240, '1.2s'],
])('%d is %s', (durationMs, text) => {
  expect(formatMilliseconds(durationMs)).toBe(text);
});
