import { expect, test } from 'vitest';
import type { HistoryLine, SessionEvent } from '../../../src/testing/checkers/event-history.ts';
import { isOperationEvent } from '../../../src/testing/checkers/event-history.ts';
import { judgeEvents } from '../../../src/testing/checkers/event-report.ts';
import { checkSessionLocks } from '../../../src/testing/checkers/event-session-locks.ts';
import { events, line } from './events.ts';
import { checksOf } from './scenario.ts';

const [grant] = events({ op: 'lock', token: 5, process: 'a', session: 's', start: 0, end: 10 });
const session = { process: 'a2/session', session: 's' };

function resumed(...locks: readonly object[]): HistoryLine {
  const handed = locks.map((lock) => ({ process: 'a2', key: 'k', token: 5, ...lock }));
  return line({ ...session, op: 'session-resumed', start: 50, end: 60, locks: handed });
}

function ended(op: 'unlock' | 'force-unlock', start: number, rest: object): HistoryLine {
  return line({ op, process: 'x', key: 'k', token: 5, outcome: 'ok', start, end: start + 5, ...rest });
}

function found(...lines: readonly (HistoryLine | undefined)[]): string[] {
  const all = lines.filter((each) => each !== undefined);
  const sessions = all.filter((each): each is SessionEvent => each.op.startsWith('session-'));
  return checksOf(checkSessionLocks(all.filter(isOperationEvent), sessions));
}

const missing = 'what a session holds is handed over';
const tooMuch = 'only what a session holds is handed over';

test('all that is held is handed over, and goes on', () => {
  expect(found(grant, resumed({}), ended('unlock', 70, { process: 'a2', result: true }))).toEqual([]);
  expect(found(grant, resumed())).toEqual([missing]);
  expect(found(grant, resumed({ key: 'other' }))).toEqual([missing, tooMuch]);
  expect(found(grant, resumed({ mode: 'shared' }))).toEqual([missing, tooMuch]);
});

test('nothing is missed that may have been given up, or been taken away', () => {
  expect(found(grant, ended('unlock', 20, { process: 'a', result: true }), resumed())).toEqual([]);
  expect(found(grant, ended('unlock', 20, { process: 'a', outcome: 'unknown', end: null }), resumed())).toEqual([]);
  expect(found(grant, ended('force-unlock', 55, { outcome: 'unknown', end: null }), resumed())).toEqual([]);
  expect(found(grant, ended('unlock', 20, { process: 'a', outcome: 'fail' }), resumed())).toEqual([missing]);
});

test('what was given up, was taken away, or is held by another session is not handed over', () => {
  expect(found(grant, ended('unlock', 20, { process: 'a', result: true }), resumed({}))).toEqual([tooMuch]);
  expect(found(grant, ended('force-unlock', 20, { result: 1 }), resumed({}))).toEqual([tooMuch]);
  expect(found(grant, ended('force-unlock', 20, { result: 0 }), resumed({}))).toEqual([]);
  const others = events({ op: 'lock', token: 5, session: 't', start: 0, end: 10 });
  expect(found(...others, resumed({}))).toEqual([tooMuch]);
});

test('of several locks at once all are handed over', () => {
  const several = events({ op: 'lock', token: 5, others: ['l'], session: 's', start: 0, end: 10 });
  expect(found(...several, resumed({ key: 'l', others: ['k'] }))).toEqual([]);
  expect(found(...several, resumed({}))).toEqual([missing, tooMuch]);
});

test('of those who share a token, as many are handed over as are left', () => {
  const reader = { op: 'lock', token: 5, mode: 'shared', session: 's', start: 0, end: 10 };
  const readers = events({ ...reader, process: 'a' }, { ...reader, process: 'b' });
  const shared = { mode: 'shared' };
  expect(found(...readers, resumed(shared, shared))).toEqual([]);
  expect(found(...readers, resumed(shared))).toEqual([missing]);
  expect(found(...readers, ended('unlock', 20, { process: 'b', result: true, ...shared }), resumed(shared))).toEqual(
    [],
  );
});

test('with its session, a lock is gone', () => {
  const released = ended('unlock', 70, { process: 'a', result: true });
  const closed = line({ ...session, op: 'session-close-other', start: 50, end: 60 });
  const seen = line({ ...session, op: 'session-seen', alive: false, start: 50, end: 60 });
  for (const over of [closed, seen]) expect(found(grant, over, released)).toEqual(['locks go with their session']);
  expect(found(grant, line({ ...session, op: 'session-close-other', start: 50, end: null }), released)).toEqual([]);
  expect(found(grant, closed, ended('unlock', 70, { process: 'a', result: false }))).toEqual([]);
  const later = events({ op: 'lock', token: 9, session: 's', start: 70, end: 80 });
  expect(found(...later, closed)).toEqual(['locks go with their session']);
});

test('a lock that was handed over is held at that time, whoever had learned of it', () => {
  const verdict = (...lines: readonly HistoryLine[]): string[] => checksOf(judgeEvents(lines).findings);
  const next = events({ op: 'lock', token: 8, process: 'b', start: 20, end: 30 });
  if (grant !== undefined) expect(verdict(grant, ...next, resumed({}))).toEqual(['linearizable lock']);
  expect(verdict(resumed({}))).toEqual([tooMuch]);
  const untold = events({ op: 'lock', outcome: 'unknown', process: 'a', start: 0 });
  expect(verdict(...untold, resumed({}))).toEqual([]);
});

test('a lock that was taken away is not held any more, nor are the others that were taken with it', () => {
  const verdict = (...lines: readonly HistoryLine[]): string[] => checksOf(judgeEvents(lines).findings);
  const taken = ended('force-unlock', 20, { result: 1 });
  const of = (more: object): HistoryLine[] => [
    ...events({ op: 'lock', token: 5, process: 'a', start: 0, end: 10, ...more }),
    taken,
    ended('unlock', 30, { process: 'a', result: true, ...more }),
  ];
  expect(verdict(...of({}))).toEqual(['linearizable lock']);
  expect(judgeEvents(of({ others: ['l'] })).findings.map(({ detail }) => detail.slice(0, 8))).toEqual([
    'lock "k"',
    'lock "l"',
  ]);
  expect(verdict(...of({ mode: 'shared' }))).toEqual(['linearizable lock']);
  // What one release hands to different holders has one token.
  const [others, another] = [of({ key: 'm', others: ['n'] }), events({ op: 'lock', token: 5, start: 0, end: 10 })];
  expect(verdict(...others, ...another)).toEqual([]);
});
