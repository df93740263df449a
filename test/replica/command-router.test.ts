import { describe, expect, it, vi } from 'vitest';
import type { Applied } from '../../src/machine/applied.ts';
import { CommandRouter, type Target } from '../../src/replica/command-router.ts';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import type { Forward } from '../../src/replica/messages.ts';
import { ProposalQueue } from '../../src/replica/proposal-queue.ts';
import { QuestionIds } from '../../src/replica/question-ids.ts';
import { plainSession } from '../../src/testing/plain-session.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { limits } from '../../src/wire/limits.ts';
import type { CommandBody } from '../../src/wire/operation.ts';
import { decodeOperation } from '../../src/wire/operation-codec.ts';
import { ClientStreams, encode, MachineDriver } from './driver.ts';

const leader: Target = { kind: 'peer', nodeId: 'n1' as NodeId };
const nobody: Target = { kind: 'none' };
const self: Target = { kind: 'self' };
const next: CommandBody = { kind: 'counterAdd', name: 'c', count: 1 };

function large(bytes: number): CommandBody {
  return { kind: 'put', key: utf8Bytes('k'), value: new Uint8Array(bytes), ephemeral: false };
}

function setUp() {
  const driver = new MachineDriver();
  const { session } = driver;
  const streams = new ClientStreams();
  const queue = new ProposalQueue();
  const router = new CommandRouter(driver.machine, streams.connections, queue, new QuestionIds(0));
  streams.open(1);
  let nowMs = 0;
  let target: Target = leader;
  const submit = (bytes: Uint8Array, connection = 1) => {
    router.submit(connection, decodeOperation(bytes), bytes, nowMs);
    return bytes;
  };
  const command = (sequence: number, body: CommandBody = next, connection = 1) =>
    submit(session.numbered(sequence, body), connection);
  /** The end of a turn: what is sent to the leader. */
  const flush = (): readonly Forward[] => {
    const effects: ReplicaEffect[] = [];
    router.flush(target, nowMs, effects);
    return effects.flatMap((effect) =>
      effect.type === 'send' && effect.message.type === 'forward' ? [effect.message] : [],
    );
  };
  /** Likewise, as the numbers of the commands. */
  const sent = () =>
    flush().map(({ operations }) => operations.map((bytes) => decodeOperation(bytes).command?.sequence));
  const tick = (ms = 10) => {
    nowMs += ms;
    router.onTick(nowMs, target);
  };
  const apply = (...operations: Uint8Array[]): Applied => {
    const applied = driver.applyBytes(...operations);
    for (const operation of applied.operations) router.onApplied(operation);
    return applied;
  };
  const setTarget = (newTarget: Target) => {
    target = newTarget;
  };
  return { driver, session, streams, queue, router, submit, command, flush, sent, tick, apply, setTarget };
}

