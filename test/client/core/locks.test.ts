import { expect, test } from 'vitest';
import type { Operation } from '../../../src/wire/operation.ts';
import { decodeOperation } from '../../../src/wire/operation-codec.ts';
import { kinds, type TestStream, ttlMs, World } from './world.ts';

/** A client whose acquisition is in the queue: number 2 of session 7. */
function queued(timeoutMs = Number.POSITIVE_INFINITY): { world: World; stream: TestStream; call: number } {
  const world = new World();
  const stream = world.openSession();
  const call = world.lock('lock', timeoutMs);
  world.answer(stream.newOperations()[0]!, { kind: 'lock', state: 'queued', token: 0 });
  return { world, stream, call };
}

function held(): { world: World; stream: TestStream; call: number } {
  const world = queued();
  world.world.grant(2, 'held', 55);
  return world;
}

function lostLocks({ effects }: World): readonly number[] {
  return effects.flatMap((effect) => (effect.type === 'lockLost' ? [effect.lockId] : []));
}

function last(stream: TestStream): Operation {
  return stream.newOperations().at(-1)!;
}

test('a free lock is held at once', () => {
  const world = new World();
  const stream = world.openSession();
  const call = world.lock();
  const operation = last(stream);
  expect(operation.body).toEqual({ kind: 'lockAcquire', name: 'lock', wait: true });
  world.answer(operation, { kind: 'lock', state: 'held', token: 44 });
  expect(world.settlement(call)).toEqual({ type: 'lockHeld', token: 44 });
  expect(world.core.lock(call)).toEqual({ held: true, remainingMs: world.core.session().remainingMs });
});

test('a queued acquisition is settled by its grant, and by no other', () => {
  const { world, call } = queued();
  world.grant(3, 'held', 66);
  world.grant(2, 'queued');
  expect(world.settlement(call)).toBeUndefined();
  world.grant(2, 'held', 55);
  expect(world.settlement(call)).toEqual({ type: 'lockHeld', token: 55 });
});

test('a lock that is tried for is not waited for', () => {
  const world = new World();
  const stream = world.openSession();
  const call = world.call({ kind: 'lock', request: { kind: 'lockAcquire', name: 'lock', wait: false } }, 5_000);
  world.answer(last(stream), { kind: 'lock', state: 'refused', token: 0 });
  expect(world.settlement(call)).toEqual({ type: 'lockRefused' });
});

test('after a reconnect the service is asked for every acquisition that is waited for', () => {
  const { world, call } = queued();
  world.break();
  const stream = world.welcome();
  expect(stream.grantQueries).toEqual([{ sessionId: 7, generation: 1, sequence: 2, name: 'lock' }]);
  world.grant(2, 'held', 55);
  expect(world.settlement(call)).toEqual({ type: 'lockHeld', token: 55 });
});

test('an acquisition whose answer was lost is sent again, and asked for, since that answer may be old', () => {
  const world = new World();
  const first = world.openSession();
  const call = world.lock();
  const [before] = first.newOperationBytes();
  world.break();
  const second = world.welcome();
  expect(second.newOperationBytes()).toEqual([before]);
  expect(second.grantQueries).toEqual([]);
  world.answer(decodeOperation(before!), { kind: 'lock', state: 'queued', token: 0 });
  expect(second.grantQueries).toMatchObject([{ sequence: 2 }]);
  world.grant(2, 'held', 55);
  expect(world.settlement(call)).toEqual({ type: 'lockHeld', token: 55 });
});

test('lost news of a grant delays a lock, and does not lose it', () => {
  const { world, stream } = queued();
  world.answering = true;
  world.advance(5_100);
  expect(stream.grantQueries).toHaveLength(1);
});

test('a node that has not applied the acquisition yet cannot say that it is gone', () => {
  const { world, stream, call } = queued();
  world.grant(2, 'gone', 0, 50);
  expect(world.settlement(call)).toBeUndefined();
  world.advance(200);
  expect(stream.grantQueries).toHaveLength(1);
  world.grant(2, 'held', 55);
  expect(world.settlement(call)).toEqual({ type: 'lockHeld', token: 55 });
});

test('an acquisition that is surely gone means that the session is over', () => {
  const { world, call } = queued();
  world.grant(2, 'gone');
  expect(world.verdict(call)).toBe('SESSION_EXPIRED unknown');
  expect(world.core.session().state).toBe('expired');
});

