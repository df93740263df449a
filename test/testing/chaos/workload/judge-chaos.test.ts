import { expect, test } from 'vitest';
import { judgeChaos } from '../../../../src/testing/chaos/history/judge-chaos.ts';
import type { HistoryLine } from '../../../../src/testing/checkers/event-history.ts';

const ok = { outcome: 'ok', start: 10, end: 20 } as const;

function checksOf(lines: readonly HistoryLine[], options: Parameters<typeof judgeChaos>[1] = {}): string[] {
  return judgeChaos(lines, options).findings.map(({ check }) => check);
}

test('a history without operations says nothing', () => {
  expect(judgeChaos([])).toMatchObject({ verdict: 'undecided', undecided: ['no operation'] });
});

test('two keys that are written together and do not show the same value', () => {
  const put: HistoryLine = { process: 'p', op: 'put', key: 'group:pair/1/1', value: 'v v', ...ok };
  const get = (result: string): HistoryLine => {
    return { process: 'p', op: 'get', key: 'group:pair/1/1', result, outcome: 'ok', start: 30, end: 40 };
  };
  expect(checksOf([put, get('v v')])).toEqual([]);
  expect(checksOf([put, get('v -')])).toContain('transactions are atomic');
});

test('a watch that shows half of a transaction', () => {
  const watch = { process: 'w', watch: 'w1', at: 5 } as const;
  const open: HistoryLine = { ...watch, op: 'watch-open', key: 'pair/', prefix: true, from: 1, revision: 1 };
  const change = (key: string, value: string) => ({ key, value, previous: null });
  const show = (...events: ReturnType<typeof change>[]): HistoryLine => {
    return { ...watch, op: 'watch-events', revision: 3, events };
  };
  expect(checksOf([open, show(change('pair/1/1/x', 'v'), change('pair/1/1/y', 'v'))])).toEqual([]);
  expect(checksOf([open, show(change('pair/~end', 'v'))])).toEqual([]);
  expect(checksOf([open, show(change('pair/1/1/x', 'v'))])).toEqual(['transactions are atomic']);
  const unequal = show(change('pair/1/1/x', 'v'), change('pair/1/1/y', 'w'));
  expect(checksOf([open, unequal])).toEqual(['transactions are atomic']);
});

test('accounts whose sum is another', () => {
  const key = 'group:accounts/1';
  const after = (value: string): readonly HistoryLine[] => [
    { process: 'p', op: 'cas', key, expected: null, value, result: true, ...ok },
    { process: 'p', op: 'get', key, result: value, outcome: 'ok', start: 30, end: 40 },
  ];
  expect(checksOf(after('90@a 110@a 100@b 100@b'))).toEqual([]);
  expect(checksOf(after('90@a 100@b 100@b 100@b'))).toEqual(['transfers keep the sum']);
});

test('an increment that was lost', () => {
  const key = 'tally/1';
  const written = (token: number, value: string, at: number): HistoryLine => {
    return { process: 'p', op: 'fenced-write', key, token, value, result: true, outcome: 'ok', start: at, end: at + 1 };
  };
  const final = (result: string): HistoryLine => {
    return { process: 'final', op: 'fenced-read', key, result, outcome: 'ok', start: 50, end: 60 };
  };
  const first = [written(3, '0@3.0', 10), written(3, '1@3.1', 20)];
  expect(checksOf([...first, written(4, '1@4.0', 30), written(4, '2@4.1', 40), final('2@4.1')])).toEqual([]);
  expect(checksOf([...first, written(4, '0@4.0', 30), written(4, '1@4.1', 40), final('1@4.1')])).toEqual([
    'no update under a lock is lost',
  ]);
});

test('a number that changes while its lock is shared', () => {
  const key = 'tally/1';
  const reader: HistoryLine = { process: 'p', op: 'lock', key: 'lock/1', mode: 'shared', token: 3, ...ok };
  const claim = (value: string, at: number): HistoryLine => {
    const times = { outcome: 'ok', start: at, end: at + 1 } as const;
    return { process: `p${at}`, op: 'fenced-write', key, token: 3, value, result: true, ...times };
  };
  expect(checksOf([reader, claim('4@3.0', 30), claim('4@3.0', 40)])).toEqual([]);
  expect(checksOf([reader, claim('4@3.0', 30), claim('5@3.1', 40)])).toEqual([
    'nothing is written under a shared lock',
  ]);
  expect(checksOf([claim('4@3.0', 30), claim('5@3.1', 40)])).toEqual([]);
});

