import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Acquisition, LockRequest } from '../../src/machine/acquisition.ts';
import { Counters } from '../../src/machine/counters.ts';
import { RecordHasher, recordKind, StateHash } from '../../src/machine/hash.ts';
import { History } from '../../src/machine/history.ts';
import { noSession } from '../../src/machine/key-owners.ts';
import { Keyspace } from '../../src/machine/keyspace.ts';
import { type Closure, Lock } from '../../src/machine/lock.ts';
import { Locks } from '../../src/machine/locks.ts';
import { CounterEvent, LockEvent, type ObjectEvent, SessionEvent } from '../../src/machine/object-event.ts';
import { Sessions } from '../../src/machine/sessions.ts';
import { plainSession } from '../../src/testing/plain-session.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import type { WireSessionEvent } from '../../src/wire/watch.ts';
import { bytes, TestMachine } from './harness.ts';

const revision = (number: number): Revision => number as Revision;
const session = (number: number): SessionId => number as SessionId;
const sequence = (number: number): Sequence => number as Sequence;
const sums = ({ hashA, hashB }: StateHash): readonly number[] => [hashA, hashB];

const exclusive = (name: string): LockRequest => ({
  names: [name],
  mode: 'exclusive',
  permits: 0,
  delayMs: 0,
  note: new Uint8Array(),
});

describe('damage in memory is found by making the hash anew', () => {
  test('in a value', () => {
    const machine = new TestMachine();
    machine.open().put('k', 'value');
    machine.machine.verify();
    (machine.get('k')?.value as Uint8Array)[2] = 0;
    expect(() => machine.machine.verify()).toThrow('running hash');
  });

  test('in a value of the past', () => {
    const machine = new TestMachine();
    const client = machine.open();
    client.put('k', 'value');
    const past = machine.get('k')?.value as Uint8Array;
    client.delete('k');
    machine.machine.verify();
    past[0] = 0;
    expect(() => machine.machine.verify()).toThrow('running hash');
  });

  test('in a remembered result', () => {
    const machine = new TestMachine();
    const client = machine.open();
    const operation = client.operation({ kind: 'counterAdd', name: 'c', count: 1 });
    machine.apply(operation);
    const result = operation.command && machine.machine.rememberedResult(operation.command);
    (result as Uint8Array)[1] = 77;
    expect(() => machine.machine.verify()).toThrow('running hash');
  });

  test.each(['generation', 'ttlMs'] as const)("in a session's %s", (field) => {
    const machine = new TestMachine();
    const view = machine.machine.session(machine.open().id) as { generation: number; ttlMs: number };
    view[field] += 1;
    expect(() => machine.machine.verify()).toThrow('running hash');
  });
});

