import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReferenceModel } from '../../../src/testing/checkers/reference-model.ts';
import { sameStructure } from '../../../src/testing/checkers/structural-equality.ts';
import type { Sequence } from '../../../src/wire/identifiers.ts';
import { limits } from '../../../src/wire/limits.ts';
import { decodeResult } from '../../../src/wire/result-codec.ts';
import { HistoryWriter, histories } from '../../machine/arbitrary-history.ts';
import { TestMachine } from '../../machine/harness.ts';
import { Model } from '../../machine/model.ts';
import { put, Scenario } from './scenario.ts';

test('what changes something raises the revision by one, what does not keeps it', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  expect(scenario.model.revision).toBe(session);
  scenario.command(session, { kind: 'delete', key: new Uint8Array([1]) });
  scenario.command(session, { kind: 'counterCompareAndSet', name: 'n', expected: 5n, value: 6n });
  expect(scenario.model.revision).toBe(session);
  scenario.command(session, put('a', '1'));
  scenario.command(session, { kind: 'counterAdd', name: 'n', count: 2 });
  expect(scenario.model.revision).toBe(session + 2);
  expect(scenario.model.counterAt('n', scenario.model.revision)).toBe(2n);
  expect(scenario.model.counterAt('n', scenario.model.revision - 1)).toBe(0n);
});

test('a command that comes again gets its first result and has no second effect', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  const counted = scenario.command(session, { kind: 'counterAdd', name: 'n', count: 1 });
  expect(scenario.repeat(counted)).toEqual(counted.result);
  expect(scenario.model.counterAt('n', scenario.model.revision)).toBe(1n);
});

test('a lock goes to who has waited longest, and its token rises', () => {
  const scenario = new Scenario();
  const [a, b, c] = [scenario.openSession(), scenario.openSession(), scenario.openSession()];
  const lockAcquire = { kind: 'lockAcquire', name: 'l', wait: true } as const;
  for (const session of [a, b, c]) scenario.command(session, lockAcquire);
  const first = scenario.model.lockAt('l', scenario.model.revision);
  scenario.command(a, { kind: 'lockRelease', name: 'l', sequence: 1 as Sequence });
  const second = scenario.model.lockAt('l', scenario.model.revision);
  expect([first.holder?.sessionId, first.waiters, second.holder?.sessionId, second.waiters]).toEqual([a, 2, b, 1]);
  expect(second.holder?.token).toBeGreaterThan(first.holder?.token ?? 0);
});

test('with a session end its keys, its locks and its places in queues, in one revision', () => {
  const scenario = new Scenario();
  const [a, b, c] = [scenario.openSession(), scenario.openSession(), scenario.openSession()];
  scenario.command(a, put('e', '1', true));
  for (const session of [a, b, c]) scenario.command(session, { kind: 'lockAcquire', name: 'l', wait: true });
  scenario.expireSession(b);
  scenario.expireSession(a);
  const { revision } = scenario.model;
  expect(scenario.model.entryAt('e', revision)).toBeUndefined();
  expect(scenario.model.events(revision)).toMatchObject([{ type: 'delete', key: 'e' }]);
  expect(scenario.model.lockAt('l', revision)).toMatchObject({ holder: { sessionId: c, token: revision }, waiters: 0 });
  expect(scenario.command(a, put('x', '1')).result).toMatchObject({ kind: 'error', code: 'SESSION_EXPIRED' });
});

test('it says of every command what the state machine says, though they share no code', () => {
  fc.assert(
    fc.property(histories(100), (steps) => {
      const plain = new Model();
      const writer = new HistoryWriter(plain);
      const machine = new TestMachine();
      const model = new ReferenceModel();
      for (const step of steps) {
        const operation = writer.next(step);
        if (operation === undefined) continue;
        plain.apply(operation);
        // What is refused for its arguments is refused before it is proposed: the model has no word for it.
        if (operation.body.kind === 'openSession' && operation.body.ttlMs < limits.sessionTtlMsLow) continue;
        const { result } = machine.apply(operation).operations[0] ?? {};
        const expected = model.apply(operation, machine.machine.appliedSlot, 0);
        expect(model.revision).toBe(machine.revision);
        if (result === undefined) continue;
        const { body } = decodeResult(result);
        if (body.kind === 'error') expect(expected.result).toMatchObject({ kind: 'error', code: body.code });
        else expect(sameStructure(expected.result, body)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
