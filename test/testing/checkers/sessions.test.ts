import { expect, test } from 'vitest';
import type { SessionRecord } from '../../../src/testing/checkers/history.ts';
import {
  checkEndsAreFinal,
  checkSessions,
  type LatenessBound,
  measureSessions,
} from '../../../src/testing/checkers/sessions.ts';
import type { SessionId } from '../../../src/wire/identifiers.ts';
import { checksOf, Scenario } from './scenario.ts';

const ttlUs = 1_000_000;

function record(sessionId: SessionId, rest: Partial<SessionRecord> = {}): SessionRecord {
  return {
    client: 'c',
    sessionId,
    generation: 1,
    ttlMs: ttlUs / 1000,
    clockRate: 1,
    openSentUs: 0,
    begunUs: 0,
    keptAliveUs: [],
    trustedUntilUs: Number.POSITIVE_INFINITY,
    closeCalledUs: undefined,
    ...rest,
  };
}

/** A session that expires at that time. */
function expiredAt(timeUs: number, rest: Partial<SessionRecord>): string[] {
  const scenario = new Scenario();
  const session = scenario.openSession();
  scenario.nowUs = timeUs - 5;
  scenario.expireSession(session);
  return checksOf(checkSessions([record(session, rest)], scenario.model));
}

test('a session that is given its whole time passes', () => {
  expect(expiredAt(2 * ttlUs, { keptAliveUs: [ttlUs], trustedUntilUs: 2 * ttlUs })).toEqual([]);
});

test('a session that expires before its time is over', () => {
  expect(expiredAt(2 * ttlUs - 1, { keptAliveUs: [ttlUs], trustedUntilUs: ttlUs })).toEqual([
    'no session expires early',
  ]);
});

test('a slow clock makes a TTL longer in true time', () => {
  const rest = { keptAliveUs: [ttlUs], trustedUntilUs: ttlUs, clockRate: 0.9 };
  expect(expiredAt(2 * ttlUs, rest)).toEqual(['no session expires early']);
  expect(expiredAt(2.2 * ttlUs, rest)).toEqual([]);
});

test('a client that trusts a session longer than the service does', () => {
  expect(expiredAt(2 * ttlUs, { keptAliveUs: [ttlUs], trustedUntilUs: 2 * ttlUs + 1 })).toEqual([
    'the client knows first',
  ]);
});

test('a session that is closed by nobody, or before it was asked for', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  const { callUs } = scenario.command(session, { kind: 'closeSession' });
  const checks = (closeCalledUs: number | undefined): string[] =>
    checksOf(checkSessions([record(session, { closeCalledUs })], scenario.model));
  expect(checks(callUs)).toEqual([]);
  expect(checks(undefined)).toEqual(['only its client closes a session']);
  expect(checks(callUs + 9)).toEqual(['only its client closes a session']);
});

test('a session that was never opened', () => {
  const checks = checkSessions([record(7 as SessionId)], new Scenario().model);
  expect(checksOf(checks)).toEqual(['a session is in the log']);
});

const bound: LatenessBound = {
  healthyFromUs: 0,
  observedUntilUs: 10 * ttlUs,
  allowanceUs: ttlUs / 2,
  maximumDrift: 0.1,
};

/** A session of a client that trusted it until one TTL; `timeUs` undefined: it never ends. */
function lateness(timeUs: number | undefined, rest: Partial<LatenessBound> = {}): string[] {
  const scenario = new Scenario();
  const session = scenario.openSession();
  scenario.nowUs = (timeUs ?? 0) - 5;
  if (timeUs !== undefined) scenario.expireSession(session);
  const sessions = [record(session, { trustedUntilUs: ttlUs })];
  return checksOf(checkSessions(sessions, scenario.model, { ...bound, ...rest }));
}

test('a session of a silent client ends in time, once there is a quorum', () => {
  expect(lateness(2.6 * ttlUs)).toEqual([]);
  expect(lateness(2.6 * ttlUs + 1)).toEqual(['no session expires late']);
  expect(lateness(2.6 * ttlUs + 1, { healthyFromUs: 2 * ttlUs })).toEqual([]);
  expect(lateness(undefined)).toEqual(['no session expires late']);
  expect(lateness(undefined, { observedUntilUs: 2.6 * ttlUs })).toEqual([]);
});

test('the margins of a run are its worst ones', () => {
  const scenario = new Scenario();
  const [a, b, c] = [scenario.openSession(), scenario.openSession(), scenario.openSession()];
  for (const [session, endUs] of [
    [a, 3 * ttlUs],
    [b, 4 * ttlUs],
  ] as const) {
    scenario.nowUs = endUs - 5;
    scenario.expireSession(session);
  }
  const sessions = [
    record(a, { keptAliveUs: [ttlUs], trustedUntilUs: 2 * ttlUs }),
    record(b, { keptAliveUs: [2.5 * ttlUs], trustedUntilUs: 2 * ttlUs }),
    record(c, { keptAliveUs: [ttlUs] }),
  ];
  expect(measureSessions(sessions, scenario.model)).toEqual({
    smallestEarlyUs: 0.5 * ttlUs,
    smallestClientFirstUs: ttlUs,
    longestLateUs: 2 * ttlUs,
    expiries: 2,
  });
});

test('a session that another one closes, or a generation that is taken over, may end before its client knows', () => {
  const scenario = new Scenario();
  const [operator, closed, taken] = [1, 2, 3].map(() => scenario.openSession()) as [SessionId, SessionId, SessionId];
  scenario.command(operator, { kind: 'closeOtherSession', sessionId: closed });
  scenario.resumeSession(taken);
  const records = [record(closed), record(taken), record(taken, { generation: 2 })];
  expect(checkSessions(records, scenario.model)).toEqual([]);
  scenario.expireSession(taken, 2);
  expect(checksOf(checkSessions([record(taken, { generation: 2 })], scenario.model))).toEqual([
    'no session expires early',
    'the client knows first',
  ]);
});

test('nothing keeps alive what is known to have ended', () => {
  const scenario = new Scenario();
  const [operator, closed, taken] = [1, 2, 3].map(() => scenario.openSession()) as [SessionId, SessionId, SessionId];
  const { outcome } = scenario.command(operator, { kind: 'closeOtherSession', sessionId: closed });
  const closedUs = outcome.kind === 'done' ? outcome.returnUs : 0;
  scenario.resumeSession(taken);
  const begunUs = scenario.nowUs;
  const { operations } = scenario;
  const next = record(taken, { generation: 2, begunUs });
  const checks = (rest: SessionRecord): string[] =>
    checksOf(checkEndsAreFinal({ sessions: [next, rest], operations }, scenario.model));
  const ended = 'nothing keeps alive what has ended';
  for (const [sessionId, knownUs] of [
    [closed, closedUs],
    [taken, begunUs],
  ] as const) {
    expect(checks(record(sessionId, { keptAliveUs: [knownUs], trustedUntilUs: knownUs + ttlUs }))).toEqual([]);
    expect(checks(record(sessionId, { keptAliveUs: [knownUs + 1] }))).toEqual([ended]);
    expect(checks(record(sessionId, { trustedUntilUs: knownUs + ttlUs + 1 }))).toEqual([ended]);
  }
  expect(checks(record(operator, { keptAliveUs: [begunUs + 1] }))).toEqual([]);
});
