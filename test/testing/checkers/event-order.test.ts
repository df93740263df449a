import { expect, test } from 'vitest';
import type { OperationEvent } from '../../../src/testing/checkers/event-history.ts';
import { checkEventOrder } from '../../../src/testing/checkers/event-order.ts';
import { concurrentRun } from './concurrent-run.ts';
import { events } from './events.ts';
import { checksOf } from './scenario.ts';

test('runs of real objects pass', () => {
  for (let seed = 0; seed < 20; seed++) {
    const history = concurrentRun({ seed, operations: 500, processes: 6, objects: 2, unknown: seed / 200 });
    expect(checkEventOrder(history)).toEqual([]);
  }
});

const overlapping = { start: 0, end: 1000 };

test.each<[string, OperationEvent[], string]>([
  [
    'a process that does two things at once',
    events({ op: 'get', result: null, process: 'p', end: 30 }, { op: 'get', result: null, process: 'p' }),
    'a process does one thing at a time',
  ],
  [
    'a process that goes on under its name after an unknown outcome',
    events({ op: 'delete', outcome: 'unknown', process: 'p' }, { op: 'get', result: null, process: 'p' }),
    'a process does one thing at a time',
  ],
  ['a value that nobody wrote', events({ op: 'get', result: 'x' }), 'what is read was written'],
  [
    'a value of another key',
    events({ op: 'put', key: 'other', value: 'x' }, { op: 'get', result: 'x' }),
    'what is read was written',
  ],
  [
    'a value whose writer was told that it failed',
    events({ op: 'put', value: 'x', outcome: 'fail' }, { op: 'get', result: 'x' }),
    'honest failure',
  ],
  [
    'a value that was refused',
    events({ op: 'fenced-write', token: 1, value: 'x', result: false }, { op: 'fenced-read', result: 'x' }),
    'honest failure',
  ],
  ['tokens that fall', events({ op: 'lock', token: 5 }, { op: 'lock', token: 4 }), 'tokens rise'],
  [
    'a reader whose token is smaller than that of the writer before',
    events({ op: 'lock', token: 5 }, { op: 'lock', token: 4, mode: 'shared' }),
    'tokens rise',
  ],
  [
    'a writer who has the token of the readers before',
    events({ op: 'lock', token: 5, mode: 'shared' }, { op: 'lock', token: 5 }),
    'tokens rise',
  ],
  [
    'several locks at once whose token is too small for the second of them',
    events({ op: 'lock', token: 5, key: 'b' }, { op: 'lock', token: 4, key: 'a', others: ['b'] }),
    'tokens rise',
  ],
  [
    'an older token that is taken',
    events(
      { op: 'fenced-write', token: 5, value: 'a', result: true },
      { op: 'fenced-write', token: 4, value: 'b', result: true },
    ),
    'the resource is fenced',
  ],
  [
    'numbers that fall',
    events({ op: 'next', result: '2' }, { op: 'next', result: '1' }),
    'counter values are unique and rise',
  ],
  [
    'blocks that overlap',
    events(
      { op: 'next', value: '3', result: '3', ...overlapping },
      { op: 'next', value: '3', result: '5', ...overlapping },
    ),
    'counter values are unique and rise',
  ],
  [
    'a number that nobody can have drawn',
    events({ op: 'next', outcome: 'unknown' }, { op: 'next', result: '3' }),
    'counter values are what was drawn',
  ],
])('%s', (_what, history, check) => {
  expect(checksOf(checkEventOrder(history))).toEqual([check]);
});

test('numbers may be left out by a counter that only promises that they rise', () => {
  expect(checkEventOrder(events({ op: 'next', result: '3' }), 'rising')).toEqual([]);
});

test('readers have one token, and the ids of permits are in no order', () => {
  const readers = events({ op: 'lock', token: 5, mode: 'shared' }, { op: 'lock', token: 5, mode: 'shared' });
  expect(checkEventOrder(readers)).toEqual([]);
  const permit = { op: 'lock', mode: 'permit', permits: 2 };
  expect(checkEventOrder(events({ ...permit, token: 5 }, { ...permit, token: 4 }))).toEqual([]);
});