describe('CommandRouter sends', () => {
  it('what came in one turn in one forward, in order, as the same bytes', () => {
    const { command, flush } = setUp();
    const operations = [command(1), command(2), command(3)];
    const forwards = flush();
    expect(forwards.map(({ operations }) => operations)).toEqual([operations]);
    expect(forwards[0]?.operations[0]).toBe(operations[0]);
    expect(flush()).toEqual([]);
  });

  it('more than 512 KiB in several forwards', () => {
    const { command, sent } = setUp();
    for (const sequence of [1, 2, 3]) command(sequence, large(200 * 1024));
    command(4, large(600 * 1024));
    command(5);
    expect(sent()).toEqual([[1, 2], [3], [4], [5]]);
  });

  it('what came while there was no leader once there is one, in order', () => {
    const { command, sent, setTarget } = setUp();
    setTarget(nobody);
    command(1);
    expect(sent()).toEqual([]);
    command(2);
    setTarget(leader);
    command(3);
    expect(sent()).toEqual([[1, 2, 3]]);
  });

  it('what a leader refused again with the next tick, and only that', () => {
    const { router, command, flush, sent, tick } = setUp();
    command(1);
    const [refused] = flush();
    command(2);
    flush();
    router.onForwardRefused({ type: 'forwardRefused', id: refused?.id ?? 0, code: 'BUSY' });
    expect(sent()).toEqual([]);
    tick();
    expect(sent()).toEqual([[1]]);
  });

  it('everything that is unanswered to a new leader, in order', () => {
    const { router, command, sent, apply } = setUp();
    const first = command(1);
    for (const sequence of [2, 3]) command(sequence);
    sent();
    apply(first);
    router.retarget();
    expect(sent()).toEqual([[2, 3]]);
  });

  it('what shows no effect for two seconds again', () => {
    const { command, sent, tick } = setUp();
    command(1);
    sent();
    tick(1_000);
    tick(900);
    expect(sent()).toEqual([]);
    tick(200);
    expect(sent()).toEqual([[1]]);
  });

  it('into its own queue when this node leads, and again with the next tick if that is full', () => {
    const { queue, command, sent, tick, setTarget } = setUp();
    setTarget(self);
    const megabyte = new Uint8Array(1024 * 1024);
    for (let count = 0; count < 64; count += 1) queue.offer([megabyte]);
    command(1);
    expect(sent()).toEqual([]);
    expect(queue.length).toBe(64);
    queue.cut();
    tick();
    sent();
    expect(queue.length).toBe(64);
  });

  it('nothing of a client that has gone', () => {
    const { router, command, sent } = setUp();
    command(1);
    router.onClientClosed(1);
    expect(sent()).toEqual([]);
    expect(router.pendingCount).toBe(0);
  });
});

describe('CommandRouter keeps in memory', () => {
  const frame = new Uint8Array(1024 * 1024);

  it('a command, but not the frame in which it came alone', () => {
    const { session, submit, flush } = setUp();
    const bytes = session.numbered(1, next);
    frame.set(bytes, 100);
    submit(frame.subarray(100, 100 + bytes.byteLength));
    const [sent] = flush()[0]?.operations ?? [];
    expect(sent).toEqual(bytes);
    expect(sent?.buffer.byteLength).toBe(bytes.byteLength);
  });

  it('commands in the frame that they fill', () => {
    const { submit, flush, session } = setUp();
    const length = session.numbered(1, large(200_000)).byteLength;
    const slices = [1, 2, 3, 4, 5].map((sequence) => {
      frame.set(session.numbered(sequence, large(200_000)), (sequence - 1) * length);
      return submit(frame.subarray((sequence - 1) * length, sequence * length));
    });
    expect(flush().flatMap(({ operations }) => operations)).toEqual(
      slices.map((slice) => expect.toSatisfy((sent) => sent === slice)),
    );
  });
});

