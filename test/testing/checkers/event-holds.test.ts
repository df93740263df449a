import { expect, test } from 'vitest';
import type { OperationEvent, SessionEvent } from '../../../src/testing/checkers/event-history.ts';
import { checkEventHolds } from '../../../src/testing/checkers/event-holds.ts';
import { events, type Loose, line } from './events.ts';
import { checksOf } from './scenario.ts';

/** Three calls each of `a`, `b`, …: granted at 10, asked to release at 30 or, the later ones, at 50. */
function holds(...terms: readonly object[]): OperationEvent[] {
  const processes = terms.map((_, at) => String.fromCharCode('a'.charCodeAt(0) + at));
  return events(
    ...terms.map((of, at) => ({ op: 'lock', process: processes[at], token: at + 1, start: 0, end: 10, ...of })),
    ...terms.map((of, at) => {
      const { permits: _, ...named } = { permits: 0, ...of };
      const times = { start: 30 + 10 * at, end: 100 };
      return { op: 'unlock', process: processes[at], token: at + 1, result: true, ...times, ...named };
    }),
  );
}

const shared = { mode: 'shared', token: 7 };
const permit = { mode: 'permit', permits: 2 };

test.each<[string, OperationEvent[], string]>([
  ['two who hold an exclusive lock', holds({}, {}), 'mutual exclusion'],
  ['a reader beside a writer', holds({ token: 6 }, shared), 'mutual exclusion'],
  ['several locks at once, one of which is held', holds({ key: 'b' }, { key: 'a', others: ['b'] }), 'mutual exclusion'],
  ['more who hold permits than there are', holds(permit, permit, permit), 'no more holders than permits'],
  ['one token for two', holds({ token: 1 }, { token: 1, start: 100, end: 110 }), 'a token has one owner'],
  ['one permit for two', holds({ ...permit, token: 1 }, { ...permit, token: 1 }), 'a token has one owner'],
  ['the token of a reader for a writer', holds(shared, { token: 7, start: 60, end: 70 }), 'a token has one owner'],
])('%s', (_what, history, check) => {
  expect(checksOf(checkEventHolds(history))).toContain(check);
});

test.each<[string, OperationEvent[]]>([
  ['readers', holds(shared, shared, shared)],
  ['permits, as many as there are', holds(permit, permit)],
  ['locks of different names', holds({ key: 'a', others: ['b'] }, { key: 'c', others: ['d'] })],
])('go together: %s', (_what, history) => {
  expect(checkEventHolds(history)).toEqual([]);
});

const twoHolds = (...ends: readonly Loose[]): OperationEvent[] =>
  events(
    { op: 'lock', token: 1, process: 'a', start: 0, end: 10, session: 's' },
    { op: 'lock', token: 2, process: 'b', start: 20, end: 30 },
    { op: 'unlock', process: 'b', result: true, start: 50, end: 60 },
    ...ends,
  );
const lost = { op: 'unlock', process: 'a', result: false, start: 70, end: 80 };

test('a hold that was lost lasted as long as its client believed in it', () => {
  expect(checkEventHolds(twoHolds(lost))).toEqual([]);
  expect(checkEventHolds(twoHolds({ ...lost, heldUntil: 15 }))).toEqual([]);
  expect(checksOf(checkEventHolds(twoHolds({ ...lost, heldUntil: 40 })))).toEqual(['mutual exclusion']);
});

test('a client may believe in what an operator has ended', () => {
  const believed = { ...lost, heldUntil: 40 };
  const force = { op: 'force-unlock', token: 1, result: 1, process: 'o', start: 12, end: 14 };
  expect(checkEventHolds(twoHolds(believed, force))).toEqual([]);
  expect(checksOf(checkEventHolds(twoHolds(believed, { ...force, token: 9 })))).toEqual(['mutual exclusion']);
  const close = (session: string) =>
    line({ op: 'session-close-other', process: 'o', session, start: 12, end: 14 }) as SessionEvent;
  expect(checkEventHolds(twoHolds(believed), [close('s')])).toEqual([]);
  expect(checksOf(checkEventHolds(twoHolds(believed), [close('t')]))).toEqual(['mutual exclusion']);
});

test('a hold that was handed over is one with that of the program before, or begins for the judge where it was handed over', () => {
  const resumed = (token: number): SessionEvent =>
    line({
      ...{ op: 'session-resumed', process: 'a2/session', session: 's', start: 12, end: 14 },
      locks: [{ process: 'a2', key: 'k', token }],
    }) as SessionEvent;
  const released = (token: number) => ({ op: 'unlock', process: 'a2', token, result: true, start: 40, end: 45 });
  expect(checksOf(checkEventHolds(twoHolds(released(1)), [resumed(1)]))).toEqual(['mutual exclusion']);
  expect(checksOf(checkEventHolds(twoHolds(released(9)), [resumed(9)]))).toEqual(['mutual exclusion']);
  expect(checkEventHolds(twoHolds(released(9)))).toEqual([]);
});
