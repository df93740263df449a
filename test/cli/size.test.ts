import { expect, test } from 'vitest';
import { formatSize, parseSize } from '../../src/cli/size.ts';

test.each([
  [0, '0 B'],
  [1000, '1000 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1234, '1.2 KiB'],
  [10 * 1024, '10 KiB'],
  [1024 ** 2 - 1, '1 MiB'],
  [16 * 1024 ** 2, '16 MiB'],
  [1.5 * 1024 ** 3, '1.5 GiB'],
  [5000 * 1024 ** 4, '5000 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test.each([
  ['0', 0],
  ['17', 17],
  ['17 B', 17],
  ['512MiB', 512 * 1024 ** 2],
  ['2 gib', 2 * 1024 ** 3],
  ['1TiB', 1024 ** 4],
  ['', undefined],
  ['-1', undefined],
  ['1.5GiB', undefined],
  ['2GB', undefined],
  ['2 GiB more', undefined],
])('%s is read as %s bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});
