import { describe, expect, test } from 'vitest';
import type { ReplicaEffect } from '../../../../src/replica/effect.ts';
import { flipBit } from '../../../../src/testing/simulation/faults/damage.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import { zeroBallot } from '../../../../src/wire/ballot.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';
import { type NodeWorld, nodeWorld, type ScriptedReplica } from '../support.ts';

function persist(sequence: number): ReplicaEffect {
  const record = {
    sequence,
    promised: zeroBallot,
    chosenThrough: 0,
    trimmedThrough: 0,
    configuration: undefined,
    accepted: [],
    seen: [],
    genesis: undefined,
    formed: false,
  };
  return { type: 'persist', record };
}

function send(id: number): ReplicaEffect {
  return { type: 'send', to: 'n2' as NodeId, lane: 'control', message: { type: 'readPoint', id } };
}

function started(options?: { turnUs: number }): NodeWorld & { readonly replica: ScriptedReplica } {
  const world = nodeWorld(options);
  world.node.start();
  const [replica] = world.replicas;
  if (replica === undefined) throw new Error('not started');
  return { ...world, replica };
}

const wake = { type: 'clientOpened', connection: 1 } as const;

test('a start replays what is durable, then boots, then ticks', () => {
  const { node, replica, replicas, run } = started();
  replica.want(persist(1));
  node.give(wake);
  run(60_000);
  expect(replica.types).toContain('persisted');
  node.crash(false);
  node.start();
  run(60_000);
  expect(replicas[1]?.types.slice(0, 3)).toEqual(['restore', 'boot', 'tick']);
  expect(node.bootId).toBe('n1-boot-2');
});

test('a crash during a write loses the record, or leaves it to be found', () => {
  for (const keep of [false, true]) {
    const { node, replica, replicas, durable } = started();
    replica.want(persist(1));
    node.give(wake);
    node.crash(keep);
    node.start();
    expect(replicas[1]?.types).toEqual(keep ? ['restore', 'boot'] : ['boot']);
    expect(durable).toEqual(keep ? [1] : []);
  }
});

test('a failed write is reported, and nothing else comes of it', () => {
  const { node, replica, run } = started();
  node.disk.failNext = 'lost';
  replica.want(persist(1));
  node.give(wake);
  run(10_000);
  expect(replica.inputs).toContainEqual({ type: 'persistFailed', sequence: 1, code: 'IO_ERROR' });
  expect(node.journal.last).toBeUndefined();
});

test('a paused node is given what it missed when it goes on, by a clock that did not stop', () => {
  const { node, replica, run } = started();
  node.pause();
  node.give(wake);
  const before = replica.instants.at(-1)?.monotonicMs ?? 0;
  run(500_000);
  expect(replica.types).not.toContain('clientOpened');
  node.resume();
  expect(replica.types).toContain('clientOpened');
  expect((replica.instants.at(-1)?.monotonicMs ?? 0) - before).toBeGreaterThanOrEqual(500);
});

test.each([6, 80, 3_000])('a machine suspended for %i ms has a clock that stood still, and one that did not', (ms) => {
  const { node, replica, run } = started();
  const before = replica.instants.at(-1);
  node.suspend();
  run(ms * 1_000);
  node.resume();
  const after = replica.instants.at(-1);
  expect((after?.monotonicMs ?? 0) - (before?.monotonicMs ?? 0)).toBeLessThan(1);
  expect((after?.uptimeMs ?? 0) - (before?.uptimeMs ?? 0)).toBeGreaterThanOrEqual(ms);
});

test('a wall clock that is set tells the replica nothing', () => {
  const { node, replica, run } = started();
  const leadsMs: number[] = [];
  for (const byMs of [3_600_000, -7_200_000, 40, -40]) {
    node.clock.setWall(byMs);
    run(30_000);
    const { monotonicMs, uptimeMs } = replica.instants.at(-1) ?? { monotonicMs: 0, uptimeMs: 0 };
    leadsMs.push(uptimeMs - monotonicMs);
  }
  expect(new Set(leadsMs.map((leadMs) => Math.round(leadMs))).size).toBe(1);
});

