import { describe, expect, test } from 'vitest';
import { ProgressLine } from '../../../src/cli/snapshot/progress-line.ts';
import { MemoryStream } from '../fake-context.ts';

function lineOn(stream: MemoryStream) {
  let nowMs = 0;
  const line = new ProgressLine(stream, 'saving', () => nowMs);
  const at = (ms: number, bytes: number, expected: number): void => {
    nowMs = ms;
    line.update(bytes, expected);
  };
  return { line, at };
}

const drawn = (stream: MemoryStream): string[] => stream.text.split('\r\u001b[K').slice(1);

describe('the progress', () => {
  test('is drawn on one line, at most ten times a second, and erased in the end', () => {
    const stream = new MemoryStream(true);
    const { line, at } = lineOn(stream);
    at(1_000, 1024 * 1024, 4 * 1024 * 1024);
    at(1_050, 2 * 1024 * 1024, 4 * 1024 * 1024);
    at(2_000, 2 * 1024 * 1024, 4 * 1024 * 1024);
    line.clear();
    line.clear();
    expect(drawn(stream)).toEqual([
      'saving  [######..................] 25%  1 MiB  1 MiB/s',
      'saving  [############............] 50%  2 MiB  1 MiB/s',
      '',
    ]);
  });

  test('is never complete by an estimate, and without one there is no bar', () => {
    const stream = new MemoryStream(true);
    const { at } = lineOn(stream);
    at(1_000, 500, 100);
    at(2_000, 500, 0);
    expect(drawn(stream)).toEqual(['saving  [########################] 99%  500 B  500 B/s', 'saving  500 B  250 B/s']);
  });

  test('is drawn on no file or pipe', () => {
    const stream = new MemoryStream(false);
    const { line, at } = lineOn(stream);
    at(1_000, 1, 2);
    line.clear();
    expect(stream.text).toBe('');
  });
});
