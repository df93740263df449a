import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Applied } from '../../src/machine/applied.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import type { KeyRange, Operation } from '../../src/wire/operation.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';
import type { WireObjectEvent } from '../../src/wire/watch.ts';
import { HistoryWriter, histories, type Step } from './arbitrary-history.ts';
import { bytes, TestMachine, text } from './harness.ts';
import { Model, type ModelEntry, type ModelResult } from './model.ts';

/** What the machine says, in the form of the model: byte strings as texts, of errors only the code. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return text(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('kind' in value && value.kind === 'error' && 'code' in value) return { kind: 'error', code: value.code };
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** The model's locks are exclusive, and have one holder. */
function plainEvent(event: WireObjectEvent): unknown {
  if (event.type !== 'lock') return event;
  const { name, state } = event;
  const [first] = state.holders;
  const holder = first && { sessionId: first.sessionId, sequence: first.sequence, token: first.token };
  return { type: 'lock', name, holder, waiters: state.waiterCount };
}

function entryOf(entry: object): unknown {
  const { key, value, createRevision, modRevision, version, sessionId } = entry as Record<string, unknown>;
  return plain({ key, value, createRevision, modRevision, version, sessionId });
}

/** Applies the operations to the model, one by one, as they are made; returns them with the model's answers. */
function write(model: Model, steps: readonly Step[]): { operation: Operation; expected: ModelResult | undefined }[] {
  const writer = new HistoryWriter(model);
  return steps.flatMap((chosen) => {
    const operation = writer.next(chosen);
    return operation === undefined ? [] : [{ operation, expected: model.apply(operation) }];
  });
}

/** What others may know of a session. */
function sessionInfo(
  model: Model,
  { id, generation, ttlMs }: { id: number; generation: number; ttlMs: number },
): unknown {
  const asked = [...model.locks].flatMap(([name, queue]) =>
    queue
      .filter(({ sessionId }) => sessionId === id)
      .map(({ sequence, token }) => ({ name, sequence, token, mode: 'exclusive', otherNames: [], permits: 0 })),
  );
  asked.sort((a, b) => a.sequence - b.sequence);
  return {
    sessionId: id,
    generation,
    ttlMs,
    name: 'n',
    metadata: [],
    ephemeralKeys: [...model.keys.values()].filter(({ sessionId }) => sessionId === id).length,
    held: asked.filter(({ token }) => token !== 0),
    waiting: asked.filter(({ token }) => token === 0),
    moreLocks: false,
  };
}

const ranges = [
  { from: bytes('b'), to: 'unbounded' },
  { from: bytes(''), to: bytes('b\x00') },
  { from: bytes('a'), to: bytes('c') },
  { from: bytes('c'), to: bytes('a') },
  { from: bytes('b'), to: 'single' },
] as const satisfies readonly KeyRange[];

function isIn({ from, to }: KeyRange, key: string): boolean {
  if (to === 'single') return key === text(from);
  return key >= text(from) && (to === 'unbounded' || key < text(to));
}

/** The other ways to look at one revision: backwards, without values, as a number. */
function checkReads(machine: TestMachine, revision: number, state: ReadonlyMap<string, ModelEntry>): void {
  const place = { revision: revision as Revision, consistency: 'stale' } as const;
  for (const range of ranges) {
    const keys = [...state.keys()].filter((key) => isIn(range, key)).sort();
    expect(machine.read({ kind: 'count', range, ...place })).toEqual({ kind: 'count', count: keys.length });
    const backwards = { kind: 'range', range, ...place, limit: 2, order: 'descending', keysOnly: true } as const;
    const last = keys.reverse().slice(0, 2);
    const entries = last.map((key) => ({ key, ...state.get(key), value: '' }));
    expect(plain(machine.read(backwards))).toEqual({ kind: 'range', entries, more: keys.length > 2 });
  }
}

