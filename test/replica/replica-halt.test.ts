import { describe, expect, it } from 'vitest';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import type { ReplicaInput } from '../../src/replica/input.ts';
import { Cluster } from './cluster.ts';

/** A leader to whom a client has just sent something, so that there is much to be done in its next step. */
function busyLeader() {
  const cluster = Cluster.ready({ count: 1 });
  const client = cluster.client('n1').open();
  const replica = cluster.replica('n1');
  cluster.pause('n1');
  client.put('a', '1');
  client.get('a', 'stale');
  const { waiting } = cluster.node('n1');
  const instant = { monotonicMs: cluster.nowMs, uptimeMs: cluster.nowMs };
  const step = (input: ReplicaInput, monotonicMs = cluster.nowMs): readonly ReplicaEffect[] => {
    const effects: ReplicaEffect[] = [];
    replica.step(input, { monotonicMs, uptimeMs: monotonicMs }, effects);
    return effects;
  };
  for (const input of waiting) replica.step(input, instant, []);
  return { cluster, replica, step };
}

/** Nothing that is given to it has an effect any more. */
function expectSilence(step: (input: ReplicaInput) => readonly ReplicaEffect[]): void {
  expect(step({ type: 'endOfTurn' })).toEqual([]);
  expect(step({ type: 'tick' })).toEqual([]);
  expect(step({ type: 'clientOpened', connection: 99 })).toEqual([]);
}

describe('a server halts, and nothing but that leaves it,', () => {
  it('when an invariant is broken', () => {
    const { cluster, replica, step } = busyLeader();
    const effects = step({ type: 'endOfTurn' }, cluster.nowMs - 1);
    expect(effects).toEqual([{ type: 'halt', code: 'ASSERTION_FAILED', reason: 'time never goes back' }]);
    expect(replica.halted).toBe('ASSERTION_FAILED');
    expect(replica.status().halted).toBe('ASSERTION_FAILED');
    expectSilence(step);
  });

  it('in the middle of a step that had much to do before', () => {
    const { replica, step } = busyLeader();
    // The proposal has been made by then, and the record cut.
    const broken = replica.paxos.flush.bind(replica.paxos);
    replica.paxos.flush = (effects) => {
      broken(effects);
      effects.push({ type: 'halt', code: 'STATE_DIVERGED', reason: 'as if' });
      effects.push({ type: 'notice', code: 'transfer', text: 'after it' });
    };
    expect(step({ type: 'endOfTurn' })).toEqual([{ type: 'halt', code: 'STATE_DIVERGED', reason: 'as if' }]);
    expectSilence(step);
  });

  it('when the disk fails', () => {
    const { replica, step } = busyLeader();
    step({ type: 'endOfTurn' });
    const { journalSequence } = replica.paxos.status();
    const effects = step({ type: 'persistFailed', sequence: journalSequence + 1, code: 'ENOSPC' });
    expect(effects.map((effect) => (effect.type === 'halt' ? effect.code : effect.type))).toEqual(['PERSIST_FAILED']);
    expectSilence(step);
  });

  it('when a chosen command cannot be decoded', () => {
    const cluster = Cluster.ready();
    const before = cluster.replica('n2').machine.appliedSlot;
    // A client's connection would not let it in; a leader of a newer version may.
    cluster.turn('n1', {
      type: 'peerMessage',
      from: cluster.node('n2').nodeId,
      incarnation: 'incarnation of n2',
      message: { type: 'forward', id: 1, operations: [new Uint8Array([255, 255])] },
    });
    // The next leader adopts it; the last node is alone then.
    cluster.advance(5_000);
    const halted = cluster.nodes.filter(({ halt }) => halt !== undefined);
    expect(halted.length).toBe(2);
    for (const { halt, effects, replica } of halted) {
      expect(halt?.code).toBe('UNDECODABLE_COMMAND');
      expect(effects.at(-1)).toBe(halt);
      expect(replica.machine.appliedSlot).toBe(before);
    }
  });
});
