import { expect, test } from 'vitest';
import {
  EventHistoryError,
  formatHistory,
  isOperationEvent,
  isSessionEvent,
  isWatchEvent,
  parseHistory,
} from '../../../src/testing/checkers/event-history.ts';
import { concurrentRun } from './concurrent-run.ts';

const put = { process: 'p', op: 'put', key: 'k', value: 'v', outcome: 'ok', start: 1, end: 2 };
const text = (...lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

test('what is written is read again', () => {
  const events = concurrentRun({ seed: 1, operations: 300, processes: 4, objects: 2, unknown: 0.1 });
  expect(parseHistory(formatHistory(events))).toEqual(events);
  expect(new Set(events.map(({ op }) => op)).size).toBe(10);
});

test('lines of watches and sessions are told from operations', () => {
  const lines = parseHistory(
    text(
      put,
      { process: 'p', op: 'watch-open', watch: 'w', key: 'k', prefix: false, from: 0, revision: 3, at: 1 },
      {
        process: 'p',
        op: 'watch-events',
        watch: 'w',
        revision: 3,
        at: 2,
        events: [{ key: 'k', value: 'v', previous: null }],
      },
      { process: 'p', op: 'session-alive', session: 's', ttl: 10, at: 3 },
    ),
  );
  expect(lines.map(isOperationEvent)).toEqual([true, false, false, false]);
  expect(lines.map(isWatchEvent)).toEqual([false, true, true, false]);
  expect(lines.map(isSessionEvent)).toEqual([false, false, false, true]);
});

test.each([
  ['no JSON', '{', /line 1: not JSON/],
  ['no object', '[]', /line 1: op: undefined is none of get, put/],
  ['another operation', text({ ...put, op: 'swap' }), /line 1: op: "swap" is none of/],
  ['a name of every object', text({ ...put, op: 'toString' }), /"toString" is none of/],
  ['a later line', `\n${text(put)}\n${text({ ...put, key: 7 })}`, /line 4: key:/],
  ['no value', text({ ...put, value: undefined }), /value:/],
  ['another field', text({ ...put, colour: 'red' }), /colour/],
  ['an answer without an end', text({ ...put, end: null }), /end:/],
  ['an end without an answer', text({ ...put, outcome: 'unknown' }), /end:/],
  ['an outcome of its own', text({ ...put, outcome: 'maybe' }), /outcome/],
  ['an end before the start', text({ ...put, start: 3 }), /end: 2 is before start, 3/],
  ['fractions of nanoseconds', text({ ...put, start: 0.5 }), /start:/],
  ['a read without a result', text({ ...put, op: 'get', value: undefined }), /result:/],
  ['a result of a failure', text({ ...put, op: 'delete', value: undefined, outcome: 'fail', result: true }), /result/],
  ['a number that is no decimal', text({ ...put, op: 'next', value: undefined, result: '0x1' }), /result:/],
  ['a token of nobody', text({ ...put, op: 'lock', value: undefined, token: 0 }), /token:/],
])('%s is refused', (_what, history, message) => {
  expect(() => parseHistory(history)).toThrow(EventHistoryError);
  expect(() => parseHistory(history)).toThrow(message);
});