test('effects can be held back by a pause, and performed after it', () => {
  const { node, replica, sent } = started();
  let paused = false;
  node.pauseMidTurn = () => {
    paused = true;
  };
  replica.want(send(1));
  node.give(wake);
  expect([paused, sent, node.phase]).toEqual([true, [], 'paused']);
  node.resume();
  expect(sent).toEqual([{ type: 'readPoint', id: 1 }]);
});

test('a crash can fall between the effects of one turn', () => {
  const { node, replica, sent, coverage } = started();
  node.crashMidTurn = true;
  replica.want(send(1), send(2), send(3));
  node.give(wake);
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.length).toBeLessThan(3);
  expect(node.phase).toBe('down');
  expect(coverage.count('crash between the effects of one turn')).toBe(1);
});

test('inputs that come close together share a turn and a reading of the clock', () => {
  const { node, replica, run } = started({ turnUs: 1_000 });
  replica.inputs.length = 0;
  replica.instants.length = 0;
  node.give(wake);
  node.give({ type: 'clientClosed', connection: 1 });
  expect(replica.inputs).toEqual([]);
  run(1_000);
  expect(replica.types).toEqual(['clientOpened', 'clientClosed']);
  expect(new Set(replica.instants.map(({ monotonicMs }) => monotonicMs)).size).toBe(1);
});

test('a halt for any other reason than a failed disk, and a broken assertion, are violations', () => {
  const { node, replica } = started();
  replica.want({ type: 'halt', code: 'STATE_DIVERGED', reason: 'so it is' });
  expect(() => node.give(wake)).toThrow('no node halts: n1: STATE_DIVERGED');
  const broken = started();
  broken.replica.step = () => {
    throw new Error('not so');
  };
  expect(() => broken.node.give(wake)).toThrow('no assertion fails');
});

test('a turn can be ended early, so that a node is not healed between the news of a failure and its halt', () => {
  const { node, replica, run } = started({ turnUs: 1_000 });
  run(2_000);
  node.give(wake);
  const early = replica.types.length;
  node.runTurn();
  expect(replica.types.slice(early)).toEqual(['clientOpened']);
  const steps = replica.instants.length;
  run(1_000);
  expect(replica.instants.length).toBe(steps);
  node.pause();
  node.give(wake);
  node.runTurn();
  expect(replica.instants.length).toBe(steps);
});

describe('its disk', () => {
  const read = { type: 'readSlots', token: 1, fromSlot: 1, toSlot: 1, maxBytes: 100 } as const;

  test('is looked at before the replica exists: a damaged one keeps the node from starting, again and again', () => {
    const { node, replica, replicas, run } = started();
    replica.want(persist(1));
    node.give(wake);
    run(10_000);
    node.crash(false);
    flipBit(node.disk, new RandomStream(1));
    for (const _ of [1, 2]) {
      node.start();
      expect([node.phase, node.alive, replicas.length]).toEqual(['refused', false, 1]);
    }
  });

  test('cannot be read at the moment: the node does not start now, but later', () => {
    const { node, replicas } = started();
    node.crash(false);
    node.disk.failNextRead = true;
    node.start();
    expect([node.phase, replicas.length]).toEqual(['down', 1]);
    node.start();
    expect([node.phase, replicas.length]).toEqual(['running', 2]);
  });

  test('cannot be read while the node runs: it halts, and what it had wanted meanwhile is not done', () => {
    const { node, replica, run } = started();
    node.disk.failNextRead = true;
    replica.want(read);
    node.give(wake);
    run(10_000);
    expect(node.phase).toBe('halted');
    expect(replica.types).not.toContain('slotsRead');
  });

  test('is read back', () => {
    const { node, replica, run } = started();
    replica.want(read);
    node.give(wake);
    run(10_000);
    expect(replica.inputs).toContainEqual({ type: 'slotsRead', token: 1, slots: [] });
  });

  test('is another one after it was wiped', () => {
    const { node, replica, replicas, run } = started();
    replica.want(persist(1));
    node.give(wake);
    run(10_000);
    node.crash(false);
    node.disk.wipe('another');
    node.start();
    expect([node.incarnation, replicas[1]?.types]).toEqual(['another', ['boot']]);
  });
});

test('a node that is out of service does not start any more', () => {
  const { node } = started();
  node.retire();
  node.start();
  expect([node.phase, node.boots]).toEqual(['down', 1]);
});
