import { describe, expect, test } from 'vitest';
import type { Sequence } from '../../src/wire/identifiers.ts';
import { limits } from '../../src/wire/limits.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';
import { bytes, describeBody, get, TestMachine } from './harness.ts';

const large = new Uint8Array(limits.valueBytes);

describe('what clients ask for', () => {
  test('is bounded in bytes for a session that acknowledges nothing; acknowledging makes room', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.send({ kind: 'put', key: bytes('a'), value: large, ephemeral: false });
    const read = { kind: 'transaction', if: [], then: [get('a')], else: [] } as const;
    const outcomes: string[] = [];
    while (outcomes.at(-1) !== 'BUSY' && outcomes.length < 100) outcomes.push(describeBody(session.send(read)));
    const taken = outcomes.length - 1;
    expect(taken * limits.valueBytes).toBeLessThanOrEqual(limits.unacknowledgedResultBytes + limits.valueBytes);
    expect(taken).toBeGreaterThanOrEqual(16);
    // Its number was not taken.
    session.sequence -= 1;
    session.acknowledged = session.sequence - 1;
    expect(describeBody(session.send(read))).toBe('transaction');
    machine.machine.verify();
  });

  test('is bounded in bytes for one slot, so that no node runs out of memory', () => {
    const machine = new TestMachine();
    const writer = machine.open();
    writer.send({ kind: 'put', key: bytes('a'), value: large, ephemeral: false });
    const sessions = Array.from({ length: 10 }, () => machine.open());
    const read = { kind: 'transaction', if: [], then: [get('a')], else: [] } as const;
    const operations = sessions.flatMap((session) =>
      Array.from({ length: 15 }, () => {
        session.acknowledged = session.sequence;
        return session.operation(read);
      }),
    );
    const { operations: applied } = machine.apply(...operations);
    const total = applied.reduce((sum, { result }) => sum + (result?.length ?? 0), 0);
    expect(total).toBeLessThan(limits.slotResultBytes + 2 * limits.valueBytes);
    const outcomes = applied.map(({ result }) => result && describeBody(decodeResult(result).body));
    // Of each session those behind the first that is refused come too early.
    expect([...new Set(outcomes)]).toEqual(['transaction', 'BUSY', 'OUT_OF_ORDER']);
    expect(applied.at(-1)?.postponed).toBeDefined();
  });
});

test('a session holds or waits for no more locks than its end can free at once', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const outcomes = new Set<string>();
  for (let count = 0; count < limits.lockNamesPerSession / 50; count++) {
    const names = Array.from({ length: 50 }, (_, at) => `l${String(count * 50 + at).padStart(6, '0')}`);
    const [name = '', ...otherNames] = names;
    const terms = { mode: 'exclusive', permits: 0, otherNames, delayMs: 1, note: bytes('') } as const;
    session.acknowledged = session.sequence;
    outcomes.add(describeBody(session.send({ kind: 'lockAcquire', name, wait: true, terms })));
  }
  expect([...outcomes]).toEqual(['lock']);
  expect(describeBody(session.send({ kind: 'lockAcquire', name: 'more', wait: true }))).toBe('TOO_MANY_LOCKS');
  session.send({ kind: 'lockRelease', name: 'l000000', sequence: 1 as Sequence });
  expect(describeBody(session.send({ kind: 'lockAcquire', name: 'more', wait: true }))).toBe('lock');
  expect(machine.expire(session).delaysBegun.length).toBe(limits.lockNamesPerSession - 50);
  machine.machine.verify();
});
