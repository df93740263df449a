import { expect, test } from 'vitest';
import { judgeEvents } from '../../../src/testing/checkers/event-report.ts';
import { concurrentRun } from './concurrent-run.ts';
import { events, line } from './events.ts';
import { checksOf } from './scenario.ts';

const watch = { process: 'w', watch: 'w' };
const opening = line({ ...watch, op: 'watch-open', key: 'k', prefix: false, from: 1, revision: 1, at: 0 });
const shown = (revision: number, value: string): ReturnType<typeof line> =>
  line({ ...watch, op: 'watch-events', revision, at: 100, events: [{ key: 'k', value, previous: null }] });
const session = { process: 'p0', session: 's' };
const alive = line({ ...session, op: 'session-alive', ttl: 1000, at: 0 });
const over = line({ ...session, op: 'session-seen', alive: false, start: 1, end: 2 });

test('a good history of all kinds of lines', () => {
  const history = [
    ...concurrentRun({ seed: 3, operations: 400, processes: 4, objects: 2, unknown: 0.03 }),
    ...events({ op: 'put', value: 'x', revision: 5, process: 'q' }),
    opening,
    shown(5, 'x'),
    alive,
  ];
  expect(judgeEvents(history)).toMatchObject({ verdict: 'ok', findings: [], undecided: [] });
});

test('the operations, the watches and the sessions are all judged', () => {
  const put = events({ op: 'put', value: 'x', revision: 5 });
  const of = (...lines: Parameters<typeof judgeEvents>[0]): string[] => checksOf(judgeEvents(lines).findings);
  expect(of(...put, ...events({ op: 'get', result: null, start: 50, end: 60 }))).toEqual(['linearizable key']);
  expect(of(...put, opening, shown(5, 'y'))).toEqual(['watch: events equal the writes']);
  expect(of(...put, opening, shown(6, 'y'))).toEqual(['watch: created', 'watch: reliable']);
  expect(of(alive, over)).toEqual(['no session expires early']);
});

test('a hold may end with the session that its process has lost', () => {
  const holds = events({ op: 'lock', token: 5, process: 'a' }, { op: 'lock', token: 6, process: 'b' });
  const lost = line({ process: 'a', session: 's', op: 'session-lost', at: 15 });
  expect(judgeEvents(holds, { leases: 'declared' }).verdict).toBe('violation');
  expect(judgeEvents([...holds, lost], { leases: 'declared' }).verdict).toBe('ok');
});

test('what could not be judged is not called right', () => {
  const history = concurrentRun({ seed: 3, operations: 200, processes: 4, objects: 1, unknown: 0 });
  const report = judgeEvents(history, { stepLimit: 5 });
  expect(report.verdict).toBe('undecided');
  expect(report.undecided).toEqual(expect.arrayContaining([expect.stringMatching(/^key "o0": \d+ operations$/)]));
});
