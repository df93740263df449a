import { describe, expect, it } from 'vitest';
import type { Genesis } from '../../src/paxos/record.ts';
import { LeaderDesk, type LeaderDeskParts } from '../../src/replica/leader-desk.ts';
import type { PeerMessage } from '../../src/replica/messages.ts';
import { ProposalQueue } from '../../src/replica/proposal-queue.ts';
import { SessionClock } from '../../src/replica/session-clock.ts';
import type { Ballot } from '../../src/wire/ballot.ts';
import { decodeBatch } from '../../src/wire/batch-codec.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { decodeOperation } from '../../src/wire/operation-codec.ts';
import { MachineDriver, put } from './driver.ts';

/** What a desk reads of its paxos, as the test says. */
class ScriptedPaxos {
  serving = false;
  hasLease = true;
  chosenThrough = 0;
  servingFrom = 0;
  ballot: Ballot = { round: 0, nodeId: 'n1' as NodeId };
  confirmedThrough = 0;
  commonLevel = 0;
  readonly genesis: Genesis = {
    clusterId: '',
    clusterName: '',
    members: [],
    settings: { leaseMs: 200, clockDriftPermille: 0, leases: true },
  };

  leaseHolds(): boolean {
    return this.hasLease;
  }

  requestConfirmation(): number {
    return this.confirmedThrough + 1;
  }
}

function setUp() {
  const driver = new MachineDriver();
  const paxos = new ScriptedPaxos();
  const queue = new ProposalQueue();
  const sessionClock = new SessionClock();
  const sent: PeerMessage[] = [];
  const desk = new LeaderDesk({
    machine: driver.machine,
    paxos: paxos as unknown as LeaderDeskParts['paxos'],
    queue,
    sessionClock,
    reads: () => {
      throw new Error('no reads here');
    },
    keepAlives: () => {
      throw new Error('no clients here');
    },
    send: (_, message) => sent.push(message),
  });
  const serve = (serving: boolean) => {
    paxos.serving = serving;
    if (serving) paxos.ballot = { ...paxos.ballot, round: paxos.ballot.round + 1 };
    desk.follow();
    if (serving) driver.openBallot(paxos.ballot);
    paxos.chosenThrough = driver.machine.appliedSlot;
    desk.follow();
  };
  let nowMs = 0;
  const tick = (ms: number) => {
    for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
      nowMs += 10;
      sessionClock.advance(nowMs);
    }
    desk.onTick();
  };
  sessionClock.advance(nowMs);
  const proposed = () =>
    queue.length === 0 ? [] : decodeBatch(queue.cut()).map((bytes) => decodeOperation(bytes).body);
  const from = 'n2' as NodeId;
  const keepAlive = (id: number, sessions = [driver.session]) =>
    desk.check({ kind: 'relayedKeepAlive', from, message: { type: 'relayedKeepAlive', id, sessions } }, []);
  return { driver, paxos, queue, desk, sent, serve, tick, proposed, keepAlive, from };
}

