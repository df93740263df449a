import { describe, expect, test } from 'vitest';
import { configurationValue } from '../../../../src/paxos/configuration-codec.ts';
import type { AcceptedSlot, JournalRecord } from '../../../../src/paxos/record.ts';
import type { PeerMessage } from '../../../../src/replica/messages.ts';
import { journalDamaged } from '../../../../src/storage/storage-error.ts';
import { Coverage } from '../../../../src/testing/simulation/coverage.ts';
import type { FaultBudget } from '../../../../src/testing/simulation/faults/beyond-budget.ts';
import { flipBit } from '../../../../src/testing/simulation/faults/damage.ts';
import { knownSequence, LossInvariants } from '../../../../src/testing/simulation/invariants/losses.ts';
import { Regimes } from '../../../../src/testing/simulation/invariants/regimes.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import type { SimulatedNode } from '../../../../src/testing/simulation/world/node.ts';
import type { Ballot } from '../../../../src/wire/ballot.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';
import { type NodeWorld, nodeWorld } from '../support.ts';

const ids = ['n1', 'n2', 'n3'] as NodeId[];
const ballot = (round: number): Ballot => ({ round, nodeId: 'n2' as NodeId });
const vote: AcceptedSlot = { slot: 1, ballot: ballot(1), value: new Uint8Array([1]), chosen: false };

/** Three nodes, each with a disk of its own, and whoever looks at what they have lost. The first is the one that loses. */
class Bench {
  readonly worlds: NodeWorld[] = ids.map(() => nodeWorld());
  readonly coverage = new Coverage();
  readonly nodes: SimulatedNode[];
  readonly losses: LossInvariants;
  readonly regimes: Regimes;

  constructor(budget: FaultBudget = 'within') {
    this.nodes = this.worlds.map(({ node }, index) => Object.assign(node, { nodeId: ids[index], index }));
    const [{ queue }] = this.worlds as [NodeWorld];
    const { nodes, coverage } = this;
    this.regimes = new Regimes(ids as readonly NodeId[], ids.length, coverage);
    const { regimes } = this;
    this.losses = new LossInvariants({ nodes, budget, greetingWaitMs: 200, queue, coverage, regimes });
    for (const node of nodes) node.start();
    for (const node of nodes) this.losses.onOpened(node);
    this.write(0, {});
    this.write(0, { promised: ballot(1) });
    this.write(0, { promised: ballot(1), accepted: [vote] });
    this.write(0, { promised: ballot(1), chosenThrough: 1 });
    this.write(1, { seen: [{ nodeId: 'n1' as NodeId, incarnation: 'i', sequence: 3 }] });
  }

  get node(): SimulatedNode {
    return this.nodes[0] as SimulatedNode;
  }

  write(index: number, changed: Partial<JournalRecord>): void {
    const { node, run } = this.worlds[index] as NodeWorld;
    const base = {
      promised: { round: 0, nodeId: '' as const },
      chosenThrough: 0,
      trimmedThrough: 0,
      accepted: [],
      seen: [],
      configuration: undefined,
    };
    const sequence = (node.journal.last?.sequence ?? 0) + 1;
    node.disk.write({ ...base, genesis: undefined, formed: true, sequence, ...changed }, () => {});
    run(10_000);
  }

  /** The process of the first node is gone; `meanwhile`; then it looks at its disk. */
  restart(meanwhile: (node: SimulatedNode) => void): void {
    const { node } = this;
    node.crash(false, false);
    meanwhile(node);
    node.start();
    this.losses.onOpened(node);
    this.losses.onStep(node, { type: 'boot' });
  }

  wait(ms: number): void {
    this.worlds[0]?.run(ms * 1_000);
  }

