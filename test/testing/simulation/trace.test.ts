import { expect, test } from 'vitest';
import { Trace } from '../../../src/testing/simulation/trace.ts';

test('events are counted, other marks are not, and both are in the hash', () => {
  const marked = new Trace();
  marked.mark(1, 0, 5);
  expect(marked.events).toBe(0);
  const counted = new Trace();
  counted.event('replicaStep', 0, 5);
  counted.event('diskRead', 0, 6);
  expect(counted.events).toBe(2);
  expect(marked.hash).not.toBe(new Trace().hash);
  expect(counted.hash).not.toBe(marked.hash);
});

test('whatever differs in an event differs in the hash', () => {
  const events: Parameters<Trace['event']>[] = [
    ['replicaStep', 0, 5],
    ['clientStep', 0, 5],
    ['replicaStep', 1, 5],
    ['replicaStep', 0, 6],
  ];
  const seen = events.map((event) => {
    const trace = new Trace();
    trace.event(...event);
    return trace.hash;
  });
  expect(new Set(seen).size).toBe(events.length);
});

test('the hash after each event is kept only if asked for', () => {
  const [without, withHashes] = [new Trace(), new Trace({ eventHashes: true })];
  for (const trace of [without, withHashes]) {
    trace.event('diskWritten', 1, 1);
    trace.mark(3, 1, 1);
    trace.event('diskWritten', 1, 2);
  }
  expect(without.eventHashes).toBeUndefined();
  expect(withHashes.eventHashes).toHaveLength(2);
  expect(withHashes.eventHashes?.at(-1)).toBe(withHashes.hash);
  expect(without.hash).toBe(withHashes.hash);
});

test('only the last lines are kept', () => {
  const trace = new Trace({ lines: 3 });
  for (let line = 1; line <= 20; line++) trace.line(line * 1000, `line ${line}`);
  expect(trace.lines.map((line) => line.trim())).toEqual([18, 19, 20].map((line) => `${line}.000 ms  line ${line}`));
});
