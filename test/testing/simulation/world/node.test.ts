import { expect, test } from 'vitest';
import type { ReplicaEffect } from '../../../../src/replica/effect.ts';
import { shortestSuspensionUs } from '../../../../src/testing/simulation/world/node.ts';
import { zeroBallot } from '../../../../src/wire/ballot.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';
import { type NodeWorld, nodeWorld, type ScriptedReplica } from '../support.ts';

function persist(sequence: number): ReplicaEffect {
  const record = {
    sequence,
    promised: zeroBallot,
    chosenThrough: 0,
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
  expect(replica.inputs).toContainEqual({ type: 'persistFailed', sequence: 1, code: 'EIO' });
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

test('a suspended machine has a clock that stood still, and one that did not', () => {
  const { node, replica, run } = started();
  const before = replica.instants.at(-1);
  node.suspend();
  run(2 * shortestSuspensionUs);
  node.resume();
  const after = replica.instants.at(-1);
  expect((after?.monotonicMs ?? 0) - (before?.monotonicMs ?? 0)).toBeLessThan(1);
  expect((after?.uptimeMs ?? 0) - (before?.uptimeMs ?? 0)).toBeGreaterThanOrEqual((2 * shortestSuspensionUs) / 1000);
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
