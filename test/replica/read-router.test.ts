import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/replica/command-router.ts';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import { QuestionIds } from '../../src/replica/question-ids.ts';
import { type PendingRead, ReadRouter } from '../../src/replica/read-router.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { NodeId, Revision } from '../../src/wire/identifiers.ts';
import type { ReadBody } from '../../src/wire/operation.ts';
import { ClientStreams, MachineDriver, put } from './driver.ts';

const leader: Target = { kind: 'peer', nodeId: 'n1' as NodeId };
const self: Target = { kind: 'self' };
const nobody: Target = { kind: 'none' };

function bodyOf(consistency: 'linearizable' | 'stale', revision = 0): ReadBody {
  return { kind: 'get', key: utf8Bytes('a'), revision: revision as Revision, consistency };
}

function setUp() {
  const driver = new MachineDriver();
  const streams = new ClientStreams();
  const connection = streams.open(1);
  /** What was given to the leadership gate; undefined while this node does not serve. */
  let gate: (readonly PendingRead[])[] | undefined;
  const states: string[] = [];
  const router = new ReadRouter(
    driver.machine,
    streams.connections,
    new QuestionIds(0),
    (reads) => {
      gate?.push(reads);
      return gate !== undefined;
    },
    (token, answer) =>
      states.push(`${token} ${answer.kind === 'state' ? `slot ${answer.snapshot.slot}` : answer.code}`),
  );
  let nowMs = 0;
  const submit = (requestId: number, body: ReadBody, seenRevision = 0) =>
    router.submit({ connection: 1, requestId, seenRevision: seenRevision as Revision, body, arrivedMs: nowMs });
  const read = (requestId: number) => submit(requestId, bodyOf('linearizable'));
  const stale = (requestId: number, seenRevision: number) => submit(requestId, bodyOf('stale'), seenRevision);
  /** The end of a turn: the ids of the questions that are asked. */
  const flush = (target: Target): readonly number[] => {
    const effects: ReplicaEffect[] = [];
    router.flush(target, nowMs, effects);
    return effects.flatMap((effect) =>
      effect.type === 'send' && effect.message.type === 'readPoint' ? [effect.message.id] : [],
    );
  };
  const tick = (ms: number) => {
    nowMs += ms;
    router.onTick(nowMs);
  };
  const apply = () => {
    driver.apply(put('a', '1'));
    router.onApplied();
  };
  const serve = () => {
    gate = [];
    return gate;
  };
  const answer = (id: number | undefined, slot: number) =>
    router.onReadPointAnswer('n1' as NodeId, { type: 'readPointAnswer', id: id ?? 0, slot });
  return { driver, streams, connection, router, submit, read, stale, flush, tick, apply, serve, answer };
}

describe('ReadRouter on a leader', () => {
  it('answers no linearizable read before leadership is confirmed', () => {
    const { streams, router, read, flush, serve } = setUp();
    const gate = serve();
    read(1);
    read(2);
    flush(self);
    expect(gate.map((reads) => reads.map(({ requestId }) => requestId))).toEqual([[1, 2]]);
    expect(streams.results()).toEqual([]);
    router.onLeadershipConfirmed(gate[0] ?? [], 1);
    expect(streams.results()).toEqual(['1 get', '2 get']);
    expect(router.pendingCount).toBe(0);
  });

  it('leads nobody back in time, though it is said to lead: what a client has seen, it waits for', () => {
    const { streams, router, submit, flush, apply, serve } = setUp();
    const gate = serve();
    submit(1, bodyOf('linearizable'), 2);
    flush(self);
    router.onLeadershipConfirmed(gate[0] ?? [], 0);
    expect(streams.results()).toEqual([]);
    apply();
    expect(streams.results()).toEqual(['1 get']);
    expect(router.pendingCount).toBe(0);
  });

  it('keeps the reads while it does not serve yet', () => {
    const { read, flush, serve } = setUp();
    read(1);
    flush(self);
    const gate = serve();
    flush(self);
    expect(gate[0]?.map(({ requestId }) => requestId)).toEqual([1]);
  });
});

