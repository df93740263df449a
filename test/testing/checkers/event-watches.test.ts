import { expect, test } from 'vitest';
import type { WatchEvent } from '../../../src/testing/checkers/event-history.ts';
import { checkEventWatches } from '../../../src/testing/checkers/event-watches.ts';
import { line } from './events.ts';
import { checksOf } from './scenario.ts';

type Shown = readonly [key: string, value: string | null, previous: string | null];

let clock = 0;
const at = (watch: string, op: string, rest: object): WatchEvent =>
  line({ process: 'p', watch, op, at: ++clock, ...rest }) as WatchEvent;
const open = (revision = 1, rest: object = {}): WatchEvent =>
  at('w', 'watch-open', { key: 'a', prefix: true, from: revision, revision, ...rest });
const show = (revision: number, ...shown: readonly Shown[]): WatchEvent =>
  at('w', 'watch-events', {
    revision,
    events: shown.map(([key, value, previous]) => ({ key, value, previous })),
  });
const mark = (revision: number): WatchEvent => at('w', 'watch-progress', { revision });
const resume = (from: number): WatchEvent => at('w', 'watch-resume', { from });
const end = (rest: object = {}): WatchEvent => at('w', 'watch-end', rest);
const of = (watch: string, ...lines: readonly WatchEvent[]): WatchEvent[] => lines.map((item) => ({ ...item, watch }));

/** `a1` in 2, `a2` in 4, `a1` and `a2` in 5, `a1` is deleted in 7. */
const whole = (): WatchEvent[] => [
  open(),
  show(2, ['a1', 'x', null]),
  show(4, ['a2', 'y', null]),
  show(5, ['a1', 'z', 'x'], ['a2', 'z', 'y']),
  show(7, ['a1', null, 'z']),
];

const found = (...lines: readonly WatchEvent[]): string[] => checksOf(checkEventWatches(lines));

test('faithful watches pass, resumed ones and those with marks too', () => {
  const [opening, two, four, five, seven] = whole() as [WatchEvent, WatchEvent, WatchEvent, WatchEvent, WatchEvent];
  expect(found(...whole())).toEqual([]);
  expect(found(opening, two, mark(3), resume(4), four, five, resume(6), seven, mark(9), end())).toEqual([]);
  expect(found(...whole(), ...of('later', open(5), five, seven))).toEqual([]);
  expect(
    found(...whole(), ...of('one key', open(1, { key: 'a2', prefix: false }), show(4, ['a2', 'y', null]))),
  ).toEqual([]);
  expect(found(opening, two, end({ error: 'COMPACTED', oldest: 6 }))).toEqual([]);
});

test.each<[string, () => WatchEvent[], string[]]>([
  ['filter', () => [open(), show(2, ['b', 'x', null])], ['filter']],
  ['ordered', () => [open(), show(4, ['a2', 'y', null]), show(2, ['a1', 'x', null])], ['ordered']],
  ['unique', () => [open(), show(2, ['a1', 'x', null], ['a1', 'x', null])], ['unique']],
  ['atomic', () => [open(), show(5, ['a1', 'z', 'x']), show(5, ['a2', 'z', 'y'])], ['atomic']],
  ['bookmarkable', () => [open(), mark(3), show(2, ['a1', 'x', null])], ['bookmarkable']],
  ['resumable: from too late', () => [open(), show(2, ['a1', 'x', null]), resume(4)], ['resumable']],
  [
    'resumable: the first one is skipped',
    () => [
      ...whole(),
      ...of('other', open(), show(2, ['a1', 'x', null]), resume(3), show(5, ['a1', 'z', 'x'], ['a2', 'z', 'y'])),
    ],
    ['reliable', 'resumable'],
  ],
  [
    'reliable: another watch has seen more',
    () => [...whole(), ...of('other', open(), show(2, ['a1', 'x', null]), mark(4))],
    ['reliable'],
  ],
  [
    'reliable: a revision that lacks an event',
    () => [...whole(), ...of('other', open(5), show(5, ['a1', 'z', 'x']))],
    ['reliable'],
  ],
  ['previous values', () => [open(), show(2, ['a1', 'x', null]), show(5, ['a1', 'z', 'q'])], ['previous values']],
  ['created: it was there', () => [open(), show(2, ['a1', 'x', null]), show(5, ['a1', 'z', null])], ['created']],
  ['created: it was not there', () => [open(), show(2, ['a1', null, null])], ['created']],
  ['all show the same', () => [...whole(), ...of('other', open(4), show(4, ['a2', 'q', null]))], ['all show the same']],
  ['a future start', () => [open(5), show(4, ['a2', 'y', null])], ['nothing early']],
  ['another start than asked for', () => [open(5, { revision: 6 })], ['starts where asked']],
  ['compacted, but it is not', () => [open(3), end({ error: 'COMPACTED', oldest: 3 })], ['compacted only if it is']],
  ['compacted, but from when?', () => [open(3), end({ error: 'COMPACTED' })], ['compacted only if it is']],
  ['after its end', () => [open(), end(), show(2, ['a1', 'x', null])], ['nothing after its end']],
  ['never opened', () => [show(2, ['a1', 'x', null])], ['opened once, and first']],
])('%s', (_what, lines, checks) => {
  expect(found(...lines())).toEqual(checks.map((check) => `watch: ${check}`));
});

test('what was answered to writers is compared with what watches show', () => {
  const write = (
    key: string,
    value: string | null,
    revision: number,
  ): { key: string; value: string | null; revision: number } => {
    return { key, value, revision };
  };
  const check = (...writes: readonly ReturnType<typeof write>[]): string[] =>
    checksOf(checkEventWatches(whole(), writes));
  expect(check(write('a1', 'x', 2), write('a1', null, 7), write('b', 'x', 3), write('a3', 'x', 8))).toEqual([]);
  expect(check(write('a1', 'q', 2))).toEqual(['watch: events equal the writes']);
  expect(check(write('a3', 'x', 3))).toEqual(['watch: reliable']);
});
