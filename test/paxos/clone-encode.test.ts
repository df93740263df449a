import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloneData, encodeCanonically } from '../../src/paxos/canonical.ts';
import type { PaxosEffect } from '../../src/paxos/effects.ts';
import { Paxos } from '../../src/paxos/paxos.ts';
import { accept, heartbeat, incarnationOf, n1, n2, n3, prepare, recordOf, vote, votingMember } from './node.ts';
import { runSchedule } from './schedule.ts';

/** The same inputs for any number of copies. */
function drive(paxos: Paxos): PaxosEffect[] {
  const effects: PaxosEffect[] = [];
  let monotonicMs = 1e7;
  for (const message of [heartbeat(90, n2, 1, 3), accept(90, n2, 4, 'x', 3), prepare(91, n3), heartbeat(92, n3, 1)]) {
    monotonicMs += 400;
    paxos.advance({ monotonicMs, uptimeMs: monotonicMs + 1e6 });
    paxos.onTick(effects);
    paxos.onMessage(
      message.type === 'prepare' ? n3 : n2,
      incarnationOf(message.type === 'prepare' ? n3 : n2),
      message,
      effects,
    );
    paxos.flush(effects);
  }
  return effects;
}

describe('a copy', () => {
  test('has the same text, does the same, and leaves the original alone', () => {
    for (const seed of [3, 5, 8, 13, 21]) {
      for (const { paxos } of runSchedule(seed, { faultMs: 1500 }).harness.machines) {
        const before = paxos.encode();
        const copy = paxos.clone();
        expect(copy.encode()).toBe(before);
        const first = drive(copy);
        expect(paxos.encode()).toBe(before);
        expect(copy.encode()).not.toBe(before);
        const again = paxos.clone();
        expect(drive(again)).toEqual(first);
        expect(again.encode()).toBe(copy.encode());
      }
    }
  });
});

describe('a state', () => {
  test('goes on in a node that is made of it, and is not touched by its copy', () => {
    for (const { paxos } of runSchedule(21, { faultMs: 1500 }).harness.machines) {
      const state = paxos.copyState();
      const copy = paxos.copyState();
      const made = Paxos.from(state);
      expect(made.encode()).toBe(paxos.encode());
      const effects = drive(made);
      expect(Paxos.from(state).encode()).toBe(made.encode());
      expect(Paxos.from(copy).encode()).toBe(paxos.encode());
      expect(drive(paxos)).toEqual(effects);
    }
  });
});

describe('the text of a state', () => {
  test('does not tell in which order its parts came', () => {
    const records = (slots: readonly number[]) => [
      recordOf(3, { accepted: slots.map((slot) => vote(slot, 0, n2, `v${slot}`)) }),
    ];
    expect(votingMember(n1, 3, records([1, 2, 3])).paxos.encode()).toBe(
      votingMember(n1, 3, records([3, 1, 2])).paxos.encode(),
    );
  });

  const leaf = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(undefined),
    fc.uint8Array({ maxLength: 4 }),
  );
  const { data } = fc.letrec<{ data: unknown }>((tie) => ({
    data: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('data'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 3 }), tie('data'), { maxKeys: 3 }),
      fc.array(fc.tuple(fc.integer(), tie('data')), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }).map((values) => new Set(values)),
    ),
  }));

  test('is kept by copying', () => {
    fc.assert(fc.property(data, (value) => encodeCanonically(cloneData(value)) === encodeCanonically(value)));
  });

  test('differs for different data', () => {
    const texts: unknown[] = [
      [],
      {},
      new Map(),
      new Set(),
      '',
      '[]',
      0,
      1,
      '1',
      [1],
      ['1'],
      new Map([[1, 2]]),
      { 1: 2 },
      undefined,
      null,
    ];
    texts.push(
      new Uint8Array([1]),
      new Uint8Array([1, 0]),
      [[1], 2],
      [1, [2]],
      [undefined],
      Number.POSITIVE_INFINITY,
      Number.NaN,
    );
    expect(new Set(texts.map(encodeCanonically)).size).toBe(texts.length);
  });
});