  /** That of the first node, as another one reads it. */
  greet(to: number, bootId = this.node.bootId): void {
    const rest = {
      clusterId: 'c',
      clusterName: 'c',
      formed: true,
      sequence: 0,
      chosenThrough: 0,
      configuration: undefined,
      initial: [],
      supportedLevel: 2,
    };
    const message: PeerMessage = { type: 'greeting', bootId, incarnation: 'i', ...rest };
    const from = ids[0] as NodeId;
    this.losses.onStep(this.nodes[to] as SimulatedNode, { type: 'peerMessage', from, incarnation: 'i', message });
  }

  /** Another one reads a greeting of the first node, and that one its answer. */
  answer(from: number, changed: { readonly incarnation?: string; readonly bootId?: string } = {}): void {
    const { incarnation = 'i', bootId = this.node.bootId } = changed;
    this.greet(from, bootId);
    const welcome = { kind: 'welcome' } as const;
    const rest = {
      clusterId: 'c',
      formed: true,
      chosenThrough: 0,
      configuration: undefined,
      verdict: welcome,
      seen: undefined,
      supportedLevel: 2,
    };
    const message: PeerMessage = { type: 'greetingAnswer', bootId, incarnation, ...rest };
    this.losses.onStep(this.node, { type: 'peerMessage', from: ids[from] as NodeId, incarnation, message });
  }

  vote(): boolean {
    const vote = { ballot: ballot(1), through: 1, incarnation: 'i', sequence: 9, quiet: false };
    return this.losses.maySend(this.node, { type: 'accepted', ...vote });
  }
}

describe('a node with a sound disk', () => {
  test('votes once all have answered, or it has waited', () => {
    const bench = new Bench();
    bench.restart(() => {});
    bench.answer(1);
    bench.answer(2);
    expect(bench.vote()).toBe(true);
    const patient = new Bench();
    patient.restart(() => {});
    patient.wait(210);
    expect(patient.vote()).toBe(true);
  });

  test('does not vote before, and late answers do not count', () => {
    const bench = new Bench();
    bench.restart(() => {});
    bench.answer(1);
    bench.answer(2, { bootId: 'an-earlier-boot' });
    expect(() => bench.vote()).toThrow('a node hears the others before it votes');
  });

  test('journals nothing before but the genesis', () => {
    const bench = new Bench();
    bench.restart(() => {});
    const record = {
      sequence: 5,
      promised: ballot(1),
      chosenThrough: 1,
      trimmedThrough: 0,
      accepted: [],
      seen: [],
      configuration: undefined,
      formed: true,
    };
    expect(() => bench.losses.onDurable(bench.node, { ...record, genesis: undefined })).toThrow(
      'a node hears the others before it votes: n1 journals a record 0 ms after its boot',
    );
    expect(() => bench.losses.onDurable(bench.node, { ...record, genesis: {} as never })).not.toThrow();
    bench.wait(210);
    expect(() => bench.losses.onDurable(bench.node, { ...record, genesis: undefined })).not.toThrow();
  });

  test('opens its journal, and does not halt', () => {
    const bench = new Bench();
    const error = journalDamaged('here', 'record 1 is missing');
    expect(() => bench.losses.onNotOpened(bench.node, error)).toThrow('a journal in order is opened');
    expect(() => bench.losses.onHalt(bench.node, 'ROLLED_BACK')).toThrow('no node halts');
    expect(() => bench.losses.onHalt(bench.node, 'REMOVED')).toThrow('no node halts');
  });
});

describe('a node with a damaged disk', () => {
  test('must not start from it', () => {
    const bench = new Bench();
    flipBit(bench.node.disk, new RandomStream(1));
    expect(() => bench.losses.onOpened(bench.node)).toThrow('damage is refused');
    bench.losses.onNotOpened(bench.node, journalDamaged('here', 'record 1 does not match its checksum'));
    expect(bench.coverage.count('damaged journal refused at boot')).toBe(1);
  });

  test('must not start if its witness knows of more', () => {
    const bench = new Bench();
    bench.node.disk.rollBack(2);
    bench.node.disk.witnessed = 4;
    expect(() => bench.losses.onOpened(bench.node)).toThrow('damage is refused: n1 starts from 2 records of 4');
  });
});

