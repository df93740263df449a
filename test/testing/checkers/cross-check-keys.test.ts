import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crossCheckReport } from '../../../src/testing/checkers/cross-check/cross-check.ts';
import type { History, OperationOutcome, OperationRecord } from '../../../src/testing/checkers/history.ts';
import {
  type CallDraws,
  keyspaceCommand,
  keyspaceRead,
} from '../../../src/testing/simulation/clients/keyspace-workload.ts';
import type { KeyspaceKind } from '../../../src/testing/simulation/config.ts';
import { RandomStream } from '../../../src/testing/simulation/prng.ts';
import { emptyBytes, utf8Bytes } from '../../../src/wire/bytes.ts';
import type { Revision, Sequence } from '../../../src/wire/identifiers.ts';
import type { CommandBody, PutCommand, ReadBody, Transaction } from '../../../src/wire/operation.ts';
import type { Result, ResultBody } from '../../../src/wire/result.ts';
import { decodeResult, encodeResult } from '../../../src/wire/result-codec.ts';
import { TestMachine, type TestSession } from '../../machine/harness.ts';

const kinds: readonly KeyspaceKind[] = [
  'nestedTransaction',
  'nestedTransaction',
  'putIfAbsent',
  'putIfUnchanged',
  'deleteIfUnchanged',
  'createSequential',
  'compactHistory',
  'count',
  'rangeDescending',
  'rangeDescending',
];

/** What clients saw of a state machine: each call takes effect at one moment within it; some are never answered, some never arrive. */
class RandomHistory {
  readonly operations: OperationRecord[] = [];
  readonly #machine = new TestMachine();
  readonly #stream: RandomStream;
  readonly #unanswered: number;
  #session: TestSession;
  #values = 0;
  #nowUs = 1_000;

  constructor(seed: number, calls: number, unanswered: number) {
    this.#stream = new RandomStream(seed);
    this.#unanswered = unanswered;
    this.#session = this.#machine.open();
    for (let call = 0; call < calls; call++) this.#call();
  }

  #call(): void {
    const stream = this.#stream;
    this.#nowUs += 10;
    if (stream.chance(0.03)) {
      this.#command({ kind: 'closeSession' });
      this.#session = this.#machine.open();
    } else if (stream.chance(0.4)) {
      this.#plain();
    } else {
      const kind = stream.pick(kinds);
      if (kind === 'count' || kind === 'rangeDescending') {
        this.#read(keyspaceRead(kind, this.#draws()));
      } else {
        const body = keyspaceCommand(kind, this.#draws());
        if (body !== undefined) this.#command(body);
      }
    }
  }

