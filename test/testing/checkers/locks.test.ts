import { expect, test } from 'vitest';
import type { FencedWrite, GrantRecord, HoldRecord } from '../../../src/testing/checkers/history.ts';
import {
  checkFencing,
  checkGrants,
  checkMutualExclusion,
  checkTokens,
  promisedHolds,
  untilTakenAway,
} from '../../../src/testing/checkers/locks.ts';
import type { Sequence, SessionId } from '../../../src/wire/identifiers.ts';
import { checksOf, Scenario } from './scenario.ts';

function hold(session: number, token: number, fromUs: number, untilUs: number, name = 'l'): HoldRecord {
  return {
    client: `c${session}`,
    name,
    sessionId: session as SessionId,
    generation: 1,
    sequence: 1 as Sequence,
    token,
    fromUs,
    untilUs,
  };
}

test('holds one after the other exclude each other', () => {
  expect(checkMutualExclusion([hold(2, 8, 20, 30), hold(1, 5, 0, 20), hold(3, 9, 5, 25, 'other')])).toEqual([]);
});

test.each([
  ['two holders at a time', [hold(1, 5, 0, 20), hold(2, 8, 19, 30)]],
  ['one within the time of another', [hold(1, 5, 0, 100), hold(2, 8, 10, 20), hold(3, 9, 120, 130)]],
  ['one who never learns that it lost the lock', [hold(1, 5, 0, Number.POSITIVE_INFINITY), hold(2, 8, 50, 60)]],
  ['an overlap that is not with the neighbour', [hold(1, 5, 0, 100), hold(2, 8, 10, 20), hold(3, 9, 50, 60)]],
])('%s', (_what, holds) => {
  expect(checksOf(checkMutualExclusion(holds))).toEqual(['mutual exclusion']);
});

test('tokens rise from holder to holder', () => {
  expect(checkTokens([hold(1, 5, 0, 20), hold(2, 8, 20, 30), hold(1, 4, 5, 6, 'other')])).toEqual([]);
  expect(checksOf(checkTokens([hold(1, 5, 0, 20), hold(2, 5, 20, 30)]))).toEqual(['tokens rise']);
  expect(checksOf(checkTokens([hold(1, 5, 0, 20), hold(2, 4, 20, 30)]))).toEqual(['tokens rise']);
});

test('what nodes say about acquisitions is compared with the log at the revision that they name', () => {
  const scenario = new Scenario();
  const [first, second] = [scenario.openSession(), scenario.openSession()];
  scenario.command(first, { kind: 'lockAcquire', name: 'l', wait: true });
  scenario.command(second, { kind: 'lockAcquire', name: 'l', wait: true });
  const queued = scenario.model.revision;
  scenario.command(first, { kind: 'lockRelease', name: 'l', sequence: 1 as Sequence });
  const granted = scenario.model.revision;
  const say = (state: GrantRecord['state'], revision: number, token = 0): string[] => {
    const grant = {
      client: 'c',
      name: 'l',
      sessionId: second,
      generation: 1,
      sequence: 1 as Sequence,
      state,
      token,
      revision,
      atUs: 0,
    };
    return checksOf(checkGrants([grant], scenario.model));
  };
  expect(say('queued', queued)).toEqual([]);
  expect(say('held', granted, granted)).toEqual([]);
  expect(say('ended', queued - 1)).toEqual([]);
  expect(say('gone', 1)).toEqual([]);
  expect(say('held', queued, granted)).toEqual(['grants equal the model']);
  expect(say('queued', granted)).toEqual(['grants equal the model']);
  expect(say('gone', granted)).toEqual(['grants equal the model']);
  expect(say('ended', granted)).toEqual(['grants equal the model']);
  scenario.command(first, { kind: 'lockForceRelease', name: 'l', token: granted });
  expect(say('ended', scenario.model.revision)).toEqual([]);
  scenario.command(second, { kind: 'closeSession' });
  expect(say('gone', scenario.model.revision)).toEqual([]);
  expect(say('ended', scenario.model.revision)).toEqual(['grants equal the model']);
  expect(say('held', granted, granted + 1)).toEqual(['tokens equal the model']);
});

test('to a generation that was taken over from, what it holds is gone', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  scenario.command(session, { kind: 'lockAcquire', name: 'l', wait: true });
  const token = scenario.model.revision;
  scenario.resumeSession(session);
  const say = (generation: number, state: GrantRecord['state'], revision: number): string[] => {
    const acquisition = { client: 'c', name: 'l', sessionId: session, generation, sequence: 1 as Sequence };
    const told = { state, token: state === 'held' ? token : 0, revision, atUs: 0 };
    return checksOf(checkGrants([{ ...acquisition, ...told }], scenario.model));
  };
  expect(say(1, 'held', token)).toEqual([]);
  expect(say(1, 'gone', token + 1)).toEqual([]);
  expect(say(2, 'held', token + 1)).toEqual([]);
  expect(say(1, 'held', token + 1)).toEqual(['grants equal the model']);
  expect(say(2, 'gone', token + 1)).toEqual(['grants equal the model']);
});