describe('CommandRouter answers', () => {
  it('when the slot is applied, once, although two attempts were made', () => {
    const { router, streams, command, sent, apply } = setUp();
    const first = command(1);
    sent();
    router.retarget();
    sent();
    apply(first, first);
    expect(streams.results()).toEqual(['1 counterBlock']);
    expect(router.pendingCount).toBe(0);
  });

  it('at once what was taken before', () => {
    const { streams, command, sent, apply, session } = setUp();
    apply(session.numbered(1, next));
    command(1);
    expect(streams.results()).toEqual(['1 counterBlock']);
    expect(sent()).toEqual([]);
  });

  it('on the stream on which a command came last', () => {
    const { router, streams, command, sent, apply } = setUp();
    streams.open(2);
    command(1);
    sent();
    const again = command(1, next, 2);
    expect(sent()).toEqual([[1]]);
    router.onClientClosed(1);
    apply(again);
    expect(streams.frames().length).toBe(1);
    expect(router.pendingCount).toBe(0);
  });

  it('only its own generation', () => {
    const { router, streams, session, submit, command, sent, apply } = setUp();
    const current = command(1);
    const stranger = submit(session.numbered(1, next, 7));
    expect(sent()).toEqual([[1, 1]]);
    apply(stranger);
    expect(streams.results()).toEqual(['1 SESSION_EXPIRED']);
    expect(router.pendingCount).toBe(1);
    apply(current);
    expect(streams.results()).toEqual(['1 counterBlock']);
  });

  it('whoever opens a session by its nonce, on the newest stream', () => {
    const { router, streams, submit, sent, apply } = setUp();
    streams.open(2);
    const opening = encode({ kind: 'openSession', ttlMs: 1_000, name: '', nonce: 5n, ...plainSession }, undefined, 9);
    submit(opening);
    submit(opening, 2);
    sent();
    apply(opening);
    expect(streams.results()).toEqual(['9 sessionOpened']);
    apply(opening);
    expect(streams.results()).toEqual([]);
    expect(router.pendingCount).toBe(0);
  });

  it('past 64 MiB with BUSY, until there is room again', () => {
    const { router, streams, command, apply } = setUp();
    const value = large(1024 * 1024 - 100);
    const first = command(1, value);
    for (let sequence = 2; sequence <= 64; sequence += 1) command(sequence, value);
    command(65, value);
    expect(streams.results()).toEqual(['65 BUSY']);
    // The same command again is not one more.
    command(1, value);
    expect(router.pendingCount).toBe(64);
    apply(first);
    streams.results();
    command(65, value);
    expect(streams.results()).toEqual([]);
    // Nothing is counted that is not there any more.
    router.onClientClosed(1);
    for (let sequence = 2; sequence <= 65; sequence += 1) command(sequence, value);
    expect(streams.results()).toEqual([]);
  });

  it('past 100,000 commands with BUSY', () => {
    const { streams, session, submit } = setUp();
    for (let sequence = 1; sequence <= 100_001; sequence += 1)
      submit(session.numbered(sequence, { kind: 'closeSession' }));
    expect(streams.results()).toEqual(['100001 BUSY']);
  });
});

describe('CommandRouter refuses for want of a leader', () => {
  it('what was never sent, after half a second', () => {
    const { router, streams, command, tick, setTarget } = setUp();
    setTarget(nobody);
    command(1);
    tick(400);
    expect(streams.results()).toEqual([]);
    tick(200);
    expect(streams.results()).toEqual(['1 NOT_LEADER']);
    expect(router.pendingCount).toBe(0);
  });

  it('nothing of which an attempt may have been queued', () => {
    const { router, streams, command, sent, tick, setTarget } = setUp();
    command(1);
    sent();
    setTarget(nobody);
    router.retarget();
    for (let count = 0; count < 20; count += 1) tick(100);
    expect(streams.results()).toEqual([]);
    expect(router.pendingCount).toBe(1);
  });

  it('nothing of which an attempt may have been queued, even if it comes again on a newer stream', () => {
    const { router, streams, command, sent, tick, setTarget } = setUp();
    streams.open(2);
    command(1);
    sent();
    command(1, next, 2);
    setTarget(nobody);
    router.retarget();
    for (let count = 0; count < 20; count += 1) tick(100);
    expect(streams.results()).toEqual([]);
  });

  it('nothing of which an attempt came too early: that was perhaps not the only copy', () => {
    const { router, streams, command, sent, apply, tick, setTarget } = setUp();
    command(1);
    const second = command(2);
    sent();
    apply(second);
    setTarget(nobody);
    router.retarget();
    for (let count = 0; count < 20; count += 1) tick(100);
    expect(streams.results()).toEqual([]);
  });

  it('nothing that was sent and refused: of a message that came twice, one copy may have been queued', () => {
    const { router, streams, command, flush, tick, setTarget } = setUp();
    command(1);
    for (const { id } of flush()) router.onForwardRefused({ type: 'forwardRefused', id, code: 'NOT_LEADER' });
    setTarget(nobody);
    tick();
    tick(600);
    expect(streams.results()).toEqual([]);
  });
});