  #plain(): void {
    const draws = this.#draws();
    const newest = { revision: 0 as Revision, consistency: 'linearizable' } as const;
    if (this.#stream.chance(0.3)) {
      const ephemeral = this.#stream.chance(0.3);
      this.#command({ kind: 'put', key: draws.key(), value: draws.value(), ephemeral });
    } else if (this.#stream.chance(0.2)) {
      this.#command({ kind: 'delete', key: draws.key() });
    } else if (this.#stream.chance(0.5)) {
      this.#read({ kind: 'get', key: draws.key(), ...newest });
    } else {
      const keysOnly = this.#stream.chance(0.3) && ({ keysOnly: true } as const);
      const limit = this.#stream.between(0, 2);
      this.#read({ kind: 'range', range: draws.range(), ...newest, limit, ...keysOnly });
    }
  }

  #command(body: CommandBody): void {
    const unanswered = body.kind !== 'closeSession' && this.#stream.chance(this.#unanswered);
    // What never arrives takes no number: in the world, it is filled.
    if (unanswered && this.#stream.chance(0.5)) {
      this.#record(body, this.#session.sequence + 1_000, undefined);
      return;
    }
    const result = this.#machine.result(this.#session.operation(body));
    this.#session.acknowledged = this.#session.sequence;
    this.#record(body, this.#session.sequence, unanswered ? undefined : result);
  }

  #read(body: ReadBody): void {
    const answer = this.#machine.read(body);
    if (answer.kind === 'error') return;
    const asked = 'revision' in body ? body.revision : 0;
    const revision = (asked === 0 ? this.#machine.revision : asked) as Revision;
    // As a client has it: what the machine shows is seen until it changes.
    this.#record(body, undefined, decodeResult(encodeResult({ requestId: 1, revision, body: answer })));
  }

  #record(body: CommandBody | ReadBody, sequence: number | undefined, result: Result | undefined): void {
    const callUs = this.#nowUs - this.#stream.between(0, 40);
    const returnUs = this.#nowUs + this.#stream.between(0, 40);
    const outcome: OperationOutcome =
      result === undefined
        ? { kind: 'unknown' }
        : { kind: 'done', returnUs, revision: result.revision, body: result.body };
    const command =
      sequence === undefined
        ? undefined
        : { sessionId: this.#session.id, generation: 1, sequence: sequence as Sequence };
    this.operations.push({ client: 'c', body, command, callUs, seenRevision: 0, outcome });
  }

  #draws(): CallDraws {
    const stream = this.#stream;
    return {
      stream,
      seenRevision: this.#machine.revision,
      sessionId: this.#session.id,
      key: () => utf8Bytes(`k/${stream.between(1, 2)}`),
      value: () => {
        this.#values += 1;
        return utf8Bytes(`c${stream.between(1, 3)}:${this.#values}`);
      },
      range: () => ({ from: utf8Bytes('k/'), to: stream.chance(0.5) ? 'unbounded' : utf8Bytes('k/2') }),
      counter: () => 'n',
    };
  }
}

function historyOf(operations: readonly OperationRecord[]): History {
  return { operations, watches: [], sessions: [], holds: [], grants: [], fencedWrites: [] };
}

function findings(operations: readonly OperationRecord[]): readonly string[] {
  return crossCheckReport(historyOf(operations)).findings.map(({ check }) => check);
}

