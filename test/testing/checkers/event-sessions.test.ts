import { expect, test } from 'vitest';
import type { SessionEvent } from '../../../src/testing/checkers/event-history.ts';
import { checkEventSessions, type EventSessionOptions } from '../../../src/testing/checkers/event-sessions.ts';
import { line } from './events.ts';
import { checksOf } from './scenario.ts';

const session = (op: string, rest: object): SessionEvent =>
  line({ process: 'p', session: 's', op, ...rest }) as SessionEvent;
const alive = (at: number): SessionEvent => session('session-alive', { at, ttl: 1000 });
const lost = (at: number): SessionEvent => session('session-lost', { at });
const seen = (isAlive: boolean, start: number, end = start + 10): SessionEvent =>
  session('session-seen', { alive: isAlive, start, end });

function found(lines: readonly SessionEvent[], options?: EventSessionOptions): string[] {
  return checksOf(checkEventSessions(lines, options).findings);
}

test('a session that ends when it should passes, and its margins are measured', () => {
  const lines = [alive(0), alive(500), lost(1490), seen(true, 1700), seen(false, 1800)];
  const report = checkEventSessions(lines, { lateAllowanceNs: 250 });
  expect(report).toEqual({ findings: [], margins: { smallestEarlyNs: 310, longestLateNs: 200 } });
});

test.each<[string, SessionEvent[], string[]]>([
  ['over before its time', [alive(500), lost(900), seen(false, 1000)], ['no session expires early']],
  ['over while its client trusts it', [alive(500), lost(1700), seen(false, 1600)], ['the client knows first']],
  [
    'over before a keep-alive that was answered',
    [alive(0), alive(2000), seen(false, 1500)],
    ['no session expires early', 'the client knows first', 'an ended session stays ended'],
  ],
  ['back from the dead', [alive(0), lost(900), seen(false, 1100), seen(true, 1200)], ['an ended session stays ended']],
  ['for ever', [alive(0), lost(900), seen(true, 1300)], ['no session expires late']],
])('%s', (_what, lines, checks) => {
  expect(found(lines, { lateAllowanceNs: 250 })).toEqual(checks);
});

test('drift is allowed for on both sides', () => {
  const early = [alive(0), lost(900), seen(false, 900, 950)];
  expect(found(early)).toEqual(['no session expires early']);
  expect(found(early, { maximumDrift: 0.1 })).toEqual([]);
  const late = [alive(0), seen(true, 1060)];
  expect(found(late, { lateAllowanceNs: 50 })).toEqual(['no session expires late']);
  expect(found(late, { lateAllowanceNs: 50, maximumDrift: 0.1 })).toEqual([]);
});

test('a session that its client closes may be over at once', () => {
  expect(found([alive(0), session('session-closed', { at: 100 }), seen(false, 200)])).toEqual([]);
});

test('a look that overlaps the end proves nothing', () => {
  expect(found([alive(0), lost(900), seen(false, 500, 1100), seen(true, 1050)])).toEqual([]);
});

const closedByOther = (start: number, end: number | null): SessionEvent =>
  session('session-close-other', { start, end });
const resumed = (start: number, end: number): SessionEvent => session('session-resumed', { start, end, locks: [] });

test('a session that another client closes may be over at once, and its own client learns of it later', () => {
  for (const end of [250, null]) {
    expect(found([alive(0), closedByOther(200, end), seen(true, 205), seen(false, 240), lost(600)])).toEqual([]);
  }
});

test.each<[string, SessionEvent[]]>([
  ['seen alive', [alive(0), closedByOther(200, 250), seen(true, 260)]],
  ['kept alive', [alive(0), closedByOther(200, 250), alive(260)]],
  ['resumed', [alive(0), closedByOther(200, 250), resumed(260, 270)]],
])('a session that another client has closed is not %s', (_what, lines) => {
  expect(found(lines)).toEqual(['an ended session stays ended']);
});

test('a session that a program resumes is promised to it as it was to the one before', () => {
  const killed = [alive(0), lost(100), resumed(300, 400), alive(350)];
  expect(found([...killed, seen(true, 1200), lost(1300), seen(false, 1400)])).toEqual([]);
  expect(found([...killed, lost(1300), seen(false, 1330)])).toEqual(['no session expires early']);
  expect(found([...killed, lost(1500), seen(false, 1400)])).toEqual(['the client knows first']);
});
