import { expect, test } from 'vitest';
import { ConclaveError } from '../../../../src/client/error.ts';
import { HistoryRecorder } from '../../../../src/testing/chaos/history/history-recorder.ts';
import { FencedResource } from '../../../../src/testing/chaos/workload/fenced-resource.ts';
import { LogicalProcess, NoEffect } from '../../../../src/testing/chaos/workload/logical-process.ts';
import { OperationBook, OperationTotals } from '../../../../src/testing/chaos/workload/operation-book.ts';
import { RunClock } from '../../../../src/testing/chaos/workload/run-clock.ts';

function open() {
  const recorder = new HistoryRecorder(undefined);
  const totals = new OperationTotals();
  return { recorder, totals, book: new OperationBook(recorder, totals) };
}

test('what a killed worker had begun is unknown, and its sessions are lost no later than it could trust them', () => {
  const { recorder, totals, book } = open();
  book.begin(1, { process: 'p', call: { op: 'lock', key: 'l' }, start: 5 });
  book.begin(2, { process: 'q', call: { op: 'get', key: 'k' }, start: 6 });
  book.end(2, { outcome: 'ok', answer: { result: null }, end: 7 });
  book.noteSession({ process: 's', op: 'session-alive', session: 'short', ttl: 20, at: 10 });
  book.noteSession({ process: 's', op: 'session-alive', session: 'long', ttl: 200, at: 10 });
  book.noteSession({ process: 's', op: 'session-alive', session: 'closed', ttl: 200, at: 10 });
  book.noteSession({ process: 's', op: 'session-closed', session: 'closed', at: 20 });
  book.abandon(50);
  expect(recorder.lines).toEqual([
    { process: 'q', op: 'get', key: 'k', result: null, outcome: 'ok', start: 6, end: 7 },
    { process: 'p', op: 'lock', key: 'l', outcome: 'unknown', start: 5, end: null, error: 'the process was killed' },
    { process: 'killed', op: 'session-lost', session: 'short', at: 30 },
    { process: 'p', op: 'session-lost', session: 'short', at: 30 },
    { process: 'killed', op: 'session-lost', session: 'long', at: 50 },
    { process: 'p', op: 'session-lost', session: 'long', at: 50 },
  ]);
  expect(totals.counts).toEqual({ ok: 1, fail: 0, unknown: 1 });
  expect(totals.throughput(1_000)).toBe(1);
});

test('a call that throws has failed only if it says that it was not applied', async () => {
  const { recorder, book } = open();
  let ids = 0;
  const log = {
    begin: async (process: string, call: Parameters<OperationBook['begin']>[1]['call'], start: number) => {
      ids += 1;
      book.begin(ids, { process, call, start });
      return ids;
    },
    end: (id: number, how: Parameters<OperationBook['end']>[1]) => book.end(id, how),
  };
  const process = new LogicalProcess('p', log, new RunClock(globalThis.process.hrtime.bigint()));
  const errors = [
    new ConclaveError('TIMEOUT', '', { outcome: 'not-applied' }),
    new NoEffect('not held'),
    new ConclaveError('TIMEOUT', '', { outcome: 'unknown' }),
    new TypeError('broken'),
  ];
  for (const error of errors) {
    const act = async () => await Promise.reject(error);
    expect(await process.run({ op: 'put', key: 'k', value: process.newValue() }, act, () => ({}))).toBeUndefined();
  }
  expect(recorder.lines).toMatchObject([
    { process: 'p', outcome: 'fail', error: 'TIMEOUT' },
    { process: 'p', outcome: 'fail', error: 'not held' },
    { process: 'p', outcome: 'unknown', error: 'TIMEOUT', end: null },
    { process: 'p~1', outcome: 'unknown', error: 'not a ConclaveError: TypeError: broken', end: null },
  ]);
  expect(process.name).toBe('p~2');
});

test('the resource refuses tokens that are smaller than one that it has seen, be it by a claim', () => {
  const { recorder } = open();
  const resource = new FencedResource(recorder, new RunClock(process.hrtime.bigint()));
  const key = 'tally/1';
  expect(resource.apply('a', { kind: 'claim', key, token: 3 }, 0)).toEqual({ accepted: true, value: '0@3.0' });
  const raise = { kind: 'write', key, token: 3, value: '1@3.1' } as const;
  expect(resource.apply('a', raise, 0)).toEqual({ accepted: true, value: '1@3.1' });
  expect(resource.apply('b', { kind: 'claim', key, token: 4 }, 0)).toEqual({ accepted: true, value: '1@4.0' });
  expect(resource.apply('a', { ...raise, value: '2@3.2' }, 0)).toEqual({ accepted: false });
  expect(resource.apply('a', { kind: 'claim', key, token: 3 }, 0)).toEqual({ accepted: false });
  expect(resource.read('final', key)).toBe('1@4.0');
  expect(recorder.lines.map((line) => [line.op, 'result' in line && line.result])).toEqual([
    ['fenced-read', null],
    ['fenced-write', true],
    ['fenced-write', true],
    ['fenced-read', '1@3.1'],
    ['fenced-write', true],
    ['fenced-write', false],
    ['fenced-write', false],
    ['fenced-read', '1@4.0'],
  ]);
});
