import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OperationEvent } from '../../../src/testing/checkers/event-history.ts';
import { type EventPartitionOptions, eventPartitions } from '../../../src/testing/checkers/event-partitions.ts';
import { judgePartitions, type PartitionReport } from '../../../src/testing/checkers/partition.ts';
import { isLinearizable } from './brute-force.ts';
import { type ConcurrentRunOptions, concurrentRun } from './concurrent-run.ts';
import { events } from './events.ts';
import { anyEvents } from './random-events.ts';
import { checksOf } from './scenario.ts';

function judge(history: readonly OperationEvent[], options?: EventPartitionOptions): PartitionReport {
  return judgePartitions(eventPartitions(history, options));
}

const kindsOf: Readonly<Record<string, readonly OperationEvent['op'][]>> = {
  key: ['get', 'put', 'cas', 'delete'],
  counter: ['next'],
  lock: ['lock', 'unlock'],
  'fenced resource': ['fenced-write', 'fenced-read'],
};

test.each(Object.entries(anyEvents))('the search and brute force agree about every history of a %s', (_kind, any) => {
  let right = 0;
  let wrong = 0;
  fc.assert(
    fc.property(any, (history) => {
      const expected = isLinearizable(history);
      if (expected) right += 1;
      else wrong += 1;
      const { findings, undecided } = judge(history);
      expect(undecided).toEqual([]);
      expect(findings.length === 0).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(right, wrong)).toBeGreaterThan(50);
});

/** A run of a real object, with answers given to the wrong operations or operations moved out of their time. */
const corrupted = (kind: string): fc.Arbitrary<OperationEvent[]> =>
  fc
    .record({
      seed: fc.nat(1_000_000),
      unknown: fc.constantFrom(0, 0.2),
      values: fc.integer({ min: 1, max: 8 }),
      a: fc.nat(6),
      b: fc.nat(6),
      shift: fc.integer({ min: -150, max: 150 }),
      how: fc.constantFrom('nothing', 'swap', 'move'),
    })
    .map(({ seed, unknown, values, a, b, shift, how }) => {
      const kinds = kindsOf[kind] ?? [];
      const history = concurrentRun({ seed, operations: 7, processes: 3, objects: 1, unknown, kinds, values });
      const [first, second] = [history[a], history[b]];
      if (first === undefined || second === undefined || how === 'nothing') return history;
      if (how === 'move') {
        const start = Math.max(0, first.start + shift);
        const moved = first.end === null ? { start } : { start, end: first.end + start - first.start };
        return history.map((event) => (event === first ? ({ ...event, ...moved } as OperationEvent) : event));
      }
      if (first.op !== second.op || first.outcome !== 'ok' || second.outcome !== 'ok') return history;
      const answerOf = (event: object): object =>
        Object.fromEntries(Object.entries(event).filter(([name]) => name === 'result' || name === 'token'));
      return history.map((event) => {
        if (event === first) return { ...event, ...answerOf(second) } as OperationEvent;
        return event === second ? ({ ...event, ...answerOf(first) } as OperationEvent) : event;
      });
    });

test.each(Object.keys(kindsOf))(
  'a run of a real %s that was tampered with is judged as brute force judges it',
  (kind) => {
    let wrong = 0;
    fc.assert(
      fc.property(corrupted(kind), (history) => {
        const expected = isLinearizable(history);
        if (!expected) wrong += 1;
        expect(judge(history).findings.length === 0).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
    expect(wrong).toBeGreaterThan(20);
  },
);

test('a run of real objects is accepted, however large it is and whatever got lost', () => {
  const sizes: readonly Partial<ConcurrentRunOptions>[] = [
    {},
    { unknown: 0.05 },
    { unknown: 0.05, values: 4 },
    { operations: 20_000, objects: 15, unknown: 0.02 },
  ];
  for (const [seed, size] of sizes.entries()) {
    const history = concurrentRun({ seed, operations: 1_500, processes: 8, objects: 2, unknown: 0, ...size });
    const report = judge(history);
    expect(report).toMatchObject({ findings: [], undecided: [] });
    expect(report.operations).toBeGreaterThan(0.85 * history.length);
  }
});

const overlapping = { start: 0, end: 1000 };

test.each<[string, OperationEvent[]]>([
  ['a stale read', events({ op: 'put', value: 'a' }, { op: 'put', value: 'b' }, { op: 'get', result: 'a' })],
  ['a lost write', events({ op: 'put', value: 'a' }, { op: 'get', result: null })],
  [
    'two readers who disagree about the order of two writes',
    events(
      { op: 'put', value: 'a', ...overlapping },
      { op: 'put', value: 'b', ...overlapping },
      { op: 'get', result: 'a' },
      { op: 'get', result: 'b' },
      { op: 'get', result: 'a' },
    ),
  ],
  ['a value out of thin air', events({ op: 'put', value: 'a' }, { op: 'get', result: 'c' })],
  ['a write that failed and shows', events({ op: 'put', value: 'a', outcome: 'fail' }, { op: 'get', result: 'a' })],
  [
    'a write of unknown outcome that shows and is gone again',
    events({ op: 'put', value: 'a', outcome: 'unknown' }, { op: 'get', result: 'a' }, { op: 'get', result: null }),
  ],
  [
    'a compare-and-swap that two have won',
    events(
      { op: 'cas', expected: null, value: 'a', result: true, ...overlapping },
      { op: 'cas', expected: null, value: 'b', result: true, ...overlapping },
    ),
  ],
  [
    'one that failed although the value was there',
    events({ op: 'put', value: 'a' }, { op: 'cas', expected: 'a', value: 'b', result: false }),
  ],
  ['a deletion of nothing that found something', events({ op: 'delete', result: true })],
  [
    'one write that shows twice',
    events(
      { op: 'put', value: 'a', outcome: 'unknown' },
      { op: 'get', result: 'a' },
      { op: 'put', value: 'b' },
      { op: 'get', result: 'b' },
      { op: 'get', result: 'a' },
    ),
  ],
])('in keys: %s', (_what, history) => {
  expect(checksOf(judge(history).findings)).toEqual(['linearizable key']);
});

test.each<[string, OperationEvent[]]>([
  ['a number drawn twice', events({ op: 'next', result: '1' }, { op: 'next', result: '1' })],
  ['numbers that fall', events({ op: 'next', result: '2', ...overlapping, end: 5 }, { op: 'next', result: '1' })],
  ['a number that nobody drew', events({ op: 'next', result: '1' }, { op: 'next', result: '3' })],
  ['one that was drawn by a call that failed', events({ op: 'next', outcome: 'fail' }, { op: 'next', result: '2' })],
  [
    'more missing than one unanswered call can have drawn',
    events({ op: 'next', outcome: 'unknown' }, { op: 'next', result: '3' }),
  ],
])('in counters: %s', (_what, history) => {
  expect(checksOf(judge(history).findings)).toEqual(['linearizable counter']);
});

test('a counter may leave numbers out if it only promises that they rise', () => {
  const holes = events({ op: 'next', result: '3' }, { op: 'next', outcome: 'unknown' }, { op: 'next', result: '7' });
  expect(checksOf(judge(holes).findings)).toEqual(['linearizable counter']);
  expect(judge(holes, { counters: 'rising' }).findings).toEqual([]);
  const back = events({ op: 'next', result: '3' }, { op: 'next', result: '3' });
  expect(checksOf(judge(back, { counters: 'rising' }).findings)).toEqual(['linearizable counter']);
});

test.each<[string, OperationEvent[]]>([
  ['a token given twice', events({ op: 'lock', token: 5 }, { op: 'lock', token: 5 })],
  ['tokens that fall', events({ op: 'lock', token: 5 }, { op: 'lock', token: 4 })],
  [
    'a release after another one was granted the lock',
    events(
      { op: 'lock', token: 5, process: 'a' },
      { op: 'lock', token: 6, process: 'b' },
      { op: 'unlock', result: true, process: 'a' },
    ),
  ],
  [
    'a second release',
    events(
      { op: 'lock', token: 5, process: 'a' },
      { op: 'unlock', result: true, process: 'a' },
      { op: 'unlock', result: true, process: 'a' },
    ),
  ],
  ['a release by one who never had it', events({ op: 'unlock', result: true })],
])('in locks: %s', (_what, history) => {
  expect(checksOf(judge(history).findings)).toEqual(['linearizable lock']);
});

test('a hold ends by itself if its process may have lost its session', () => {
  const history = events({ op: 'lock', token: 5, process: 'a' }, { op: 'lock', token: 6, process: 'b' });
  expect(judge(history).findings).toEqual([]);
  expect(checksOf(judge(history, { leases: 'declared' }).findings)).toEqual(['linearizable lock']);
  expect(judge(history, { leases: 'declared', lostProcesses: new Set(['a']) }).findings).toEqual([]);
  const released = events(
    { op: 'lock', token: 5, process: 'a' },
    { op: 'unlock', process: 'a', outcome: 'unknown' },
    { op: 'lock', token: 6, process: 'b' },
  );
  expect(judge(released, { leases: 'declared' }).findings).toEqual([]);
});

test.each<[string, OperationEvent[]]>([
  [
    'an older token that is taken',
    events(
      { op: 'fenced-write', token: 5, value: 'a', result: true },
      { op: 'fenced-write', token: 4, value: 'b', result: true },
    ),
  ],
  [
    'a newer token that is refused',
    events(
      { op: 'fenced-write', token: 5, value: 'a', result: true },
      { op: 'fenced-write', token: 6, value: 'b', result: false },
    ),
  ],
  [
    'a refused write that shows',
    events(
      { op: 'fenced-write', token: 5, value: 'a', result: true },
      { op: 'fenced-write', token: 4, value: 'b', result: false },
      { op: 'fenced-read', result: 'b' },
    ),
  ],
])('in fenced resources: %s', (_what, history) => {
  expect(checksOf(judge(history).findings)).toEqual(['linearizable fenced resource']);
});

test('the finding names the object, the order as far as it goes, and the operation that has no place in it', () => {
  const history = events(
    { op: 'put', value: 'a', key: 'one' },
    { op: 'get', result: 'a', key: 'one' },
    { op: 'get', result: null, key: 'one', process: 'the last straw' },
  );
  const [finding] = judge(history).findings;
  expect(finding?.detail).toMatch(/^key "one": after .*"put".*"get".*, no order explains .*"the last straw"/);
});

test('objects of different kinds share no names', () => {
  const history = events({ op: 'put', value: 'a' }, { op: 'next', result: '1' }, { op: 'fenced-read', result: null });
  expect(judge(history)).toMatchObject({ findings: [], partitions: 3, operations: 3 });
});