test('nothing is found in what a service without a fault has done, whatever was never answered', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(0, 0.05, 0.2), (seed, unanswered) => {
      const { operations } = new RandomHistory(seed, 120, unanswered);
      expect(crossCheckReport(historyOf(operations)).findings).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

/** A faultless history, of one call after the other, in which each test makes one answer false. */
class Told {
  readonly operations: OperationRecord[] = [];
  readonly machine = new TestMachine();
  readonly #session = this.machine.open();

  command(body: CommandBody): OperationRecord {
    return this.#add(body, this.machine.result(this.#session.operation(body)));
  }

  read(body: ReadBody): OperationRecord {
    const answer = { requestId: 1, revision: this.machine.revision as Revision, body: this.machine.read(body) };
    return this.#add(body, answer);
  }

  #add(body: CommandBody | ReadBody, { revision, body: answer }: Result): OperationRecord {
    const callUs = this.operations.length * 10;
    const outcome = { kind: 'done', returnUs: callUs + 5, revision, body: answer } as const;
    const command = { sessionId: this.#session.id, generation: 1, sequence: this.#session.sequence as Sequence };
    const record: OperationRecord = { client: 'c', body, command, callUs, seenRevision: 0, outcome };
    this.operations.push(record);
    return record;
  }
}

const key = utf8Bytes;
const newest = { revision: 0 as Revision, consistency: 'linearizable' } as const;
const everything = { from: key('a'), to: 'unbounded' } as const;
const write = (name: string, value: string): PutCommand => ({
  kind: 'put',
  key: key(name),
  value: key(value),
  ephemeral: false,
});
const nested = (): Transaction => ({
  kind: 'transaction',
  if: [],
  then: [
    write('a', 'outer'),
    { kind: 'transaction', if: [{ kind: 'exists', key: key('a') }], then: [write('b', 'x')], else: [write('c', 'x')] },
  ],
  else: [],
});

describe('what is false is found', () => {
  test.each<[string, CommandBody | ReadBody, ResultBody]>([
    ['a put if absent, written over a key', { ...write('a', '2'), ifAbsent: true }, { kind: 'put' }],
    ['a put if absent, refused', { ...write('b', '2'), ifAbsent: true }, { kind: 'put', refused: true }],
    ['a put over another revision', { ...write('a', '2'), ifModRevision: 1 as Revision }, { kind: 'put' }],
    ['a put that tells of nothing before it', { ...write('a', '2'), previous: true }, { kind: 'put' }],
    [
      'a delete of another revision',
      { kind: 'delete', key: key('a'), ifModRevision: 1 as Revision },
      { kind: 'delete', deleted: true },
    ],
    [
      'a branch within that was not taken',
      nested(),
      {
        kind: 'transaction',
        succeeded: true,
        results: [{ kind: 'put' }, { kind: 'transaction', succeeded: false, results: [{ kind: 'put' }] }],
      },
    ],
    ['a count of nothing', { kind: 'count', range: everything, ...newest }, { kind: 'count', count: 0 }],
    [
      'a range without the last one',
      { kind: 'range', range: everything, ...newest, limit: 0, order: 'descending' },
      { kind: 'range', entries: [], more: false },
    ],
    [
      'a range of keys without one',
      { kind: 'range', range: everything, ...newest, limit: 0, keysOnly: true },
      { kind: 'range', entries: [], more: false },
    ],
  ])('%s', (_, body, falsely) => {
    const told = new Told();
    told.command(write('a', '1'));
    const spoilt = 'consistency' in body ? told.read(body) : told.command(body);
    for (const name of ['a', 'b', 'c']) told.read({ kind: 'get', key: key(name), ...newest });
    expect(findings(told.operations)).toEqual([]);
    spoilt.outcome = { ...(spoilt.outcome as Extract<OperationOutcome, { kind: 'done' }>), body: falsely };
    expect(findings(told.operations)).toContain('linearizable key');
  });

  test('a key with the next number that comes twice', () => {
    const told = new Told();
    const body: CommandBody = { kind: 'createSequential', prefix: key('a'), value: key('1'), ephemeral: false };
    const first = told.command(body);
    const second = told.command({ ...body, value: key('2') });
    expect(findings(told.operations)).toEqual([]);
    second.outcome = first.outcome;
    expect(findings(told.operations)).toEqual(['linearizable key']);
  });

  test('a key of that kind that nobody has made; one without an answer explains it', () => {
    const told = new Told();
    const body: CommandBody = { kind: 'createSequential', prefix: key('a'), value: key('1'), ephemeral: false };
    const made = told.command(body);
    told.read({ kind: 'range', range: everything, ...newest, limit: 0 });
    expect(findings(told.operations)).toEqual([]);
    made.outcome = { kind: 'unknown' };
    expect(findings(told.operations)).toEqual([]);
    made.outcome = { kind: 'notApplied', returnUs: 5, why: 'so it was said' };
    expect(findings(told.operations)).toEqual(['linearizable key']);
  });

  test('a count of what is there is nobody’s witness, but a number of a single key is', () => {
    const told = new Told();
    told.command(write('a', '1'));
    const several = told.read({ kind: 'count', range: { from: emptyBytes, to: 'unbounded' }, ...newest });
    const single = told.read({ kind: 'count', range: { from: key('a'), to: 'single' }, ...newest });
    const { outcome } = several;
    several.outcome = {
      ...(outcome as Extract<OperationOutcome, { kind: 'done' }>),
      body: { kind: 'count', count: 9 },
    };
    expect(findings(told.operations)).toEqual([]);
    single.outcome = { ...(outcome as Extract<OperationOutcome, { kind: 'done' }>), body: { kind: 'count', count: 0 } };
    expect(findings(told.operations)).toEqual(['linearizable key']);
  });
});