describe('each part of a record counts', () => {
  const differ = (variants: readonly ((hash: StateHash) => void)[]): void => {
    const seen = variants.map((variant) => {
      const hash = new StateHash();
      variant(hash);
      return sums(hash).join();
    });
    expect(new Set(seen).size).toBe(variants.length);
    for (const lane of [0, 1]) expect(new Set(seen.map((sum) => sum.split(',')[lane])).size).toBe(variants.length);
  };

  test('of keys', () => {
    const write =
      (key: string, value: string, owner = 0, puts = 1, skipped = 0) =>
      (hash: StateHash): void => {
        const history = new History();
        const keyspace = new Keyspace(history, hash, crc32);
        for (let count = 0; count < skipped; count++) history.advance();
        for (let count = 0; count < puts; count++) {
          history.advance();
          keyspace.commit([{ key, value: bytes(value), sessionId: session(owner), recreated: false }]);
        }
        keyspace.compact(history.revision);
      };
    differ([write('k', 'v'), write('kv', ''), write('k', 'w'), write('k', 'vv'), write('k', 'v', 9)]);
    differ([write('k', 'v', 0, 2), write('k', 'v', 0, 1, 1), write('k', 'v', 0, 3), write('k', 'v')]);
  });

  test('of keys that differ in nothing but their creation', () => {
    const write =
      (created: number) =>
      (hash: StateHash): void => {
        const history = new History();
        const keyspace = new Keyspace(history, hash, crc32);
        for (const at of [1, 2, 3]) {
          history.advance();
          if (at !== created && at !== 3) continue;
          keyspace.commit([{ key: 'k', value: bytes('v'), sessionId: noSession, recreated: false }]);
        }
        keyspace.compact(history.revision);
      };
    differ([write(1), write(2)]);
  });

  test('of a version that only reads at the floor still see', () => {
    const machines = ['x', 'y'].map((old) => {
      const machine = new TestMachine();
      const client = machine.open();
      client.put('k', old);
      client.put('k', 'new');
      machine.compact(2);
      expect(machine.value('k', 2)).toBe(old);
      return machine.machine;
    });
    expect(new Set(machines.map(({ hash }) => hash)).size).toBe(2);
    expect(new Set(machines.map((machine) => machine.encode().join())).size).toBe(2);
  });

  test('of deletions that are still in sight', () => {
    const history = new History();
    const hash = new StateHash();
    const keyspace = new Keyspace(history, hash, crc32);
    history.advance();
    keyspace.commit([{ key: 'k', value: bytes('v'), sessionId: noSession, recreated: false }]);
    const before = sums(hash);
    history.advance();
    keyspace.commit([{ key: 'k', value: undefined, sessionId: noSession, recreated: false }]);
    expect(sums(hash)).not.toEqual(before);
    keyspace.compact(revision(2));
    expect(sums(hash)).toEqual([0, 0]);
  });

  test('of sessions and their results', () => {
    const open =
      (id: number, ttlMs: number, name: string, acknowledged: number, ...results: string[]) =>
      (hash: StateHash): void => {
        const sessions = new Sessions(hash, crc32);
        const opened = sessions.open(session(id), { ttlMs, name, ...plainSession });
        for (const result of results) sessions.take(opened, 0, bytes(result));
        if (acknowledged > 0) sessions.take(opened, acknowledged, bytes('last'));
      };
    differ([
      open(1, 100, 'n', 0),
      open(2, 100, 'n', 0),
      open(1, 101, 'n', 0),
      open(1, 100, 'm', 0),
      open(1, 100, 'n', 0, 'a'),
      open(1, 100, 'n', 0, 'a', 'b'),
      open(1, 100, 'n', 0, 'b', 'a'),
      open(1, 100, 'n', 1, 'a', 'b'),
      open(1, 100, 'n', 2, 'a', 'b'),
    ]);
  });

  test('of locks, with the order of their queues', () => {
    const ask =
      (...asked: [name: string, sessionId: number, sequence: number, rest?: Partial<LockRequest>][]) =>
      (hash: StateHash): void => {
        const locks = new Locks(hash, crc32);
        asked.forEach(([name, id, number, rest], index) => {
          locks.acquire({ ...exclusive(name), ...rest }, session(id), sequence(number), revision(index + 1));
        });
      };
    const closed =
      (delayMs: number, since: number) =>
      (hash: StateHash): void => {
        const locks = new Locks(hash, crc32);
        locks.acquire({ ...exclusive('l'), delayMs }, session(1), sequence(1), revision(1));
        locks.delayHeld(session(1), revision(since));
        locks.endSession(session(1), revision(since));
      };
    differ([
      ask(['l', 1, 1]),
      ask(['m', 1, 1]),
      ask(['l', 2, 1]),
      ask(['l', 1, 2]),
      ask(['l', 1, 1], ['l', 2, 1]),
      ask(['l', 1, 1], ['m', 2, 1]),
      ask(['l', 1, 1], ['l', 2, 1], ['l', 3, 1]),
      ask(['l', 1, 1], ['l', 3, 1], ['l', 2, 1]),
      ask(['l', 1, 1, { mode: 'shared' }]),
      ask(['l', 1, 1, { mode: 'permit', permits: 1 }]),
      ask(['l', 1, 1, { mode: 'permit', permits: 2 }]),
      ask(['l', 1, 1, { names: ['l', 'm'] }]),
      ask(['l', 1, 1, { delayMs: 1 }]),
      ask(['l', 1, 1, { note: bytes('n') }]),
      closed(5, 2),
      closed(6, 2),
      closed(5, 3),
    ]);
  });

  test('of events of locks, counters and sessions, in each of their fields', () => {
    const holder = {
      ...exclusive('l'),
      hashA: 0,
      hashB: 0,
      sessionId: session(1),
      sequence: sequence(1),
      token: 2,
      askedRevision: revision(1),
      note: bytes('n'),
    };
    const lockOf = (
      holders: readonly Partial<Acquisition>[],
      waiters = 0,
      closure?: Partial<Closure>,
      name = 'l',
    ): ObjectEvent => {
      const lock = new Lock(name);
      for (const [at, part] of holders.entries()) {
        lock.holders.add({ ...holder, askedRevision: revision(1 + at), ...part });
      }
      for (let at = 1; at <= waiters; at++) lock.enqueue({ ...holder, token: 0, askedRevision: revision(at) });
      lock.closure = closure && { hashA: 0, hashB: 0, name, sinceRevision: revision(1), delayMs: 1, ...closure };
      return LockEvent.of(revision(3), name, lock);
    };
    const opened = { type: 'session', change: 'opened', sessionId: session(1), name: 'n', ttlMs: 100 } as const;
    const sessionOf = (rest: Partial<WireSessionEvent>) => new SessionEvent(revision(3), { ...opened, ...rest });
    const counterOf = (name: string, value: bigint, previous: bigint, at = 3) =>
      new CounterEvent(revision(at), name, value, previous);
    const events = [
      lockOf([]),
      lockOf([], 0, undefined, 'm'),
      lockOf([], 1),
      lockOf([], 0, {}),
      lockOf([], 0, { sinceRevision: revision(2) }),
      lockOf([], 0, { delayMs: 2 }),
      lockOf([{}]),
      lockOf([{}, {}]),
      lockOf([{}, { sessionId: session(2) }]),
      lockOf([{ sessionId: session(2) }]),
      lockOf([{ sequence: sequence(2) }]),
      lockOf([{ token: 3 }]),
      lockOf([{ mode: 'shared' }]),
      lockOf([{ askedRevision: revision(2) }]),
      lockOf([{ note: bytes('m') }]),
      lockOf([{ note: bytes('') }]),
      counterOf('n', 1n, 0n),
      counterOf('n', 1n, 0n, 4),
      counterOf('m', 1n, 0n),
      counterOf('n', 2n, 0n),
      counterOf('n', 1n, -1n),
      sessionOf({}),
      sessionOf({ change: 'closed' }),
      sessionOf({ change: 'expired' }),
      sessionOf({ sessionId: session(2) }),
      sessionOf({ name: 'm' }),
      sessionOf({ ttlMs: 101 }),
      new SessionEvent(revision(4), opened),
      LockEvent.of(revision(4), 'l', undefined),
    ];
    differ(events.map((event) => (hash: StateHash) => event.hash(crc32, hash)));
  });

  test('of counters', () => {
    const set =
      (name: string, value: bigint) =>
      (hash: StateHash): void =>
        new Counters(hash).set(name, value);
    differ([
      set('c', 1n),
      set('d', 1n),
      set('c', 2n),
      set('c', -1n),
      set('c', 2n ** 32n),
      set('c', 2n ** 62n),
      set('c', 0n),
    ]);
  });
});

