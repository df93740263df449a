import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Machine } from '../../src/machine/machine.ts';
import type { StateAnswer } from '../../src/replica/effect.ts';
import { utf8Bytes, utf8Text } from '../../src/wire/bytes.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { Consistency } from '../../src/wire/operation.ts';
import { Cluster } from './cluster.ts';

let lastToken = 0;

/** Asks a node for its state; what it answers is looked up when it is called. */
function ask(
  cluster: Cluster,
  nodeId: string,
  consistency: Consistency = 'linearizable',
): () => StateAnswer | undefined {
  lastToken += 1;
  const token = lastToken;
  const { effects } = cluster.node(nodeId);
  cluster.turn(nodeId, { type: 'readState', token, consistency });
  return () => {
    for (const effect of effects) if (effect.type === 'stateRead' && effect.token === token) return effect.answer;
    return undefined;
  };
}

/** What the key was in the state that was given; '-': there was none. */
function valueIn(answer: StateAnswer | undefined, key: string): string {
  if (answer?.kind !== 'state') throw new Error(`no state: ${JSON.stringify(answer)}`);
  const machine = new Machine({ checksum: crc32 });
  const reader = machine.snapshotReader();
  for (const chunk of answer.snapshot.chunks(100)) reader.take(chunk);
  expect(machine.install(answer.snapshot.slot, answer.snapshot.hash, reader)).toBe(true);
  const found = machine.read({ kind: 'get', key: utf8Bytes(key), revision: 0 as Revision, consistency: 'stale' });
  return found.kind === 'get' && found.entry !== undefined ? utf8Text(found.entry.value) : '-';
}

describe.each([true, false])('the state of any node (leases: %s)', (leases) => {
  it('holds what was acknowledged on any other before it was asked for', () => {
    const cluster = Cluster.ready({ leases });
    const writer = cluster.client('n3').open();
    for (const value of ['1', '2', '3']) {
      writer.answer(writer.put('a', value));
      for (const nodeId of ['n1', 'n2', 'n3']) {
        const answer = ask(cluster, nodeId);
        cluster.settle();
        cluster.advance(100);
        expect(valueIn(answer(), 'a')).toBe(value);
      }
    }
  });

  it('is not given by a follower before it has what it lacks', () => {
    const cluster = Cluster.ready({ leases });
    const writer = cluster.client('n1').open();
    cluster.hold(({ to, message }) => to === 'n2' && (message.type === 'accept' || message.type === 'learn'));
    writer.answer(writer.put('a', '1'));
    const answer = ask(cluster, 'n2');
    cluster.advance(100);
    expect(answer()).toBeUndefined();
    cluster.release();
    cluster.settle();
    expect(valueIn(answer(), 'a')).toBe('1');
  });

  it('is not given by a leader that was cut off, while another has acknowledged more', () => {
    const cluster = Cluster.ready({ leases });
    cluster.isolate('n1');
    const leader = cluster.leaderAfter('n1');
    const writer = cluster.client(leader).open();
    writer.answer(writer.put('a', '1'));
    const answer = ask(cluster, 'n1');
    cluster.advance(1_000);
    expect(answer()).toMatchObject({ kind: 'refused', code: 'NOT_LEADER' });
  });
});

it('does not change with what is written after it was given', () => {
  const cluster = Cluster.ready();
  const writer = cluster.client('n1').open();
  writer.answer(writer.put('a', '1'));
  const answer = ask(cluster, 'n1');
  cluster.advance(100);
  expect(answer()?.kind).toBe('state');
  writer.answer(writer.put('a', '2'));
  expect(valueIn(answer(), 'a')).toBe('1');
});

it('is held beside the states that become checkpoints meanwhile', () => {
  const cluster = Cluster.ready({ checkpointJournalBytes: 5_000 });
  const { machine } = cluster.replica('n1');
  const writer = cluster.client('n1').open();
  writer.answer(writer.put('a', '1'));
  const answer = ask(cluster, 'n1');
  cluster.advance(100);
  for (let count = 0; count < 100; count += 1) writer.answer(writer.put('a', `${count}${'x'.repeat(500)}`));
  cluster.advance(100);
  expect(cluster.node('n1').halt).toBeUndefined();
  expect(cluster.node('n1').disk.checkpoints).toHaveLength(2);
  expect(machine.heldSnapshots).toBe(1);
  const given = answer();
  expect(valueIn(given, 'a')).toBe('1');
  if (given?.kind === 'state') given.snapshot.release();
  expect(machine.heldSnapshots).toBe(0);
});

describe('without a leader', () => {
  it('a state is refused after half a second, or given as it is if that will do', () => {
    const cluster = Cluster.ready();
    const writer = cluster.client('n1').open();
    writer.answer(writer.put('a', '1'));
    cluster.advance(100);
    cluster.isolate('n3');
    cluster.advance(2_000);
    const answer = ask(cluster, 'n3');
    const stale = ask(cluster, 'n3', 'stale');
    cluster.settle();
    expect(valueIn(stale(), 'a')).toBe('1');
    cluster.advance(700);
    expect(answer()).toMatchObject({ kind: 'refused', code: 'NOT_LEADER' });
  });

  it('a node that belongs to no cluster yet has none to give', () => {
    const cluster = new Cluster();
    for (const consistency of ['linearizable', 'stale'] as const) {
      expect(ask(cluster, 'n1', consistency)()).toMatchObject({ kind: 'refused', code: 'UNAVAILABLE' });
    }
  });
});
