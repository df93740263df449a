import { expect, test } from 'vitest';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { TestMachine, type TestSession } from './harness.ts';

function ballot(round: number, nodeId: string) {
  return { round, nodeId: nodeId as NodeId };
}

function expire(machine: TestMachine, session: TestSession, by: ReturnType<typeof ballot>) {
  return machine.internal({ kind: 'expireSession', sessionId: session.id, generation: 1, ballot: by }).ended;
}

test('an expiry counts only in the ballot that was opened last', () => {
  const machine = new TestMachine();
  const session = machine.open();
  machine.internal({ kind: 'openBallot', ballot: ballot(1, 'n1') });
  machine.internal({ kind: 'openBallot', ballot: ballot(2, 'n2') });
  // Chosen late: the second leader may have told the client meanwhile that its session lives.
  expect(expire(machine, session, ballot(1, 'n1'))).toEqual([]);
  expect(expire(machine, session, ballot(2, 'n1'))).toEqual([]);
  expect(expire(machine, session, ballot(2, 'n2'))).toEqual([session.id]);
});

test('a ballot that is opened late does not become the last one again', () => {
  const machine = new TestMachine();
  const session = machine.open();
  machine.internal({ kind: 'openBallot', ballot: ballot(2, 'n2') });
  machine.internal({ kind: 'openBallot', ballot: ballot(2, 'n1') });
  machine.internal({ kind: 'openBallot', ballot: ballot(1, 'n3') });
  expect(machine.machine.openBallot).toEqual(ballot(2, 'n2'));
  expect(expire(machine, session, ballot(2, 'n2'))).toEqual([session.id]);
});

test('opening a ballot is part of the state, and no revision', () => {
  const machine = new TestMachine();
  const before = { hash: machine.machine.hash, encoded: machine.machine.encode(), revision: machine.machine.revision };
  machine.internal({ kind: 'openBallot', ballot: ballot(1, 'n1') });
  expect(machine.machine.revision).toBe(before.revision);
  expect(machine.machine.hash).not.toBe(before.hash);
  expect(machine.machine.encode()).not.toEqual(before.encoded);
  expect(machine.machine.clone().hash).toBe(machine.machine.hash);
});