function check(machine: TestMachine, model: Model): void {
  machine.machine.verify();
  expect(machine.revision).toBe(model.revision);
  expect(machine.machine.compactedRevision).toBe(model.floor);
  for (let revision = Math.max(model.floor, 1); revision <= model.revision; revision++) {
    const state = model.states[revision] ?? new Map();
    const body = machine.range({ from: bytes(''), to: 'unbounded' }, { revision });
    const entries = body.kind === 'range' ? body.entries.map(entryOf) : body;
    expect(entries).toEqual([...state].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => ({ key, ...entry })));
    // They take long: of the revisions between the oldest and the newest, some.
    if (revision % 6 === 0 || revision === model.floor || revision === model.revision)
      checkReads(machine, revision, state);
    for (const key of ['a', 'b\x00', 'none']) expect(machine.value(key, revision)).toBe(state.get(key)?.value);
    if (revision === model.floor) continue;
    const events = machine.machine.eventsAt(revision).map((event) => ({
      type: event.type,
      key: event.keyString,
      previous: event.previous && entryOf(event.previous),
      ...(event.type === 'put' && { entry: entryOf(event.entry) }),
    }));
    expect(events).toEqual(model.eventsAt(revision));
    expect(machine.machine.objectEventsAt(revision).map(({ event }) => plainEvent(event))).toEqual(
      model.objectEventsAt(revision),
    );
  }
  for (const name of ['l', 'm']) {
    const [holder, ...waiters] = model.locks.get(name) ?? [];
    expect(machine.lock(name)).toEqual({
      kind: 'lockState',
      holder: holder && { ...holder, mode: 'exclusive' },
      holders: holder === undefined ? 0 : 1,
      waiters: waiters.length,
      closed: false,
    });
  }
  expect(machine.counter('c')).toBe(model.counters.get('c') ?? 0n);
  expect([...machine.machine.sessions()].map(({ id }) => id)).toEqual([...model.sessions.keys()]);
  const infos = [...model.sessions.values()].map((session) => sessionInfo(model, session));
  const list = { kind: 'sessionList', after: 0 as SessionId, limit: 0, consistency: 'stale' } as const;
  expect(machine.read(list)).toEqual({ kind: 'sessionList', sessions: infos, more: false });
  for (const { id, generation, last, acknowledged, results } of model.sessions.values()) {
    const sessionId = id as SessionId;
    expect(machine.machine.session(sessionId)).toMatchObject({ generation, lastSequence: last, acknowledged });
    for (let number = 1; number <= last + 1; number++) {
      const sequence = number as Sequence;
      const remembered = machine.machine.rememberedResult({ sessionId, generation, sequence, acknowledged: 0 });
      expect(remembered && plain(decodeResult(remembered))).toEqual(results.get(number));
      for (const name of ['l', 'm']) {
        expect(machine.machine.acquisition(name, sessionId, sequence)).toEqual(model.acquisition(name, id, number));
      }
    }
  }
}

test('a machine does what the model does: results, keys of every revision, events of all kinds, locks, sessions', () => {
  fc.assert(
    fc.property(
      histories(120),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 }),
      (steps, sizes) => {
        const model = new Model();
        const written = write(model, steps);
        const machine = new TestMachine();
        const applied: Applied[] = [];
        for (let from = 0, slot = 0; from < written.length; slot++) {
          const size = sizes[slot % sizes.length] as number;
          const part = written.slice(from, from + size);
          const outcome = machine.apply(...part.map(({ operation }) => operation));
          for (const [index, { expected }] of part.entries()) {
            const { result, postponed } = outcome.operations[index] as Applied['operations'][number];
            expect(result && plain(decodeResult(result))).toEqual(expected);
            const code = expected?.body['code'];
            expect(postponed).toBe(code === 'OUT_OF_ORDER' || code === 'BUSY' ? code : undefined);
          }
          applied.push(outcome);
          from += size;
        }
        expect(applied.flatMap(({ opened }) => opened.map(({ id }) => id))).toEqual(model.opened);
        expect(applied.flatMap(({ resumed }) => resumed.map(({ id }) => id))).toEqual(model.resumed);
        expect(applied.flatMap(({ ended }) => ended)).toEqual(model.ended);
        expect(applied.flatMap(({ grants }) => grants)).toEqual(model.grants);
        check(machine, model);
      },
    ),
    { numRuns: 600 },
  );
});

test('equal states have equal hashes, and different states different ones', () => {
  const byHash = new Map<string, string>();
  const byState = new Map<string, string>();
  fc.assert(
    fc.property(histories(40), (steps) => {
      const machine = new TestMachine();
      for (const { operation } of write(new Model(), steps)) {
        machine.apply(operation);
        const state = text(machine.machine.encode());
        const { hash } = machine.machine;
        expect(byHash.get(hash) ?? state).toBe(state);
        expect(byState.get(state) ?? hash).toBe(hash);
        byHash.set(hash, state);
        byState.set(state, hash);
      }
    }),
    { numRuns: 100 },
  );
});

test('however the log is cut into slots, and whatever is cloned on the way, the state is the same', () => {
  fc.assert(
    fc.property(histories(120), fc.nat(), (steps, at) => {
      const operations = write(new Model(), steps).map(({ operation }) => operation);
      const cut = at % (operations.length + 1);
      const whole = new TestMachine();
      whole.apply(...operations);
      const first = new TestMachine();
      for (const operation of operations.slice(0, cut)) first.apply(operation);
      const copy = new TestMachine(first.machine.clone());
      copy.apply(...operations.slice(cut));
      expect(copy.machine.hash).toBe(whole.machine.hash);
      expect(copy.machine.encode()).toEqual(whole.machine.encode());
      expect(first.revision as Revision).toBeLessThanOrEqual(copy.revision);
      first.machine.verify();
      copy.machine.verify();
    }),
    { numRuns: 100 },
  );
});
