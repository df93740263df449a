import { expect, test } from 'vitest';
import type { ClientSettings } from '../../../src/client/core/settings.ts';
import type { Sequence, SessionId } from '../../../src/wire/identifiers.ts';
import type { Operation } from '../../../src/wire/operation.ts';
import type { ResultBody } from '../../../src/wire/result.ts';
import { get, kinds, ttlMs, World } from './world.ts';

const secret = new Uint8Array(16).fill(9);
const resume = { sessionId: 7 as SessionId, generation: 2, secret };

function resumed(changes: Partial<Extract<ResultBody, { kind: 'sessionResumed' }>> = {}): ResultBody {
  const { sessionId } = resume;
  return {
    kind: 'sessionResumed',
    sessionId,
    generation: 3,
    ttlMs,
    lastSequence: 40,
    locks: [],
    moreLocks: false,
    ...changes,
  };
}

const lock = { name: 'l', otherNames: [], sequence: 12 as Sequence, token: 33, mode: 'exclusive', permits: 0 } as const;

/** A client that is about to connect, its call, and the request that it has sent. */
function begin(settings: Partial<ClientSettings> = {}) {
  const world = new World({ resume, ...settings });
  const call = world.call({ kind: 'connect' }, 5_000);
  const stream = world.welcome();
  const [request] = stream.newOperations();
  return { world, call, stream, request: request as Operation };
}

test('the session is taken over at once, and the client is connected when it is', () => {
  const { world, call, request } = begin();
  expect(request).toMatchObject({ command: undefined, body: { kind: 'resumeSession', ...resume } });
  expect(world.settlement(call)).toBeUndefined();
  world.answer(request, resumed());
  expect(world.settlement(call)).toEqual({ type: 'connected', resumedLocks: [] });
  expect(world.core.session()).toMatchObject({ serial: 1, id: '7', state: 'active' });
  expect(world.core.session().credentials).toEqual({ sessionId: 7, generation: 3, secret });
});

test('commands are numbered on, in the new generation', () => {
  const { world, stream, request } = begin();
  world.put('a');
  expect(stream.newOperations()).toEqual([]);
  world.answer(request, resumed());
  expect(stream.newOperations().map(({ command }) => command)).toEqual([
    { sessionId: 7, generation: 3, sequence: 41, acknowledged: 40 },
  ]);
});

test('after a break the very same request is sent again, and its time counts from the first sending', () => {
  const { world, stream, request } = begin();
  const [bytes] = stream.frames.flatMap(({ operations }) => operations);
  world.advance(300);
  world.break();
  const next = world.welcome();
  expect(next.newOperationBytes()).toEqual([bytes]);
  world.advance(200);
  world.answer(request, resumed());
  expect(world.core.session().remainingMs).toBe(ttlMs - ttlMs / 50 - 500);
});

test('a refusal before queueing is no answer: the same request is sent again', () => {
  const { world, call, stream, request } = begin();
  world.refuse([request], 'NOT_LEADER');
  expect(stream.newOperations()).toEqual([]);
  world.advance(600);
  expect(stream.newOperations()).toEqual([request]);
  world.answer(request, resumed());
  expect(world.verdict(call)).toBe('connected');
});

test('an answer that comes too late is of use for another try, from the generation that it tells', () => {
  const { world, call, stream, request } = begin();
  world.stall(ttlMs);
  world.answer(request, resumed());
  const [again] = stream.newOperations();
  expect(again?.body).toMatchObject({ kind: 'resumeSession', sessionId: 7, generation: 3, secret });
  expect(again?.body).not.toMatchObject({ nonce: request.body.kind === 'resumeSession' && request.body.nonce });
  expect(world.verdict(call)).toBe('TIMEOUT unknown');
  world.answer(again as Operation, resumed({ generation: 4 }));
  expect(world.core.session()).toMatchObject({ id: '7', state: 'active' });
});

test('locks that were held are handed over, and released like any other', () => {
  const { world, call, stream, request } = begin();
  world.answer(request, resumed({ locks: [lock] }));
  const settlement = world.settlement(call);
  const [handed] = settlement?.type === 'connected' ? settlement.resumedLocks : [];
  expect(handed).toMatchObject(lock);
  const lockId = handed?.lockId as number;
  expect(world.core.lock(lockId)).toMatchObject({ held: true, remainingMs: ttlMs - ttlMs / 50 });
  const release = world.call({ kind: 'release', lockId });
  const [command] = stream.newOperations();
  expect(command).toMatchObject({ command: { sequence: 41 }, body: { kind: 'lockRelease', name: 'l', sequence: 12 } });
  world.answer(command as Operation, { kind: 'lockReleased', released: true });
  expect(world.settlement(release)).toEqual({ type: 'lockReleased', released: true });
  expect(world.core.lock(lockId).held).toBe(false);
});

test('locks that were handed over are lost with the session', () => {
  const { world, request } = begin();
  world.answer(request, resumed({ locks: [lock] }));
  world.keepAliveAnswer(1, [], [7]);
  expect(world.ofType('lockLost')).toHaveLength(1);
  expect(world.core.session().state).toBe('expired');
});

test('if the session is gone, so is the call', () => {
  const { world, call, request } = begin();
  world.refuse([request], 'SESSION_EXPIRED');
  expect(world.verdict(call)).toBe('SESSION_EXPIRED not-applied');
  expect(world.statuses()).not.toContain('expired');
});

test('who was answered after another attempt may have been the one who took it over', () => {
  const { world, call, request } = begin();
  world.break();
  world.welcome();
  world.refuse([request], 'SESSION_EXPIRED');
  expect(world.verdict(call)).toBe('SESSION_EXPIRED unknown');
});

test('a program that has said so goes on without the session', () => {
  const { world, call, stream, request } = begin({ onResumeFailure: 'reopen' });
  world.refuse([request], 'SESSION_EXPIRED');
  expect(world.settlement(call)).toEqual({ type: 'connected', resumedLocks: [] });
  expect(world.core.session()).toMatchObject({ id: '', state: 'active' });
  world.put('a');
  expect(kinds(stream.newOperations())).toEqual(['openSession']);
});

test('wrong credentials are an error in any case', () => {
  for (const onResumeFailure of ['reject', 'reopen'] as const) {
    const { world, call, request } = begin({ onResumeFailure });
    world.refuse([request], 'INVALID_CREDENTIALS');
    expect(world.verdict(call)).toBe('INVALID_CREDENTIALS not-applied');
  }
});

test('reads do not wait for it', () => {
  const { world, stream } = begin();
  world.call({ kind: 'read', body: get('a') });
  expect(kinds(stream.newOperations())).toEqual(['get']);
});

test('a session that another program takes over is lost with the next keep-alive', () => {
  const world = new World();
  const stream = world.openSession();
  expect(world.core.session().credentials).toMatchObject({ sessionId: 7, generation: 1 });
  world.advance(3_400);
  const { id } = stream.keepAlives.at(-1) ?? { id: 0 };
  world.keepAliveAnswer(id, [], [7]);
  expect(world.core.session().state).toBe('expired');
});