test('whatever is added and taken away again is gone without a trace', () => {
  const machine = new TestMachine();
  const lasting = machine.open();
  lasting.put('k');
  const hash = new StateHash();
  const locks = new Locks(hash, crc32);
  const counters = new Counters(hash);
  const sessions = new Sessions(hash, crc32);
  const opened = sessions.open(session(1), { ttlMs: 100, name: 'n', ...plainSession });
  sessions.take(opened, 0, bytes('result'));
  locks.acquire({ ...exclusive('l'), delayMs: 5 }, session(1), sequence(1), revision(2));
  const waiting = locks.acquire(exclusive('l'), session(2), sequence(1), revision(3));
  locks.setNote(waiting, bytes('n'));
  locks.delayHeld(session(1), revision(4));
  counters.set('c', 5n);
  expect(sums(hash)).not.toEqual([0, 0]);
  locks.endSession(session(1), revision(4));
  locks.endDelay('l', revision(4), () => revision(5));
  locks.endSession(session(2), revision(6));
  sessions.end(opened, 'closed');
  counters.set('c', 0n);
  expect(sums(hash)).toEqual([0, 0]);
});

function hashOf(write: (hasher: RecordHasher) => void): readonly number[] {
  const into = new StateHash();
  const hasher = new RecordHasher();
  write(hasher.begin(recordKind.counter));
  hasher.finish(into);
  return sums(into);
}

test('the high bits of a number count', () => {
  const numbers = [7, 7 + 2 ** 32, 7 + 2 ** 33, 7 + 2 ** 52];
  const hashes = numbers.map((number) => hashOf((hasher) => hasher.integer(number)).join());
  expect(new Set(hashes).size).toBe(numbers.length);
});

test('texts have 64 bits between them: among 200,000 no two meet', () => {
  const hashes = new Set<string>();
  for (let index = 0; index < 200_000; index++) {
    const name = ((index * 2_654_435_761) % 2 ** 32).toString(36).padStart(7, '0');
    hashes.add(hashOf((hasher) => hasher.text(name)).join());
  }
  expect(hashes.size).toBe(200_000);
});

test('records that differ in any field differ in both lanes', () => {
  const field = fc.oneof(
    fc.nat(),
    fc.maxSafeNat(),
    fc.string({ maxLength: 5 }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  );
  const hash = (fields: readonly (number | string | bigint)[]): readonly number[] =>
    hashOf((hasher) => {
      for (const value of fields) {
        if (typeof value === 'number') hasher.integer(value);
        else if (typeof value === 'string') hasher.text(value);
        else hasher.bits64(value);
      }
    });
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), fc.nat(), field, (fields, at, other) => {
      const index = at % fields.length;
      fc.pre(typeof fields[index] === typeof other && fields[index] !== other);
      const before = hash(fields);
      const after = hash(fields.with(index, other));
      expect(after[0]).not.toBe(before[0]);
      expect(after[1]).not.toBe(before[1]);
    }),
    { numRuns: 500 },
  );
});

test('secret, metadata and the last resumption of a session count', () => {
  const opened = (secret: string, value: string, ...nonces: bigint[]): string => {
    const hash = new StateHash();
    const sessions = new Sessions(hash, crc32);
    const metadata = [{ name: 'n', value }];
    const terms = { ttlMs: 100, name: '', secret: bytes(secret), metadata };
    const one = sessions.open(session(1), terms);
    for (const nonce of nonces) sessions.resume(one, nonce);
    return sums(hash).join();
  };
  const all = [
    opened('s', 'v'),
    opened('t', 'v'),
    opened('s', 'w'),
    opened('s', 'v', 1n),
    opened('s', 'v', 2n),
    opened('s', 'v', 2n, 1n),
  ];
  expect(new Set(all).size).toBe(all.length);
});