test('of the holds of a session that was closed by another, or taken over, nothing more is promised', () => {
  const scenario = new Scenario();
  const [operator, closed, taken, expired] = [1, 2, 3, 4].map(() => scenario.openSession()) as SessionId[];
  const atUs = scenario.nowUs + 5;
  scenario.command(operator as SessionId, { kind: 'closeOtherSession', sessionId: closed as SessionId });
  const takenUs = scenario.nowUs + 5;
  scenario.resumeSession(taken as SessionId);
  scenario.expireSession(expired as SessionId);
  const promised = (sessionId: SessionId | undefined, generation: number): readonly (readonly number[])[] =>
    promisedHolds(
      [1, 900].map((fromUs) => ({ ...hold(sessionId as number, 9, fromUs, 1_000), generation })),
      scenario.model,
    ).map(({ fromUs, untilUs }) => [fromUs, untilUs]);
  const all = [
    [1, 1_000],
    [900, 1_000],
  ];
  expect(promised(closed, 1)).toEqual([[1, atUs]]);
  expect(promised(taken, 1)).toEqual([[1, takenUs]]);
  expect(promised(taken, 2)).toEqual(all);
  expect(promised(expired, 1)).toEqual(all);
  expect(promised(operator, 1)).toEqual(all);
});

test('the resource takes what is not older, and one token from one owner', () => {
  const write = (client: string, token: number, atUs: number, accepted = true): FencedWrite => {
    return { resource: 'r', client, sessionId: client.charCodeAt(0) as SessionId, token, atUs, accepted };
  };
  expect(checkFencing([write('a', 3, 1), write('a', 3, 2), write('b', 5, 3), write('a', 3, 4, false)])).toEqual([]);
  expect(checksOf(checkFencing([write('b', 5, 3), write('a', 3, 4)]))).toEqual(['the resource is fenced']);
  expect(checksOf(checkFencing([write('a', 3, 1), write('b', 5, 2, false)]))).toEqual(['the resource is fenced']);
  expect(checksOf(checkFencing([write('a', 3, 1), write('b', 3, 2)]))).toEqual(['a token has one owner']);
});

test('what is written under one token stands together', () => {
  const write = (client: string, token: number, atUs: number): FencedWrite => {
    return { resource: 'r', client, sessionId: client.charCodeAt(0) as SessionId, token, atUs, accepted: true };
  };
  expect(checksOf(checkFencing([write('a', 3, 1), write('b', 5, 2), write('a', 3, 3)]))).toEqual([
    'the resource is fenced',
    'writes of one token stand together',
  ]);
});

test('those who share a lock exclude the others, and have one token', () => {
  const share = (session: number, token: number, fromUs: number, untilUs: number): HoldRecord => {
    return { ...hold(session, token, fromUs, untilUs), mode: 'shared' };
  };
  const period = [share(1, 5, 0, 20), share(2, 5, 10, 30)];
  expect([...checkMutualExclusion(period), ...checkTokens(period)]).toEqual([]);
  expect(checksOf(checkMutualExclusion([...period, hold(3, 9, 25, 40)]))).toEqual(['mutual exclusion']);
  expect(checksOf(checkTokens([...period, share(3, 4, 31, 40)]))).toEqual(['tokens rise']);
});

test('there are no more holders than permits, and their ids need not rise', () => {
  const permit = (session: number, token: number, fromUs: number, untilUs: number): HoldRecord => {
    return { ...hold(session, token, fromUs, untilUs), mode: 'permit', permits: 2 };
  };
  const both = [permit(1, 9, 0, 20), permit(2, 5, 10, 30)];
  expect([...checkMutualExclusion(both), ...checkTokens(both)]).toEqual([]);
  expect(checksOf(checkMutualExclusion([...both, permit(3, 7, 15, 16)]))).toEqual(['no more holders than permits']);
  expect(checksOf(checkMutualExclusion([...both, hold(3, 11, 15, 16)]))).toEqual(['mutual exclusion']);
});

test('of a lock that an operator took away, the holder may believe what it likes from then on', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  scenario.command(session, { kind: 'lockAcquire', name: 'l', wait: true });
  const token = scenario.model.revision;
  const forced = scenario.command(session, { kind: 'lockForceRelease', name: 'l', token });
  const believed = { ...hold(1, token, 0, Number.POSITIVE_INFINITY), sessionId: session };
  const kept = untilTakenAway([believed, hold(2, 99, 0, 5)], scenario.model);
  expect(kept).toMatchObject([{ token, untilUs: scenario.model.applied.at(-1)?.chosenUs }, { token: 99 }]);
  expect(forced).toBeDefined();
  expect(untilTakenAway([{ ...believed, fromUs: Number.MAX_SAFE_INTEGER }], scenario.model)).toEqual([]);
});
