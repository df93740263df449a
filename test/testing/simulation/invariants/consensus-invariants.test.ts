import { expect, test } from 'vitest';
import type { Accept, Accepted, PromiseMessage } from '../../../../src/paxos/messages.ts';
import type { AcceptedSlot, JournalRecord } from '../../../../src/paxos/record.ts';
import { Coverage } from '../../../../src/testing/simulation/coverage.ts';
import { ConsensusInvariants } from '../../../../src/testing/simulation/invariants/consensus-invariants.ts';
import type { SimulatedNode } from '../../../../src/testing/simulation/world/node.ts';
import { type Ballot, zeroBallot } from '../../../../src/wire/ballot.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';
import { nodeWorld } from '../support.ts';

const ids = ['n1', 'n2', 'n3'] as NodeId[];
const ballot = (round: number, node = 0): Ballot => ({ round, nodeId: ids[node] ?? '' });
const one = new Uint8Array([1]);
const two = new Uint8Array([2]);

class Bench {
  readonly invariants: ConsensusInvariants;
  readonly chosen: number[] = [];
  readonly nodes: SimulatedNode[];
  readonly #sequences = [0, 0, 0];

  constructor() {
    this.invariants = new ConsensusInvariants(ids, new Coverage(), (through) => this.chosen.push(through));
    this.nodes = ids.map((nodeId, index) => Object.assign(nodeWorld().node, { nodeId, index }));
  }

  node(index: number): SimulatedNode {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError('no such node');
    return node;
  }

