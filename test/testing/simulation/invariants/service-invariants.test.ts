import { describe, expect, test } from 'vitest';
import { Machine } from '../../../../src/machine/machine.ts';
import { plainSession } from '../../../../src/testing/plain-session.ts';
import { Coverage } from '../../../../src/testing/simulation/coverage.ts';
import { ChosenLog } from '../../../../src/testing/simulation/invariants/chosen-log.ts';
import { Regimes } from '../../../../src/testing/simulation/invariants/regimes.ts';
import { ServiceInvariants } from '../../../../src/testing/simulation/invariants/service-invariants.ts';
import { EventQueue } from '../../../../src/testing/simulation/world/event-queue.ts';
import type { SimulatedNode } from '../../../../src/testing/simulation/world/node.ts';
import type { Ballot } from '../../../../src/wire/ballot.ts';
import { encodeBatch } from '../../../../src/wire/batch-codec.ts';
import { utf8Bytes } from '../../../../src/wire/bytes.ts';
import type { NodeId, Revision, Sequence, SessionId } from '../../../../src/wire/identifiers.ts';
import type { LockDetails } from '../../../../src/wire/lock-operation.ts';
import type { CommandId, OperationBody } from '../../../../src/wire/operation.ts';
import { encodeOperation } from '../../../../src/wire/operation-codec.ts';
import { nodeWorld } from '../support.ts';

function regimesOf(nodes: number): Regimes {
  const nodeIds = Array.from({ length: nodes }, (_, index) => `n${index + 1}` as NodeId);
  return new Regimes(nodeIds, nodes, new Coverage());
}

const session = 1 as SessionId;
const ballot = (round: number): Ballot => ({ round, nodeId: 'n1' as NodeId });

/** A log that three disks hold, and a machine that applies it under the eyes of the invariants. */
class Bench {
  readonly queue = new EventQueue();
  readonly chosen = new ChosenLog(regimesOf(3));
  readonly machine = new Machine({ checksum: () => 0 });
  readonly invariants = new ServiceInvariants({
    queue: this.queue,
    chosen: this.chosen,
    coverage: new Coverage(),
    ballotNumber: ({ round }) => round,
    drift: { boundPermille: 0, realPermille: 0 },
    isPartitioned: () => false,
  });
  readonly node = Object.assign(nodeWorld().node, { nodeId: 'n1', index: 0 }) as SimulatedNode;
  #slot = 0;

  constructor() {
    this.invariants.observe(this.node, this.machine, () => {});
  }

  submit(body: OperationBody, command?: CommandId): Uint8Array {
    const bytes = encodeOperation({ requestId: 1, command, seenRevision: 0 as Revision, body });
    const none = { keepAlives: [], watchCreates: [], watchCancels: [], grantQueries: [], hello: undefined };
    this.invariants.onSubmitted({ operations: [bytes], ...none });
    return bytes;
  }