describe('CommandRouter, when the session has too many results that were not acknowledged,', () => {
  const setUpFull = () => {
    const world = setUp();
    world.apply(...Array.from({ length: limits.unacknowledgedResults }, () => world.session.next(next)));
    const sequence = limits.unacknowledgedResults + 1;
    return { ...world, sequence };
  };

  it('says that nothing has happened', () => {
    const { streams, command, sent, apply, sequence } = setUpFull();
    const bytes = command(sequence);
    sent();
    apply(bytes);
    expect(streams.results()).toEqual([`${sequence} BUSY`]);
  });

  it('does not say so while another attempt is under way, which may find them acknowledged', () => {
    const { router, streams, command, sent, apply, sequence } = setUpFull();
    const bytes = command(sequence);
    sent();
    router.retarget();
    sent();
    apply(bytes);
    expect(streams.results()).toEqual([`${sequence} UNAVAILABLE`]);
  });

  it('does not say so for an earlier attempt by another node: the one from here acknowledges some', () => {
    const { streams, session, submit, sent, apply, sequence } = setUpFull();
    const elsewhere = session.numbered(sequence, next);
    const here = submit(session.numbered(sequence, next, 1, 1));
    sent();
    apply(elsewhere);
    expect(streams.results()).toEqual([]);
    apply(here);
    expect(streams.results()).toEqual([`${sequence} counterBlock`]);
  });
});

describe('CommandRouter, when a command overtakes another,', () => {
  it('sends both again, and answers both in their order', () => {
    const { streams, command, sent, tick, apply } = setUp();
    const first = command(1);
    sent();
    const second = command(2);
    sent();
    apply(second);
    expect(streams.results()).toEqual([]);
    tick();
    expect(sent()).toEqual([[1, 2]]);
    apply(first, second);
    expect(streams.results()).toEqual(['1 counterBlock', '2 counterBlock']);
  });

  it('tells the client if it does not have what must come first, so that the client brings it', () => {
    const { router, streams, command, sent, apply } = setUp();
    const second = command(2);
    sent();
    apply(second);
    expect(streams.results()).toEqual(['2 OUT_OF_ORDER']);
    expect(router.pendingCount).toBe(0);
  });

  it('does not tell it while another attempt is under way, which may still take effect', () => {
    const { router, streams, command, sent, tick, apply } = setUp();
    const second = command(2);
    sent();
    router.retarget();
    sent();
    apply(second);
    tick();
    expect(streams.results()).toEqual([]);
    // Nor does it repeat what would be refused again.
    expect(sent()).toEqual([]);
    const first = command(1);
    expect(sent()).toEqual([[1]]);
    apply(first, second);
    expect(streams.results()).toEqual(['1 counterBlock', '2 counterBlock']);
  });

  it('repeats it once the one before has been taken from elsewhere', () => {
    const { router, streams, session, command, sent, tick, apply } = setUp();
    const second = command(2);
    sent();
    router.retarget();
    sent();
    apply(second);
    apply(session.numbered(1, next));
    tick();
    expect(sent()).toEqual([[2]]);
    apply(second);
    expect(streams.results()).toEqual(['2 counterBlock']);
  });

  it('tells it of many without going through all of them for each', () => {
    const { router, streams, session, submit, sent, apply } = setUp();
    const commands = Array.from({ length: 1_000 }, (_, index) => submit(session.numbered(index + 2, next)));
    sent();
    const passes = vi.spyOn(Map.prototype, 'keys');
    apply(...commands);
    expect(passes.mock.calls.length).toBeLessThan(10);
    passes.mockRestore();
    expect(streams.results()).toHaveLength(1_000);
    expect(router.pendingCount).toBe(0);
  });

  it('ignores the fate of an attempt by another node', () => {
    const { streams, command, sent, apply } = setUp();
    const second = command(2);
    apply(second);
    expect(streams.results()).toEqual([]);
    expect(sent()).toEqual([[2]]);
  });
});