test('a timeout is reported only once the place has been given up', () => {
  const { world, stream, call } = queued(1_000);
  world.advance(1_500);
  expect(world.settlement(call)).toBeUndefined();
  const cancel = last(stream);
  expect(cancel.body).toEqual({ kind: 'lockCancel', name: 'lock', sequence: 2 });
  world.answer(cancel, { kind: 'lockCancelled', state: 'withdrawn' });
  expect(world.verdict(call)).toBe('LOCK_TIMEOUT not-applied');
});

test('a grant for an acquisition that is being given up is not taken: the cancel releases it', () => {
  const { world, stream, call } = queued(1_000);
  world.advance(1_000);
  const cancel = last(stream);
  world.grant(2, 'held', 55);
  expect(world.settlement(call)).toBeUndefined();
  expect(world.core.lock(call).held).toBe(false);
  world.answer(cancel, { kind: 'lockCancelled', state: 'released' });
  expect(world.verdict(call)).toBe('LOCK_TIMEOUT not-applied');
});

test('the same for an acquisition that was not even answered', () => {
  const world = new World();
  const stream = world.openSession();
  const call = world.lock('lock', 1_000);
  const acquire = last(stream);
  world.advance(1_000);
  const cancel = last(stream);
  expect(cancel.body).toEqual({ kind: 'lockCancel', name: 'lock', sequence: 2 });
  world.answer(acquire, { kind: 'lock', state: 'held', token: 44 });
  expect(world.settlement(call)).toBeUndefined();
  world.answer(cancel, { kind: 'lockCancelled', state: 'released' });
  expect(world.verdict(call)).toBe('LOCK_TIMEOUT not-applied');
});

test('an acquisition that never left the process needs no giving up', () => {
  const world = new World();
  world.openSession();
  world.break();
  const call = world.lock('lock', 200);
  world.advance(200);
  expect(world.verdict(call)).toBe('LOCK_TIMEOUT not-applied');
  expect(kinds(world.welcome().newOperations())).toEqual([]);
});

test('the cancel survives a reconnect', () => {
  const { world, call } = queued(1_000);
  world.advance(1_000);
  world.break();
  const stream = world.welcome();
  const cancel = last(stream);
  expect(cancel.body.kind).toBe('lockCancel');
  expect(stream.grantQueries).toEqual([]);
  world.answer(cancel, { kind: 'lockCancelled', state: 'absent' });
  expect(world.verdict(call)).toBe('LOCK_TIMEOUT not-applied');
});

test('if the place cannot be given up before the session ends, the end of the session is the error', () => {
  const { world, call } = queued(1_000);
  world.break();
  world.advance(ttlMs);
  expect(world.verdict(call)).toBe('SESSION_EXPIRED unknown');
});

test('an aborted acquisition waits a second for its place to be given up', () => {
  const { world, stream, call } = queued();
  world.give({ type: 'cancel', callId: call });
  const cancel = last(stream);
  world.answer(cancel, { kind: 'lockCancelled', state: 'withdrawn' });
  expect(world.verdict(call)).toBe('ABORTED not-applied');

  const other = queued();
  other.world.give({ type: 'cancel', callId: other.call });
  other.world.advance(999);
  expect(other.world.settlement(other.call)).toBeUndefined();
  other.world.advance(1);
  expect(other.world.verdict(other.call)).toBe('ABORTED unknown');
});

test('an abort after the grant ends nothing', () => {
  const { world, call } = held();
  world.give({ type: 'cancel', callId: call });
  expect(world.core.lock(call).held).toBe(true);
});

test('a release is a command, and the lock is not held from the call on', () => {
  const { world, stream, call } = held();
  const release = world.call({ kind: 'release', lockId: call }, 5_000);
  expect(world.core.lock(call).held).toBe(false);
  const operation = last(stream);
  expect(operation.body).toEqual({ kind: 'lockRelease', name: 'lock', sequence: 2 });
  world.answer(operation, { kind: 'lockReleased', released: true });
  expect(world.settlement(release)).toEqual({ type: 'lockReleased', released: true });
});