  write(
    index: number,
    promised: Ballot,
    accepted: readonly AcceptedSlot[] = [],
    rest: Partial<JournalRecord> = {},
  ): void {
    const sequence = (this.#sequences[index] ?? 0) + 1;
    this.#sequences[index] = sequence;
    const base = {
      sequence,
      promised,
      chosenThrough: 0,
      trimmedThrough: 0,
      configuration: undefined,
      accepted,
      seen: [],
      genesis: undefined,
      formed: true,
    };
    const { journal } = this.node(index);
    journal.begin({ ...base, ...rest });
    this.invariants.onDurable(this.node(index), journal.complete());
  }

  say(index: number, message: Accept | Accepted): void {
    this.invariants.onSend(this.node(index), message);
  }

  /** Phase 1: the node promises its own ballot, asks, and gets this promise of another node. */
  lead(index: number, at: Ballot, other: number, promise: Partial<PromiseMessage> = {}): void {
    for (const node of [index, other]) this.write(node, at);
    this.prepare(index, at);
    this.promise(other, index, at, promise);
  }

  prepare(index: number, at: Ballot): void {
    this.invariants.onSend(this.node(index), { type: 'prepare', ballot: at, fromSlot: 1, transferOf: zeroBallot });
  }

  promise(from: number, to: number, at: Ballot, promise: Partial<PromiseMessage>): void {
    const whole = {
      incarnation: 'i',
      sequence: 1,
      trimmedThrough: 0,
      configuration: undefined,
      chosenThrough: 0,
      accepted: [],
      part: 0,
      last: true,
    };
    const message = { type: 'promise', ballot: at, ...whole, ...promise } as const;
    this.invariants.onDeliver(this.node(from), this.node(to), message);
  }
}

const slot = (number: number, value: Uint8Array, at: Ballot): AcceptedSlot => ({
  slot: number,
  ballot: at,
  value,
  chosen: false,
});

function accept(number: number, value: Uint8Array, at: Ballot, chosenThrough = 0): Accept {
  return { type: 'accept', ballot: at, slot: number, value, chosenThrough };
}

function accepted(through: number, at: Ballot): Accepted {
  return { type: 'accepted', ballot: at, through, incarnation: 'i', sequence: 1, quiet: false };
}

test('a faultless round passes, and what it chooses is told', () => {
  const bench = new Bench();
  bench.lead(0, ballot(1), 1);
  bench.say(0, accept(1, one, ballot(1)));
  for (const node of [0, 1]) bench.write(node, ballot(1), [slot(1, one, ballot(1))]);
  bench.say(1, accepted(1, ballot(1)));
  expect(bench.chosen).toEqual([1]);
  bench.write(2, ballot(1), [{ ...slot(1, one, ballot(1)), chosen: true }], { chosenThrough: 1 });
  bench.invariants.onApply(bench.node(2), 1, one);
});

test('a promise that is taken back', () => {
  const bench = new Bench();
  bench.write(0, ballot(2));
  expect(() => bench.write(0, ballot(1))).toThrow('promises rise');
});

test('a value accepted below the promise', () => {
  const bench = new Bench();
  bench.write(0, ballot(2));
  expect(() => bench.write(0, ballot(2), [slot(1, one, ballot(1))])).toThrow('accepted as promised');
});

test('a hole in the journal', () => {
  const bench = new Bench();
  expect(() => bench.write(0, ballot(1), [], { sequence: 2 })).toThrow('the journal has no hole');
});

test('a promise that is spoken before it is written', () => {
  const bench = new Bench();
  const prepare = { type: 'prepare', ballot: ballot(1), fromSlot: 1, transferOf: zeroBallot } as const;
  expect(() => bench.invariants.onSend(bench.node(0), prepare)).toThrow('persist before speak');
  bench.write(0, ballot(1));
  bench.invariants.onSend(bench.node(0), prepare);
});

test('an acceptance that is spoken before it is written', () => {
  const bench = new Bench();
  bench.lead(0, ballot(1), 1);
  bench.say(0, accept(1, one, ballot(1)));
  bench.say(1, accepted(0, ballot(1)));
  expect(() => bench.say(1, accepted(1, ballot(1)))).toThrow('persist before speak');
  bench.write(1, ballot(1), [slot(1, one, ballot(1))]);
  bench.say(1, accepted(1, ballot(1)));
  expect(() => bench.say(1, accepted(2, ballot(1)))).toThrow('persist before speak');
});

test('an acceptance in another ballot, of a value that is not chosen, does not count', () => {
  const bench = new Bench();
  bench.lead(0, ballot(1), 1);
  bench.say(0, accept(1, one, ballot(1)));
  bench.write(1, ballot(1), [slot(1, one, ballot(1))]);
  bench.write(1, ballot(2));
  expect(() => bench.say(1, accepted(1, ballot(2)))).toThrow('persist before speak');
});

test('a proposal in a ballot of somebody else', () => {
  const bench = new Bench();
  bench.write(1, ballot(1, 0));
  expect(() => bench.say(1, accept(1, one, ballot(1, 0)))).toThrow('a ballot has one owner');
});

test('something is said to be chosen that is not', () => {
  const bench = new Bench();
  bench.write(0, ballot(1));
  expect(() => bench.say(0, accept(1, one, ballot(1), 1))).toThrow('chosen is chosen');
  expect(() => bench.write(0, ballot(1), [], { chosenThrough: 1 })).toThrow('chosen is chosen');
});

test('another value is applied than the chosen one, or one too early', () => {
  const bench = new Bench();
  expect(() => bench.invariants.onApply(bench.node(2), 1, one)).toThrow('only chosen values are applied');
  bench.lead(0, ballot(1), 1);
  for (const node of [0, 1]) bench.write(node, ballot(1), [slot(1, one, ballot(1))]);
  expect(() => bench.invariants.onApply(bench.node(2), 1, two)).toThrow('agreement');
});

test('a value is accepted that nobody has proposed, or another one', () => {
  const bench = new Bench();
  bench.lead(0, ballot(1), 1);
  expect(() => bench.write(1, ballot(1), [slot(1, one, ballot(1))])).toThrow('accepted values were proposed');
  bench.say(0, accept(1, one, ballot(1)));
  expect(() => bench.write(2, ballot(1), [slot(1, two, ballot(1))])).toThrow('accepted values were proposed');
});

test('a proposal without phase 1', () => {
  const bench = new Bench();
  for (const node of [0, 1]) bench.write(node, ballot(1));
  expect(() => bench.say(0, accept(1, one, ballot(1)))).toThrow('phase 1 comes first');
  bench.prepare(0, ballot(1));
  expect(() => bench.say(0, accept(2, one, ballot(1)))).toThrow('proposals follow phase 1');
});

test('a promise in parts counts when all of them have come', () => {
  const bench = new Bench();
  bench.lead(0, ballot(1), 1, { last: false });
  expect(() => bench.say(0, accept(1, one, ballot(1)))).toThrow('proposals follow phase 1');
  const other = new Bench();
  other.lead(0, ballot(1), 1, { last: false });
  other.promise(1, 0, ballot(1), { part: 1 });
  other.say(0, accept(1, one, ballot(1)));
});

test('a proposal that is not what was reported with the highest ballot', () => {
  const accepted = [slot(1, one, ballot(1, 1))];
  const ignoring = new Bench();
  ignoring.lead(0, ballot(3), 1, { accepted });
  expect(() => ignoring.say(0, accept(1, two, ballot(3)))).toThrow('proposals follow phase 1');
  const adopting = new Bench();
  adopting.lead(0, ballot(3), 1, { accepted });
  adopting.say(0, accept(1, one, ballot(3)));
  adopting.say(0, accept(2, two, ballot(3)));
});

test('any quorum will do, but it is one for all slots of the ballot', () => {
  const bench = new Bench();
  bench.lead(0, ballot(3), 1, { accepted: [slot(1, one, ballot(1, 1))] });
  bench.promise(2, 0, ballot(3), { accepted: [slot(2, two, ballot(1, 1))] });
  bench.say(0, accept(1, two, ballot(3)));
  expect(() => bench.say(0, accept(2, one, ballot(3)))).toThrow('proposals follow phase 1');
});

test('a proposal in a slot that somebody in the quorum knows to be chosen', () => {
  const bench = new Bench();
  bench.lead(0, ballot(3), 1, { chosenThrough: 1 });
  expect(() => bench.say(0, accept(1, two, ballot(3)))).toThrow('proposals follow phase 1');
});