describe('a rolled-back node', () => {
  const cutTo = (records: number) => (node: SimulatedNode) => node.disk.rollBack(records);

  test('must not vote after whoever has seen more has answered', () => {
    const bench = new Bench();
    expect(knownSequence(bench.nodes[1] as SimulatedNode, bench.node)).toBe(3);
    bench.restart(cutTo(2));
    bench.answer(1);
    bench.answer(2);
    expect(() => bench.vote()).toThrow('no vote with amnesia');
    bench.losses.onHalt(bench.node, 'ROLLED_BACK');
    expect(bench.node.retired).toBe(true);
  });

  test.each([
    ['who knows nothing', 2, {}],
    ['whose directory was wiped', 1, { incarnation: 'i-wiped' }],
    ['who answers an earlier boot', 1, { bootId: 'an-earlier-boot' }],
  ])('cannot know better by one %s: it is taken away, or let to vote beyond the budget', (_who, from, changed) => {
    const bench = new Bench();
    bench.restart(cutTo(2));
    bench.answer(from, changed);
    bench.wait(210);
    expect([bench.vote(), bench.node.retired, bench.node.phase]).toEqual([false, true, 'down']);
    const beyond = new Bench('rollback');
    beyond.restart(cutTo(2));
    beyond.answer(from, changed);
    beyond.wait(210);
    expect(beyond.vote()).toBe(true);
    expect(beyond.coverage.count('beyond the budget: rolled-back node votes')).toBe(1);
  });

  test('is not told by one who had seen nothing when it was greeted, or no more than the node has by now', () => {
    const early = new Bench();
    early.restart(cutTo(1));
    early.greet(2);
    early.write(2, { seen: [{ nodeId: 'n1' as NodeId, incarnation: 'i', sequence: 3 }] });
    early.answer(2);
    early.wait(210);
    expect(early.vote()).toBe(false);
    const grown = new Bench();
    grown.restart(cutTo(2));
    grown.wait(210);
    grown.write(0, { promised: ballot(1) });
    grown.answer(1);
    expect(grown.vote()).toBe(false);
  });

  test('has lost nothing that matters if no vote was among it', () => {
    const bench = new Bench();
    bench.restart(cutTo(3));
    bench.answer(1);
    bench.answer(2);
    expect(bench.vote()).toBe(true);
  });
});

/** The members are those from slot 5 on, all voters. */
function choose(regimes: Regimes, members: readonly (readonly [nodeId: string, incarnation: string])[]): void {
  const listed = members.map(([nodeId, incarnation]) => {
    return { nodeId: nodeId as NodeId, incarnation, address: '', standing: 'voter', replaces: '' } as const;
  });
  regimes.onChosen(5, configurationValue(listed), 4, 0);
}

test('a wiped node does not vote before its new directory is a member', () => {
  const bench = new Bench();
  bench.restart((node) => node.disk.wipe('i-wiped'));
  bench.wait(210);
  expect(() => bench.vote()).toThrow('no vote with amnesia');
  expect(bench.coverage.count('wiped node started')).toBe(1);
  choose(bench.regimes, [['n1', 'i-wiped']]);
  expect(bench.vote()).toBe(true);
  expect(bench.coverage.count('wiped node taken in anew')).toBe(1);
});

test('a node stops as removed only if it is', () => {
  const bench = new Bench();
  choose(bench.regimes, [
    ['n1', bench.node.incarnation],
    ['n2', 'i'],
  ]);
  expect(() => bench.losses.onHalt(bench.node, 'REMOVED')).toThrow('no node halts');
  bench.losses.onHalt(bench.nodes[2] as SimulatedNode, 'REMOVED');
  expect(bench.coverage.count('removed node stopped')).toBe(1);
});