describe('ReadRouter on a follower', () => {
  it('asks the leader one question for all the reads of a turn, and answers when it has applied so far', () => {
    const { streams, read, flush, answer, apply } = setUp();
    read(1);
    read(2);
    const questions = flush(leader);
    expect(questions.length).toBe(1);
    answer(questions[0], 2);
    expect(streams.results()).toEqual([]);
    apply();
    expect(streams.results()).toEqual(['1 get', '2 get']);
  });

  it('answers a read by no question from before it', () => {
    const { streams, read, flush, answer } = setUp();
    read(1);
    const [early] = flush(leader);
    read(2);
    const [late] = flush(leader);
    answer(early, 1);
    expect(streams.results()).toEqual(['1 get']);
    answer(late, 1);
    expect(streams.results()).toEqual(['2 get']);
  });

  it('asks a new leader again, and ignores what the old one still says', () => {
    const { streams, router, read, flush, answer } = setUp();
    read(1);
    const [old] = flush(leader);
    router.retarget([]);
    const [current] = flush(leader);
    answer(old, 1);
    expect(streams.results()).toEqual([]);
    answer(current, 1);
    expect(streams.results()).toEqual(['1 get']);
  });

  it('asks again after 200 ms without an answer', () => {
    const { read, flush, tick } = setUp();
    read(1);
    flush(leader);
    tick(200);
    expect(flush(leader)).toEqual([]);
    tick(60);
    expect(flush(leader).length).toBe(1);
  });

  it('gives a read back after half a second without a leader', () => {
    const { streams, router, read, flush, tick } = setUp();
    read(1);
    flush(nobody);
    tick(500);
    expect(streams.results()).toEqual([]);
    tick(60);
    expect(streams.results()).toEqual(['1 NOT_LEADER']);
    expect(router.pendingCount).toBe(0);
  });

  it('gives a read back when it does not reach the read point in half a second', () => {
    const { streams, router, read, flush, answer, tick } = setUp();
    read(1);
    answer(flush(leader)[0], 100);
    tick(500);
    expect(streams.results()).toEqual([]);
    tick(60);
    expect(streams.results()).toEqual(['1 NODE_BEHIND']);
    expect(router.pendingCount).toBe(0);
  });
});

describe('ReadRouter, asked for what may be stale,', () => {
  it('answers at once from what it has applied', () => {
    const { streams, stale } = setUp();
    stale(1, 1);
    expect(streams.results()).toEqual(['1 get']);
  });

  it('waits until it has applied what the client has seen', () => {
    const { streams, stale, apply } = setUp();
    stale(1, 2);
    expect(streams.results()).toEqual([]);
    apply();
    expect(streams.results()).toEqual(['1 get']);
  });

  it('says that it is behind after half a second', () => {
    const { streams, stale, tick } = setUp();
    stale(1, 2);
    tick(500);
    expect(streams.results()).toEqual([]);
    tick(60);
    expect(streams.results()).toEqual(['1 NODE_BEHIND']);
  });
});

describe('ReadRouter', () => {
  it('names the revision that a result shows', () => {
    const { driver, streams, submit } = setUp();
    driver.apply(put('a', '1'), put('a', '2'), { kind: 'counterAdd', name: 'c', count: 1 });
    submit(1, bodyOf('stale'));
    submit(2, bodyOf('stale', 2));
    submit(3, bodyOf('stale', 9));
    expect(streams.resultRevisions()).toEqual(['1 get @4', '2 get @2', '3 FUTURE_REVISION @4']);
  });

  it('refuses reads of a client that does not read its answers', () => {
    const { streams, connection, stale } = setUp();
    for (let count = 0; count < 16; count += 1) connection.watchNotice(new Uint8Array(1024 * 1024));
    stale(1, 0);
    expect(streams.results()).toEqual(['1 BUSY']);
    streams.drain(connection);
    stale(2, 0);
    expect(streams.results()).toEqual(['2 get']);
  });

  it('takes 100,000 reads at most, and more when those have been answered', () => {
    const { streams, router, read, flush, serve } = setUp();
    for (let id = 1; id <= 100_001; id += 1) read(id);
    expect(streams.results()).toEqual(['100001 BUSY']);
    const gate = serve();
    flush(self);
    router.onLeadershipConfirmed(gate[0] ?? [], 1);
    streams.frames();
    read(100_002);
    expect(streams.results()).toEqual([]);
    expect(router.pendingCount).toBe(1);
  });

  it('forgets the reads of a client that has gone, when they would be answered', () => {
    const { streams, router, read, flush, answer } = setUp();
    read(1);
    const [question] = flush(leader);
    streams.connections.close(1);
    answer(question, 1);
    expect(router.pendingCount).toBe(0);
  });
});
