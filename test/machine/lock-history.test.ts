import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReferenceModel } from '../../src/testing/checkers/reference-model.ts';
import { plainSession } from '../../src/testing/plain-session.ts';
import type { Revision, Sequence } from '../../src/wire/identifiers.ts';
import type { LockCommand, LockTerms } from '../../src/wire/lock-operation.ts';
import type { Operation } from '../../src/wire/operation.ts';
import { decodeOperation, encodeOperation } from '../../src/wire/operation-codec.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';
import { bytes, TestMachine, type TestSession } from './harness.ts';

const names = ['a', 'b', 'c'];

/** Picks among what there is when its turn comes. */
type Step =
  | {
      readonly kind: 'ask';
      readonly session: number;
      readonly wait: boolean;
      readonly terms: LockTerms;
      readonly name: string;
    }
  | { readonly kind: 'end'; readonly session: number; readonly back: number; readonly by: 'lockRelease' | 'lockCancel' }
  | { readonly kind: 'note'; readonly session: number; readonly back: number }
  | { readonly kind: 'force'; readonly session: number; readonly name: string }
  | { readonly kind: 'gone'; readonly session: number; readonly expired: boolean }
  | { readonly kind: 'endDelay'; readonly name: string };

const plain: LockTerms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: bytes('') };
const wanted: fc.Arbitrary<{ name: string; terms: LockTerms }> = fc.oneof(
  fc.record({ name: fc.constantFrom(...names), delayMs: fc.constantFrom(0, 0, 7) }).map(({ name, delayMs }) => ({
    name,
    terms: { ...plain, delayMs },
  })),
  fc.constantFrom(...names).map((name) => ({ name, terms: { ...plain, mode: 'shared' as const } })),
  fc.record({ name: fc.constantFrom(...names), permits: fc.constantFrom(1, 2, 3) }).map(({ name, permits }) => ({
    name,
    terms: { ...plain, mode: 'permit' as const, permits },
  })),
  fc.subarray(names, { minLength: 2 }).map(([name = '', ...otherNames]) => ({ name, terms: { ...plain, otherNames } })),
);
const session = fc.nat(2);
const back = fc.nat(3);
const name = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({ session, wait: fc.constantFrom(true, true, true, false), wanted })
      .map(({ wanted: { name: chosen, terms }, ...rest }) => ({ kind: 'ask' as const, ...rest, name: chosen, terms })),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      session,
      back,
      by: fc.constantFrom('lockRelease' as const, 'lockCancel' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('note' as const), session, back }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('force' as const), session, name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gone' as const), session, expired: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('endDelay' as const), name }) },
);

/** The machine beside the model that judges simulated runs. */
class Pair {
  readonly machine = new TestMachine();
  readonly model = new ReferenceModel();
  readonly sessions: TestSession[] = [];
  readonly #asked = new Map<TestSession, { readonly name: string; readonly sequence: Sequence }[]>();

  constructor() {
    for (let count = 0; count < 3; count++) this.#open(count);
  }

  take(chosen: Step): void {
    if (chosen.kind === 'endDelay') {
      const { closedSince } = this.#details(chosen.name);
      this.#apply(this.machine.operation({ kind: 'endLockDelay', name: chosen.name, sinceRevision: closedSince }));
      return;
    }
    const owner = this.sessions[chosen.session] as TestSession;
    if (chosen.kind === 'gone') this.#end(owner, chosen);
    else this.#apply(owner.operation(this.#command(owner, chosen)));
  }

  compare(): void {
    for (const each of names) {
      const details = this.#details(each);
      expect(details).toEqual(this.model.lockDetailsAt(each, this.model.revision));
      expect(this.machine.lock(each)).toEqual(this.model.lockAt(each, this.model.revision));
    }
    expect(this.machine.revision).toBe(this.model.revision);
    this.machine.machine.verify();
  }

  #command(owner: TestSession, chosen: Exclude<Step, { kind: 'gone' | 'endDelay' }>): LockCommand {
    const asked = this.#asked.get(owner) ?? [];
    switch (chosen.kind) {
      case 'ask': {
        asked.push({ name: chosen.name, sequence: (owner.sequence + 1) as Sequence });
        return { kind: 'lockAcquire', name: chosen.name, wait: chosen.wait, terms: chosen.terms };
      }
      case 'force': {
        const [holder] = this.#details(chosen.name).holders;
        return { kind: 'lockForceRelease', name: chosen.name, token: holder?.token ?? 1 };
      }
      default: {
        const one = asked[asked.length - 1 - chosen.back] ?? { name: 'a', sequence: 1 as Sequence };
        if (chosen.kind === 'note') return { kind: 'lockSetNote', ...one, note: bytes(`note ${owner.sequence}`) };
        return { kind: chosen.by, ...one };
      }
    }
  }

  #open(at: number): void {
    this.#apply(
      this.machine.operation({ kind: 'openSession', ttlMs: 1_000, name: '', nonce: BigInt(at), ...plainSession }),
    );
    const opened = [...this.machine.machine.sessions()].at(-1);
    if (opened === undefined) throw new Error('no session was opened');
    const session = this.machine.adopt(opened.id);
    this.sessions[at] = session;
    this.#asked.set(session, []);
  }

  #end(owner: TestSession, { session: at, expired }: Extract<Step, { kind: 'gone' }>): void {
    const ballot = { round: 0, nodeId: '' } as const;
    const expiry = { kind: 'expireSession', sessionId: owner.id, generation: 1, ballot } as const;
    this.#apply(expired ? this.machine.operation(expiry) : owner.operation({ kind: 'closeSession' }));
    this.#open(at);
  }

  #apply(operation: Operation): void {
    const result = this.machine.apply(operation).operations[0]?.result;
    // The model gets what travels.
    const expected = this.model.apply(decodeOperation(encodeOperation(operation)), 1, 0);
    if (result !== undefined) expect(decodeResult(result).body).toEqual(expected.result);
  }

  #details(each: string) {
    const found = this.machine.read({ kind: 'lockInspect', name: each, consistency: 'stale', limit: 0 });
    if (found.kind !== 'lockDetails') throw new Error(found.kind);
    return found;
  }
}

test('locks of all kinds do what the model does, and whoever could hold never waits', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
      const pair = new Pair();
      for (const each of steps) {
        pair.take(each);
        pair.compare();
      }
      const { machine } = pair.machine;
      const copy = machine.clone();
      copy.verify();
      expect(copy.encode()).toEqual(machine.encode());
      expect(copy.hash).toBe(machine.hash);
    }),
    { numRuns: 150 },
  );
});

test('a revision of zero closes nothing', () => {
  const machine = new TestMachine();
  const { delaysEnded } = machine.internal({ kind: 'endLockDelay', name: 'a', sinceRevision: 0 as Revision });
  expect(delaysEnded).toEqual([]);
});
