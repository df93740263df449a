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
});

test('an error that a working program must not get', () => {
  const get = (error: string): HistoryLine => {
    return { process: 'p', op: 'get', key: 'k', outcome: 'unknown', start: 10, end: null, error };
  };
  expect(checksOf([get('TIMEOUT')])).toEqual([]);
  expect(checksOf([get('INTERNAL')])).toEqual(['errors are those of the outside']);
  expect(checksOf([get('not a ConclaveError: TypeError')])).toEqual(['errors are those of the outside']);
});
