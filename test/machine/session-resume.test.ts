import { expect, test } from 'vitest';
import type { Sequence } from '../../src/wire/identifiers.ts';
import type { Operation } from '../../src/wire/operation.ts';
import type { ResultBody } from '../../src/wire/result.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';
import { bytes, describeBody, expectKind, put, TestMachine, type TestSession } from './harness.ts';

const secret = bytes('0123456789abcdef');

function resumption(
  machine: TestMachine,
  { id }: TestSession,
  { generation = 1, nonce = 7n, by = secret } = {},
): Operation {
  return machine.operation({ kind: 'resumeSession', sessionId: id, generation, secret: by, nonce });
}

function resume(machine: TestMachine, session: TestSession, terms = {}): ResultBody {
  const { body } = machine.result(resumption(machine, session, terms));
  if (body.kind === 'sessionResumed') session.generation = body.generation;
  return body;
}

test('keys and locks stay, with their tokens; places in queues go; all in one revision', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  const rival = machine.open();
  session.put('e', 'v', true);
  const { token, sequence } = session.lock('held');
  rival.lock('contended');
  const place = session.lock('contended').sequence;
  rival.lock('held');
  const before = machine.revision;
  expect(resume(machine, session)).toEqual({
    kind: 'sessionResumed',
    sessionId: session.id,
    generation: 2,
    ttlMs: 10_000,
    lastSequence: place,
    locks: [{ name: 'held', sequence, token, mode: 'exclusive', otherNames: [], permits: 0 }],
    moreLocks: false,
  });
  expect(machine.revision).toBe(before + 1);
  expect(machine.get('e')?.sessionId).toBe(session.id);
  expect(machine.lock('held')).toMatchObject({ holder: { sessionId: session.id, token }, waiters: 1 });
  expect(machine.lock('contended')).toMatchObject({ holder: { sessionId: rival.id }, waiters: 0 });
  expect(session.unlock('held', sequence)).toBe(true);
  expect(machine.lock('held').holder?.sessionId).toBe(rival.id);
  machine.machine.verify();
});

test('a lock that was withdrawn is not granted later', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  const [holder, next] = [machine.open(), machine.open()];
  const { sequence } = holder.lock('l');
  session.lock('l');
  next.lock('l');
  resume(machine, session);
  const applied = machine.apply(holder.operation({ kind: 'lockRelease', name: 'l', sequence }));
  expect(applied.grants).toMatchObject([{ sessionId: next.id }]);
});

test('commands are numbered on, and those of the former generation are refused, repetitions too', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  const first = session.operation(put('a', 'first'));
  machine.apply(first);
  resume(machine, session);
  const late = session.operation(put('a', 'late'), 2, 1);
  for (const operation of [first, late]) expect(describeBody(machine.result(operation).body)).toBe('SESSION_EXPIRED');
  const { command } = first;
  expect(command && machine.machine.rememberedResult(command)).toBeUndefined();
  expect(describeBody(machine.result(session.operation(put('a', 'again'), 1)).body)).toBe('RESULT_FORGOTTEN');
  expect(describeBody(machine.result(session.operation(put('a', 'next'), 2)).body)).toBe('put');
  expect(machine.value('a')).toBe('next');
});

test('the same command again changes nothing, and has the same answer', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  session.lock('l');
  const operation = resumption(machine, session);
  const first = machine.result(operation);
  const state = machine.machine.encode();
  const applied = machine.apply(operation);
  expect(applied.resumed).toEqual([]);
  expect(decodeResult(applied.operations[0]?.result as Uint8Array)).toEqual(first);
  expect(machine.machine.encode()).toEqual(state);
});

test('a late copy of an earlier resumption leaves the present generation alone', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  const first = resumption(machine, session, { nonce: 1n });
  machine.apply(first);
  expect(resume(machine, session, { generation: 2, nonce: 2n })).toMatchObject({ generation: 3 });
  const state = machine.machine.encode();
  expect(describeBody(machine.result(first).body)).toBe('SESSION_EXPIRED');
  expect(describeBody(resume(machine, session, { generation: 1, nonce: 2n }))).toBe('SESSION_EXPIRED');
  expect(machine.machine.encode()).toEqual(state);
});