describe('LeaderDesk', () => {
  it('answers nothing on a node that does not serve', () => {
    const { desk, sent, serve, keepAlive, from } = setUp();
    keepAlive(1);
    serve(true);
    serve(false);
    keepAlive(2);
    expect(desk.check({ kind: 'readPoint', from, message: { type: 'readPoint', id: 3 } }, [])).toBe(false);
    expect(sent).toEqual([]);
  });

  it('says alive of a session that it knows, and ended of all others', () => {
    const { driver, sent, serve, keepAlive } = setUp();
    serve(true);
    const { session } = driver;
    const older = { ...session, sessionId: session.sessionId, generation: 0 };
    keepAlive(1);
    keepAlive(2, [older as typeof session]);
    driver.expire(session);
    keepAlive(3);
    const { sessionId } = session;
    expect(sent).toEqual([
      { type: 'relayedKeepAliveAnswer', id: 1, alive: [sessionId], ended: [] },
      { type: 'relayedKeepAliveAnswer', id: 2, alive: [], ended: [sessionId] },
      { type: 'relayedKeepAliveAnswer', id: 3, alive: [], ended: [sessionId] },
    ]);
  });

  it('names as read point what is chosen when its leadership is confirmed', () => {
    const { paxos, desk, sent, serve, from } = setUp();
    serve(true);
    paxos.hasLease = false;
    desk.check({ kind: 'readPoint', from, message: { type: 'readPoint', id: 3 } }, []);
    desk.release();
    expect(sent).toEqual([]);
    paxos.confirmedThrough = 1;
    paxos.chosenThrough = 9;
    desk.release();
    expect(sent).toEqual([{ type: 'readPointAnswer', id: 3, slot: 9 }]);
  });

  it('proposes the expiry of a silent session once, and acknowledges it no more', () => {
    const { driver, paxos, sent, serve, tick, proposed, keepAlive } = setUp();
    serve(true);
    tick(990);
    expect(proposed()).toEqual([]);
    tick(20);
    const { sessionId } = driver.session;
    expect(proposed()).toEqual([{ kind: 'expireSession', sessionId, generation: 1, ballot: paxos.ballot }]);
    tick(20);
    expect(proposed()).toEqual([]);
    keepAlive(1);
    expect(sent).toEqual([{ type: 'relayedKeepAliveAnswer', id: 1, alive: [], ended: [] }]);
  });

  it('proposes it again later if there was no room, and acknowledges it meanwhile', () => {
    const { driver, queue, sent, serve, tick, proposed, keepAlive } = setUp();
    serve(true);
    const full = new Uint8Array(64 * 1024 * 1024);
    queue.offer([full]);
    tick(1_010);
    keepAlive(1);
    expect(sent).toEqual([{ type: 'relayedKeepAliveAnswer', id: 1, alive: [driver.session.sessionId], ended: [] }]);
    queue.clear();
    tick(990);
    expect(proposed()).toEqual([]);
    tick(20);
    expect(proposed().length).toBe(1);
  });

  it('begins to count anew when it serves anew', () => {
    const { serve, tick, proposed } = setUp();
    serve(true);
    tick(990);
    serve(false);
    tick(500);
    serve(true);
    tick(990);
    expect(proposed()).toEqual([]);
    tick(20);
    expect(proposed().length).toBe(1);
  });

  it('asks once for a compaction, and again when that is done or another may have lost it', () => {
    const { driver, desk, serve, proposed } = setUp();
    serve(true);
    for (let count = 0; count < 70; count += 1) driver.apply(put('a', 'v'.repeat(1024 * 1024)));
    desk.follow();
    const first = proposed();
    expect(first.map(({ kind }) => kind)).toEqual(['compact']);
    desk.follow();
    expect(proposed()).toEqual([]);
    serve(false);
    serve(true);
    expect(proposed()).toEqual(first);
    driver.compact(2);
    desk.follow();
    expect(proposed().map(({ kind }) => kind)).toEqual(['compact']);
  });

  it('a compaction waits for nothing that makes the history grow, not even for room in the queue', () => {
    const { driver, desk, queue, serve, proposed } = setUp();
    serve(true);
    for (let count = 0; count < 70; count += 1) driver.apply(put('a', 'v'.repeat(1024 * 1024)));
    queue.offer([new Uint8Array(64 * 1024 * 1024)]);
    desk.follow();
    expect(proposed().map(({ kind }) => kind)).toEqual(['compact']);
  });

  it('serves only once its own first command is applied', () => {
    const { driver, paxos, desk, keepAlive } = setUp();
    paxos.serving = true;
    desk.follow();
    expect([desk.serving, keepAlive(1)]).toEqual([false, false]);
    driver.openBallot({ ...paxos.ballot, round: 99 });
    desk.follow();
    expect(desk.serving).toBe(false);
    paxos.ballot = { ...paxos.ballot, round: 99 };
    paxos.chosenThrough = driver.machine.appliedSlot + 1;
    desk.follow();
    expect(desk.serving).toBe(false); // something that is chosen is yet to be applied
    paxos.chosenThrough = driver.machine.appliedSlot;
    desk.follow();
    expect([desk.serving, keepAlive(1)]).toEqual([true, true]);
  });
});
