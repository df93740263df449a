import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/replica/command-router.ts';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import { type GatheredKeepAlives, KeepAliveRouter } from '../../src/replica/keep-alive-router.ts';
import type { RelayedKeepAlive } from '../../src/replica/messages.ts';
import { QuestionIds } from '../../src/replica/question-ids.ts';
import type { SessionRef } from '../../src/wire/frame.ts';
import type { NodeId, SessionId } from '../../src/wire/identifiers.ts';
import { ClientStreams } from './driver.ts';

const leader: Target = { kind: 'peer', nodeId: 'n1' as NodeId };

function session(sessionId: number, generation = 1): SessionRef {
  return { sessionId: sessionId as SessionId, generation };
}

function ids(...sessions: number[]): readonly SessionId[] {
  return sessions as SessionId[];
}

function setUp() {
  const streams = new ClientStreams();
  for (const id of [1, 2]) streams.open(id);
  const judged: GatheredKeepAlives[] = [];
  const router = new KeepAliveRouter(streams.connections, new QuestionIds(0), (gathered) => judged.push(gathered) > 0);
  const flush = (target: Target = leader): readonly RelayedKeepAlive[] => {
    const effects: ReplicaEffect[] = [];
    router.flush(target, effects);
    return effects.flatMap((effect) =>
      effect.type === 'send' && effect.message.type === 'relayedKeepAlive' ? [effect.message] : [],
    );
  };
  const answer = (relay: RelayedKeepAlive | undefined, alive: readonly SessionId[], ended: readonly SessionId[]) =>
    router.onRelayedAnswer('n1' as NodeId, { type: 'relayedKeepAliveAnswer', id: relay?.id ?? 0, alive, ended });
  /** By connection. */
  const answers = () => {
    const effects: ReplicaEffect[] = [];
    streams.connections.flush(effects);
    return effects.flatMap((effect) =>
      effect.type === 'reply' ? effect.frame.keepAlives.map((one) => ({ connection: effect.connection, ...one })) : [],
    );
  };
  return { streams, router, judged, flush, answer, answers };
}

describe('KeepAliveRouter', () => {
  it('asks the leader about all sessions of a turn at once, and tells each client about its own', () => {
    const { router, flush, answer, answers } = setUp();
    router.submit(1, { id: 7, sessions: [session(10), session(11)] });
    router.submit(2, { id: 8, sessions: [session(12)] });
    const [relay, ...more] = flush();
    expect(more).toEqual([]);
    expect(relay?.sessions).toEqual([session(10), session(11), session(12)]);
    answer(relay, ids(10), ids(12));
    expect(answers()).toEqual([
      { connection: 1, id: 7, alive: [10], ended: [] },
      { connection: 2, id: 8, alive: [], ended: [12] },
    ]);
  });

  it('asks separately about two generations of one session, so that neither gets the answer of the other', () => {
    const { router, flush, answer, answers } = setUp();
    router.submit(1, { id: 7, sessions: [session(10, 1)] });
    router.submit(2, { id: 8, sessions: [session(10, 2)] });
    const relays = flush();
    expect(relays.map(({ sessions }) => sessions)).toEqual([[session(10, 1)], [session(10, 2)]]);
    answer(relays[0], [], ids(10));
    answer(relays[1], ids(10), []);
    expect(answers()).toEqual([
      { connection: 1, id: 7, alive: [], ended: [10] },
      { connection: 2, id: 8, alive: [10], ended: [] },
    ]);
  });

  it('has them judged separately on the leader too', () => {
    const { router, judged, flush } = setUp();
    router.submit(1, { id: 7, sessions: [session(10, 1)] });
    router.submit(2, { id: 8, sessions: [session(10, 2)] });
    flush({ kind: 'self' });
    expect(judged.map(({ asked }) => asked.map(({ connection }) => connection))).toEqual([[1], [2]]);
  });

  it('asks about the newest generation for a client that names two', () => {
    const { router, flush } = setUp();
    router.submit(1, { id: 7, sessions: [session(10, 2), session(10, 1), session(11, 1)] });
    expect(flush()[0]?.sessions).toEqual([session(10, 2), session(11, 1)]);
  });

  it('answers at once whether anybody is there, without a leader', () => {
    const { router, flush, answers } = setUp();
    router.submit(1, { id: 7, sessions: [] });
    expect(flush({ kind: 'none' })).toEqual([]);
    expect(answers()).toEqual([{ connection: 1, id: 7, alive: [], ended: [] }]);
  });

  it('repeats nothing: without a leader the client asks again, with a new time of sending', () => {
    const { router, flush, answers } = setUp();
    router.submit(1, { id: 7, sessions: [session(10)] });
    flush({ kind: 'none' });
    expect(flush()).toEqual([]);
    expect(answers()).toEqual([]);
  });

  it('takes an answer once, and none to a question of an earlier boot', () => {
    const { router, flush, answer, answers } = setUp();
    router.submit(1, { id: 7, sessions: [session(10)] });
    const [relay] = flush();
    answer({ type: 'relayedKeepAlive', id: new QuestionIds(1).next(), sessions: [] }, ids(10), []);
    expect(answers()).toEqual([]);
    answer(relay, ids(10), []);
    answer(relay, ids(10), []);
    expect(answers().length).toBe(1);
  });

  it('remembers the last 256 relays', () => {
    const { router, flush, answer, answers } = setUp();
    const relays = Array.from({ length: 257 }, (_, index) => {
      router.submit(1, { id: index, sessions: [session(10)] });
      return flush()[0];
    });
    answer(relays[0], ids(10), []);
    expect(answers()).toEqual([]);
    answer(relays[1], ids(10), []);
    expect(answers().length).toBe(1);
  });

  it('says nothing to a client that has gone', () => {
    const { streams, router, flush, answer, answers } = setUp();
    router.submit(1, { id: 7, sessions: [session(10)] });
    router.submit(2, { id: 8, sessions: [session(11)] });
    const [relay] = flush();
    streams.connections.close(1);
    answer(relay, ids(10, 11), []);
    expect(answers().map(({ connection }) => connection)).toEqual([2]);
  });
});
