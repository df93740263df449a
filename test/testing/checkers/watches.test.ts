import { expect, test } from 'vitest';
import type { WatchDelivery, WatchRecord } from '../../../src/testing/checkers/history.ts';
import { checkWatches, reachesEnd } from '../../../src/testing/checkers/watches.ts';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { KeyRange } from '../../../src/wire/operation.ts';
import { everything } from '../../../src/wire/watch.ts';
import { checksOf, put, Scenario } from './scenario.ts';

/** The session has revision 1; `a1`, `b1`, `a2` and `a3` are written in revisions 2 to 5. */
function written(): Scenario {
  const scenario = new Scenario();
  const session = scenario.openSession();
  for (const key of ['a1', 'b1', 'a2', 'a3']) scenario.command(session, put(key, 'x'));
  return scenario;
}

const log = written().model;
const told = (revision: number): WatchDelivery => ({ kind: 'events', revision, events: log.events(revision) });
const mark = (revision: number): WatchDelivery => ({ kind: 'progress', revision, events: [] });

const keys = (range: KeyRange) => ({ ...everything, kind: 'keys', range }) as const;

/** A watch on everything that begins with `a`. */
function watch(deliveries: WatchDelivery[], rest: Partial<WatchRecord> = {}): WatchRecord {
  return {
    client: 'c',
    target: keys({ from: utf8Bytes('a'), to: utf8Bytes('b') }),
    fromRevision: 1,
    seenRevision: 0,
    startRevision: 1,
    deliveries,
    ended: false,
    ...rest,
  };
}

const found = (record: WatchRecord, complete = true): string[] => checksOf(checkWatches([record], log, complete));

test('a faithful watch passes', () => {
  expect(found(watch([told(2), mark(3), told(4), told(5), mark(5)]))).toEqual([]);
  expect(found(watch([told(4), told(5)], { fromRevision: 3, startRevision: 3 }))).toEqual([]);
  expect(found(watch([told(2)]), false)).toEqual([]);
});

test.each([
  ['a gap', watch([told(2), told(5)]), 'watch is gap-free'],
  ['a mark that skips', watch([told(2), mark(4), told(5)]), 'watch is gap-free'],
  ['a start that is skipped', watch([told(4), told(5)]), 'watch is gap-free'],
  ['the same revision twice', watch([told(2), told(2), told(4), told(5)]), 'watch is ordered and unique'],
  ['a revision that goes back', watch([told(2), told(4), told(2), told(5)]), 'watch is ordered and unique'],
  [
    'events after a mark that covered them',
    watch([mark(1), told(2), told(4), mark(4), told(4)]),
    'watch is ordered and unique',
  ],
  ['a revision from nowhere', watch([told(2), told(4), told(5), mark(9)]), 'watch shows the log'],
  ['an end that never comes', watch([told(2)]), 'watch reaches the end'],
  ['no answer at all', watch([], { startRevision: 0 }), 'watch is answered'],
  [
    'another start than asked for',
    watch([told(4), told(5)], { fromRevision: 2, startRevision: 3 }),
    'watch starts where asked',
  ],
  [
    'from now, but from before what was seen',
    watch([told(4), told(5)], { fromRevision: 0, startRevision: 3, seenRevision: 3 }),
    'watch from now starts after what was seen',
  ],
])('%s', (_what, record, check) => {
  expect(found(record)).toEqual([check]);
});

test('events that are not those of the log', () => {
  const [event] = log.events(2);
  const changed = event && { ...event, entry: undefined };
  expect(found(watch([{ ...told(2), events: changed ? [changed] : [] }]), false)).toEqual([
    'watch events equal the log',
  ]);
  expect(found(watch([{ ...told(2), events: [] }]), false)).toEqual(['watch events equal the log']);
  expect(found(watch([told(2), told(3)]), false)).toEqual(['watch events equal the log']);
});

test('a watch has reached the end when nothing in its range is left', () => {
  expect(reachesEnd(watch([told(2), told(4)]), log)).toBe(false);
  expect(reachesEnd(watch([told(2), told(4), told(5)]), log)).toBe(true);
  expect(reachesEnd(watch([], { target: keys({ from: utf8Bytes('c'), to: 'unbounded' }) }), log)).toBe(true);
  expect(reachesEnd(watch([], { startRevision: 0 }), log)).toBe(false);
});