test('more programs with a permit than there are, and one that lost it but believed in it too long', () => {
  const permit = (process: string, token: number): HistoryLine => {
    return { process, op: 'lock', key: 'permit/1', mode: 'permit', permits: 1, token, ...ok };
  };
  const end = (process: string, token: number, result: boolean, heldUntil?: number): HistoryLine => {
    const call = { process, op: 'unlock', key: 'permit/1', mode: 'permit', token } as const;
    return { ...call, result, heldUntil, outcome: 'ok', start: 50, end: 60 };
  };
  const both = [permit('p', 1), permit('q', 2)];
  const check = 'no more holders than permits';
  expect(checksOf([...both, end('p', 1, true), end('q', 2, true)])).toEqual([check]);
  expect(checksOf([...both, end('p', 1, false), end('q', 2, true)])).toEqual([]);
  expect(checksOf([...both, end('p', 1, false, 30), end('q', 2, true)])).toEqual([check]);
});

test('two locks at once, one of which another program holds', () => {
  const both = { key: 'lock/1', others: ['lock/2'] };
  const history = (key: string): readonly HistoryLine[] => [
    { process: 'p', op: 'lock', token: 3, ...both, ...ok },
    { process: 'q', op: 'lock', token: 4, key, outcome: 'ok', start: 30, end: 40 },
    { process: 'p', op: 'unlock', token: 3, result: true, ...both, outcome: 'ok', start: 50, end: 60 },
    { process: 'q', op: 'unlock', token: 4, result: true, key, outcome: 'ok', start: 70, end: 80 },
  ];
  expect(checksOf(history('lock/3'))).toEqual([]);
  expect(new Set(checksOf(history('lock/2')))).toEqual(new Set(['linearizable lock', 'mutual exclusion']));
});

test('a program that resumes its session, and is not handed what the session holds', () => {
  const session = { process: 'w1.2/session', session: '7' } as const;
  const lock: HistoryLine = { process: 'w1.1/locks-1', op: 'lock', key: 'lock/1', token: 3, session: '7', ...ok };
  const resumed = (...locks: readonly string[]): HistoryLine => {
    const handed = locks.map((key) => ({ process: 'w1.2/resumed-1-1', key, token: 3 }));
    return { ...session, op: 'session-resumed', locks: handed, start: 30, end: 40 };
  };
  expect(checksOf([lock, resumed('lock/1')])).toEqual([]);
  expect(checksOf([lock, resumed()])).toEqual(['what a session holds is handed over']);
  expect(checksOf([resumed('lock/1')])).toEqual(['only what a session holds is handed over']);
});

test('a session that an operator has closed, and whose lock is held nevertheless', () => {
  const closed: HistoryLine = { process: 'o/session', op: 'session-close-other', session: '7', start: 30, end: 40 };
  const history = (result: boolean): readonly HistoryLine[] => [
    { process: 'p', op: 'lock', key: 'lock/1', token: 3, session: '7', ...ok },
    closed,
    { process: 'p', op: 'unlock', key: 'lock/1', token: 3, result, outcome: 'ok', start: 50, end: 60 },
  ];
  expect(checksOf(history(false))).toEqual([]);
  expect(checksOf(history(true))).toEqual(['locks go with their session']);
});

test('a write under a lock that another had got before', () => {
  const put = (value: string, revision: number, start: number): HistoryLine => {
    return { process: `p${revision}`, op: 'put', key: 'guarded/1', value, revision, outcome: 'ok', start, end: 99 };
  };
  expect(checksOf([put('3@a', 7, 10), put('4@b', 8, 20)])).toEqual([]);
  expect(checksOf([put('3@a', 8, 10), put('4@b', 7, 20)])).toEqual(['the condition on a lock holds']);
});

test('a session that ended though nothing was being done to anybody', () => {
  const alive: HistoryLine = { process: 'w1.1/session', op: 'session-alive', session: 's', ttl: 100, at: 400 };
  const lost: HistoryLine = { process: 'w1.1/session', op: 'session-lost', session: 's', at: 500 };
  const killed: HistoryLine = { ...lost, process: 'killed' };
  expect(checksOf([alive, lost])).toEqual([]);
  expect(checksOf([alive, lost], { calm: [{ start: 450, end: 600 }] })).toEqual([]);
  expect(checksOf([alive, killed], { calm: [{ start: 300, end: 600 }] })).toEqual([]);
  expect(checksOf([alive, lost], { calm: [{ start: 300, end: 600 }] })).toEqual(['sessions outlive calm']);
  const closed: HistoryLine = { process: 'o/session', op: 'session-close-other', session: 's', start: 450, end: null };
  expect(checksOf([alive, closed, lost], { calm: [{ start: 300, end: 600 }] })).toEqual([]);
});

test('an error that a working program must not get', () => {
  const get = (error: string): HistoryLine => {
    return { process: 'p', op: 'get', key: 'k', outcome: 'unknown', start: 10, end: null, error };
  };
  expect(checksOf([get('TIMEOUT')])).toEqual([]);
  expect(checksOf([get('INTERNAL')])).toEqual(['errors are those of the outside']);
  expect(checksOf([get('not a ConclaveError: TypeError')])).toEqual(['errors are those of the outside']);
});