  choose(bytes: Uint8Array, round = 1): Uint8Array {
    this.#slot += 1;
    const value = encodeBatch([bytes]);
    this.chosen.proposed(this.#slot, round, value);
    for (const node of [0, 1]) {
      this.chosen.accepted(node, { slot: this.#slot, ballot: ballot(round), value, chosen: false }, round);
    }
    this.invariants.onChosen(this.#slot);
    return value;
  }

  run(body: OperationBody, command?: CommandId, round = 1): void {
    const isClients = command !== undefined || body.kind === 'openSession';
    const operation = { requestId: 1, command, seenRevision: 0 as Revision, body };
    const bytes = isClients ? this.submit(body, command) : encodeOperation(operation);
    const value = this.choose(bytes, round);
    this.machine.apply(this.#slot, value);
  }

  open(): void {
    this.run({ kind: 'openBallot', ballot: ballot(1) });
    this.run({ kind: 'openSession', ttlMs: 100, name: '', nonce: 7n, ...plainSession });
  }

  expire(round: number, named = round): void {
    this.run({ kind: 'expireSession', sessionId: session, generation: 1, ballot: ballot(named) }, undefined, round);
  }

  at(timeMs: number): void {
    this.queue.at(timeMs * 1000, () => {});
    while (this.queue.runNext(timeMs * 1000));
  }
}

const command = (sequence: number, acknowledged = 0): CommandId => ({
  sessionId: session,
  generation: 1,
  sequence: sequence as Sequence,
  acknowledged,
});
const put = (value: string): OperationBody => ({
  kind: 'put',
  key: utf8Bytes('k'),
  value: utf8Bytes(value),
  ephemeral: true,
});
const lock: OperationBody = { kind: 'lockAcquire', name: 'l', wait: true };

test('a log of everything passes, and so does its end', () => {
  const bench = new Bench();
  bench.open();
  bench.run(put('a'), command(1));
  bench.run(put('a'), command(1));
  expect(bench.machine.rememberedResult(command(1))).toBeDefined();
  bench.run({ kind: 'counterAdd', name: 'c', count: 2 }, command(2));
  bench.run(lock, command(3));
  bench.run(lock, command(4));
  bench.run({ kind: 'lockRelease', name: 'l', sequence: 3 as Sequence }, command(5));
  bench.run({ kind: 'compact', revision: 2 as Revision });
  bench.at(100);
  bench.expire(1);
  bench.invariants.onEnd([[bench.node, bench.machine]]);
  expect(bench.machine.sessionCount).toBe(0);
});

function lockHeldBy(sequence: number, token: number): LockDetails {
  const party = { sessionId: session, sequence: sequence as Sequence, token, mode: 'exclusive' } as const;
  return {
    kind: 'lockDetails',
    holders: [{ ...party, askedRevision: 1 as Revision, note: new Uint8Array() }],
    waiters: [],
    holderCount: 1,
    waiterCount: 1,
    closedSince: 0 as Revision,
    delayMs: 0,
  };
}

describe('what is chosen', () => {
  test('was not submitted, or otherwise', () => {
    const bench = new Bench();
    bench.submit(put('a'), command(1));
    const other = encodeOperation({ requestId: 2, command: command(1), seenRevision: 0 as Revision, body: put('a') });
    expect(() => bench.choose(other)).toThrow('chosen commands were submitted');
  });

  test('is a decision of an earlier leader, passed on', () => {
    const bench = new Bench();
    bench.open();
    bench.at(1_000);
    expect(() => bench.expire(2, 1)).toThrow('leaders speak for themselves');
  });
});

describe('an expiry', () => {
  test('that comes before a whole TTL of its leader', () => {
    const bench = new Bench();
    bench.open();
    bench.at(99);
    expect(() => bench.expire(1)).toThrow('every leader gives a whole TTL');
  });

  test('that comes before a whole TTL of a new leader', () => {
    const bench = new Bench();
    bench.open();
    bench.at(500);
    bench.run({ kind: 'openBallot', ballot: ballot(2) }, undefined, 2);
    bench.at(599);
    expect(() => bench.expire(2)).toThrow('every leader gives a whole TTL');
  });
});

describe('a machine', () => {
  test('whose answer is not that of the model', () => {
    const original = Machine.prototype.apply;
    Machine.prototype.apply = function (slot, batch) {
      const applied = original.call(this, slot, batch);
      return { ...applied, operations: applied.operations.map((operation) => ({ ...operation, result: undefined })) };
    };
    try {
      const bench = new Bench();
      expect(() => bench.open()).toThrow('results equal the model');
    } finally {
      Machine.prototype.apply = original;
    }
  });

  test('that answers a repetition otherwise', () => {
    const original = Machine.prototype.rememberedResult;
    Machine.prototype.rememberedResult = function (id) {
      return original.call(this, id)?.slice(1);
    };
    try {
      const bench = new Bench();
      bench.open();
      bench.run(put('a'), command(1));
      expect(() => bench.machine.rememberedResult(command(1))).toThrow('a repetition has the first answer');
    } finally {
      Machine.prototype.rememberedResult = original;
    }
  });

  test('that shows another state than the model, at the end of a session', () => {
    const bench = new Bench();
    bench.open();
    bench.run(put('a'), command(1));
    bench.at(100);
    const { read } = bench.machine;
    bench.machine.read = (body) =>
      body.kind === 'range'
        ? { kind: 'range', entries: [entryThatStayed], more: false }
        : read.call(bench.machine, body);
    expect(() => bench.expire(1)).toThrow('whole state equals the model');
  });

  test('that lets others in before those who wait', () => {
    const bench = new Bench();
    bench.open();
    bench.run(lock, command(1));
    const { read } = bench.machine;
    bench.machine.read = (body) => (body.kind === 'lockInspect' ? lockHeldBy(2, 4) : read.call(bench.machine, body));
    expect(() => bench.run(lock, command(2))).toThrow('first come, first served');
  });

  test('in which nobody holds a lock that is waited for', () => {
    const bench = new Bench();
    bench.open();
    bench.machine.read = () => ({ ...lockHeldBy(2, 4), holders: [] });
    expect(() => bench.run(lock, command(1))).toThrow('a wanted lock is held');
  });

  test('in which a holder is dead, or has an old token', () => {
    const dead = new Bench();
    dead.open();
    dead.machine.session = () => undefined;
    expect(() => dead.run(lock, command(1))).toThrow('the holder lives');
    const stale = new Bench();
    stale.open();
    stale.run(lock, command(1));
    stale.machine.read = () => lockHeldBy(1, 1);
    expect(() => stale.run(lock, command(2))).toThrow('tokens rise for ever');
  });

  test('that has another compaction floor', () => {
    const bench = new Bench();
    bench.open();
    Object.defineProperty(bench.machine, 'compactedRevision', { value: 1 });
    expect(() => bench.run(put('a'), command(1))).toThrow('state equals the model');
  });
});

const entryThatStayed = {
  key: utf8Bytes('k'),
  value: utf8Bytes('a'),
  createRevision: 2 as Revision,
  modRevision: 2 as Revision,
  version: 1,
  sessionId: session,
};