test('the end of the session loses the lock, and its release is no error', () => {
  const { world, call } = held();
  const releasing = held();
  const release = releasing.world.call({ kind: 'release', lockId: releasing.call }, 60_000);
  for (const each of [world, releasing.world]) {
    each.break();
    each.advance(ttlMs);
  }
  expect(world.ofType('lockLost')).toEqual([{ type: 'lockLost', lockId: call }]);
  expect(world.core.lock(call)).toEqual({ held: false, remainingMs: 0 });
  const late = world.call({ kind: 'release', lockId: call });
  expect(world.settlement(late)).toEqual({ type: 'lockReleased', released: false });
  expect(releasing.world.settlement(release)).toEqual({ type: 'lockReleased', released: false });
  expect(releasing.world.ofType('lockLost')).toEqual([]);
});

test('a release that nobody waits for any longer is carried on', () => {
  const { world, call } = held();
  const release = world.call({ kind: 'release', lockId: call }, 1_000);
  world.break();
  world.advance(1_000);
  expect(world.verdict(release)).toBe('TIMEOUT unknown');
  expect(last(world.welcome()).body.kind).toBe('lockRelease');
});

test('places in queues are lost with the session', () => {
  const { world, call } = queued();
  world.keepAliveAnswer(1, [], [7]);
  expect(world.verdict(call)).toBe('SESSION_EXPIRED unknown');
});

test('an operator takes a lock away: one that is held is lost, one whose grant was not heard of yet fails', () => {
  const { world, call } = held();
  world.grant(2, 'ended', 0, 1);
  expect(world.core.lock(call).held).toBe(true);
  world.grant(2, 'ended');
  expect(world.core.lock(call).held).toBe(false);
  expect(lostLocks(world)).toEqual([call]);
  const waiting = queued();
  waiting.world.grant(2, 'ended');
  expect(waiting.world.failure(waiting.call)).toMatchObject({ code: 'LOCK_LOST', outcome: 'unknown' });
  expect(waiting.world.core.session().state).toBe('active');
});

test('after a reconnect the service is asked also for what is held, since an operator may have taken it away', () => {
  const { world } = held();
  world.break();
  expect(world.welcome().grantQueries).toMatchObject([{ sequence: 2, name: 'lock' }]);
  world.grant(2, 'held', 55);
  expect(lostLocks(world)).toEqual([]);
  world.grant(2, 'ended');
  expect(lostLocks(world)).toHaveLength(1);
});

test('a note is set while the lock is held, and its loss meanwhile is told', () => {
  const { world, stream, call } = held();
  const note = new Uint8Array([1]);
  const setting = world.call({ kind: 'setNote', lockId: call, note }, 5_000);
  const operation = last(stream);
  expect(operation.body).toEqual({ kind: 'lockSetNote', name: 'lock', sequence: 2, note });
  world.answer(operation, { kind: 'lockNoted', noted: true });
  expect(world.settlement(setting)).toEqual({ type: 'noteSet' });
  const again = world.call({ kind: 'setNote', lockId: call, note }, 5_000);
  world.answer(last(stream), { kind: 'lockNoted', noted: false });
  expect(world.failure(again)).toMatchObject({ code: 'LOCK_LOST', outcome: 'not-applied' });
  // Whoever says so knows that it is over.
  expect(lostLocks(world)).toEqual([call]);
  const late = world.call({ kind: 'setNote', lockId: call, note }, 5_000);
  expect(world.failure(late)).toMatchObject({ code: 'LOCK_LOST', outcome: 'not-applied' });
  const large = world.call({ kind: 'setNote', lockId: call, note: new Uint8Array(4097) }, 5_000);
  expect(world.failure(large)).toMatchObject({ code: 'VALUE_TOO_LARGE', outcome: 'not-applied' });
});

test('a grant of which an old answer tells is asked for: an operator may have taken it away meanwhile', () => {
  const world = new World();
  const first = world.openSession();
  const call = world.lock();
  const [before] = first.newOperationBytes();
  world.break();
  const second = world.welcome();
  world.answer(decodeOperation(before!), { kind: 'lock', state: 'held', token: 44 });
  expect(world.settlement(call)).toEqual({ type: 'lockHeld', token: 44 });
  expect(second.grantQueries).toMatchObject([{ sequence: 2 }]);
  world.grant(2, 'ended');
  expect(lostLocks(world)).toEqual([call]);
});