test('two that name one generation: the first takes over, and the second is told', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  expect(describeBody(resume(machine, session, { nonce: 1n }))).toBe('sessionResumed');
  expect(describeBody(resume(machine, session, { nonce: 2n }))).toBe('SESSION_EXPIRED');
  expect(machine.machine.session(session.id)?.generation).toBe(2);
});

test('without the secret nobody resumes, and a session without one is resumed by nobody', () => {
  const machine = new TestMachine();
  const [session, plain] = [machine.open({ secret }), machine.open()];
  const before = machine.machine.encode();
  expect(describeBody(resume(machine, session, { by: bytes('0123456789abcdeX') }))).toBe('INVALID_CREDENTIALS');
  expect(describeBody(resume(machine, plain))).toBe('INVALID_CREDENTIALS');
  expect(describeBody(resume(machine, plain, { by: bytes('') }))).toBe('INVALID_ARGUMENT');
  expect(machine.machine.encode()).toEqual(before);
});

test('a session that has ended is not resumed', () => {
  const machine = new TestMachine();
  const [closed, expired] = [machine.open({ secret }), machine.open({ secret })];
  closed.close();
  machine.expire(expired);
  for (const session of [closed, expired]) expect(describeBody(resume(machine, session))).toBe('SESSION_EXPIRED');
});

test('an expiry of the former generation has no effect', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  resume(machine, session);
  expect(machine.expire(session, 1).ended).toEqual([]);
  expect(machine.expire(session, 2).ended).toEqual([session.id]);
});

test('a copy of a machine goes its own way', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  session.put('a');
  const copy = new TestMachine(machine.machine.clone());
  expect(copy.machine.hash).toBe(machine.machine.hash);
  resume(copy, session);
  machine.machine.verify();
  copy.machine.verify();
  expect(machine.machine.session(session.id)?.generation).toBe(1);
  expect(copy.machine.hash).not.toBe(machine.machine.hash);
});

test('more locks than fit in an answer are not listed', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  const name = 'n'.repeat(4000);
  const count = 500;
  for (let index = 0; index < count; index++) {
    session.lock(`${name}${index}`);
    session.acknowledged = session.sequence - 1;
  }
  const { locks, moreLocks } = expectKind(resume(machine, session), 'sessionResumed');
  expect(moreLocks).toBe(true);
  expect(locks.length).toBeGreaterThan(300);
  expect(locks.map(({ sequence }) => sequence)).toEqual(locks.map((_, index) => (index + 1) as Sequence));
});

test('of several locks, shared ones and permits it is told what they are; a place that is given up lets others in', () => {
  const machine = new TestMachine();
  const session = machine.open({ secret });
  const [reader, writer] = [machine.open(), machine.open()];
  const terms = { permits: 0, otherNames: [], delayMs: 0, note: bytes('') };
  session.send({
    kind: 'lockAcquire',
    name: 'a',
    wait: true,
    terms: { ...terms, mode: 'exclusive', otherNames: ['b'] },
  });
  session.send({ kind: 'lockAcquire', name: 'p', wait: true, terms: { ...terms, mode: 'permit', permits: 3 } });
  const shared = { kind: 'lockAcquire', name: 's', wait: true, terms: { ...terms, mode: 'shared' } } as const;
  writer.send(shared);
  session.lock('s');
  const waiting = reader.operation(shared);
  machine.apply(waiting);
  const applied = machine.apply(resumption(machine, session));
  expect(applied.grants).toMatchObject([{ sessionId: reader.id, name: 's' }]);
  const { locks } = expectKind(decodeResult(applied.operations[0]?.result as Uint8Array).body, 'sessionResumed');
  expect(locks).toMatchObject([
    { name: 'a', otherNames: ['b'], mode: 'exclusive' },
    { name: 'p', mode: 'permit', permits: 3 },
  ]);
  machine.machine.verify();
});
