import { Paxos } from '../../paxos/paxos.ts';
import { BrokenInvariant } from './broken-invariant.ts';
import { campaignInput, inputs, isMessage, isProposal, messageInput, messageOf, proposalInput } from './input.ts';
import { Interner } from './interner.ts';
import { LedgerBook } from './ledger-book.ts';
import { type End, mayMatter } from './live-messages.ts';
import { type Core, LocalMachine, type Turn } from './local-machine.ts';
import type { Marker } from './markers.ts';
import { nodeCount, nodeIdOf } from './members.ts';
import { describeMessage, describeRecord, MessageBook } from './message-book.ts';
import { OutboxBook } from './outbox-book.ts';
import { absent, PairTable } from './pair-table.ts';
import type { Scope } from './scope.ts';

/** The successor is no state: the input breaks an invariant. */
export const breaks = 0xfffffffe;

/**
 * A node with its whole history, as far as anybody can tell: its state, what it has sent, what it has written and said. The network is
 * the union of what the nodes have sent, so three of these are a global state.
 */
export interface HistoricNode {
  readonly core: number;
  readonly ledger: number;
  /** By receiver: the number of the set of messages sent to it. */
  readonly outboxes: readonly number[];
  readonly proposals: number;
  readonly crashes: number;
}

/** Steps that lead elsewhere: input, successor, input, successor, … */
export type Steps = readonly number[];

/**
 * The graph of each node by itself. Nodes are deterministic, so each distinct (state, input) has one outcome, which is computed once;
 * a global search only puts outcomes together. Loss is a message that is never delivered; copies and overtaking are free, because a
 * message that was sent can arrive at any time, any number of times.
 */
export class NodeGraph {
  readonly messages = new MessageBook();
  readonly local: LocalMachine;
  readonly reached = new Set<Marker>();
  readonly #scope: Scope;
  readonly #nodes = new Interner<HistoricNode>();
  readonly ledgers = new LedgerBook();
  readonly #outboxes = new OutboxBook();
  readonly #turns: (Turn | undefined)[] = [];
  readonly #turnNumbers = new PairTable();
  readonly #next = new PairTable(16);
  readonly #arrivals = new PairTable(16);
  readonly #arrivalSteps: Steps[] = [];
  readonly #settled: (number | undefined)[] = [];
  readonly #pruned = new PairTable(16);
  /** Of each node, beside its object: what every step asks for. */
  #cores = new Uint32Array(1024);
  #crashes = new Uint8Array(1024);
  #publicLedgers = new Uint32Array(1024);
  readonly #ownSteps: Steps[] = [];
  readonly #holdsLease: (boolean | undefined)[] = [];
  readonly broken = new PairTable(4);
  readonly brokenInvariants: BrokenInvariant[] = [];

  constructor(scope: Scope) {
    this.#scope = scope;
    this.local = new LocalMachine(scope, this.messages);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** What a node says and writes after an input, in words; empty if the input breaks an invariant. */
  describeTurn(number: number, input: number): string[] {
    const turn =
      this.next(number, input) === breaks ? undefined : this.#turns[this.#turn(this.coreNumber(number), input)];
    const lines = (turn?.events ?? []).flatMap((event) => {
      if (event.type === 'said') return [`sends ${describeMessage(event.message)}`];
      return event.type === 'durable' ? [`has written ${describeRecord(event.record)}`] : [];
    });
    return [...new Set(lines)];
  }

  start(node: number): number {
    const turn = this.local.start(node);
    const ledger = this.ledgers.start(node, turn.events);
    const outboxes = Array.from({ length: nodeCount }, () => this.#outboxes.empty);
    return this.#intern({ core: turn.core, ledger, outboxes, proposals: 0, crashes: 0 });
  }

  node(number: number): HistoricNode {
    return this.#nodes.thing(number);
  }

  core(number: number): Core {
    return this.local.core(this.coreNumber(number));
  }

  coreNumber(number: number): number {
    return this.#cores[number] as number;
  }

  /** The number of the set of messages that it has sent to the node `to`; 0: none. */
  outbox(number: number, to: number): number {
    return this.node(number).outboxes[to] as number;
  }

  crashes(number: number): number {
    return this.#crashes[number] as number;
  }

  publicLedger(number: number): number {
    return this.#publicLedgers[number] as number;
  }

  holdsLease(number: number): boolean {
    let holds = this.#holdsLease[number];
    if (holds === undefined) {
      holds = Paxos.from(this.core(number).memory).leaseHolds();
      this.#holdsLease[number] = holds;
    }
    return holds;
  }

  /** Steps of a node by itself, apart from those that are bounded for all nodes together. */
  ownSteps(number: number): Steps {
    const known = this.#ownSteps[number];
    if (known !== undefined) return known;
    const steps: number[] = [];
    for (const input of [inputs.timeout, inputs.tick, inputs.persisted, inputs.confirm, inputs.transfer]) {
      this.#pushStep(steps, number, input);
    }
    for (let round = 1; round <= this.#scope.rounds; round++) this.#pushStep(steps, number, campaignInput(round));
    this.#ownSteps[number] = steps;
    return steps;
  }

  proposeStep(number: number): Steps {
    const steps: number[] = [];
    this.#pushStep(steps, number, proposalInput(this.node(number).proposals + 1));
    return steps;
  }

  /** The node once its claims have been compared with what is chosen. */
  settled(number: number): number {
    const known = this.#settled[number];
    if (known !== undefined) return known;
    const node = this.node(number);
    const ledger = this.ledgers.withoutClaims(node.ledger);
    const settled = ledger === node.ledger ? number : this.#intern({ ...node, ledger });
    this.#settled[number] = settled;
    return settled;
  }

  /** The sender without those messages to the receiver that cannot matter any more. */
  pruned(sender: number, receiver: number, mayCrash: boolean): number {
    const end = 2 * this.coreNumber(receiver) + (mayCrash ? 1 : 0);
    const known = this.#pruned.get(sender, end);
    if (known !== absent) return known;
    const pruned = this.#prune(sender, receiver, mayCrash);
    this.#pruned.set(sender, end, pruned);
    return pruned;
  }

  #prune(sender: number, receiver: number, mayCrash: boolean): number {
    const node = this.node(sender);
    const to = this.core(receiver).node;
    const outbox = node.outboxes[to] as number;
    const live = this.#filter(outbox, node.core, this.coreNumber(receiver), mayCrash);
    return live === outbox ? sender : this.#intern({ ...node, outboxes: node.outboxes.with(to, live) });
  }

  #filter(outbox: number, sender: number, receiver: number, mayCrash: boolean): number {
    const ends = {
      sender: this.#end(sender),
      receiver: this.#end(receiver),
      mayCrash,
      leases: this.#scope.time !== undefined,
    };
    return this.#outboxes.filter(
      outbox,
      (number) => mayMatter(this.messages.envelope(number).message, ends) || this.#changes(receiver, number),
    );
  }

  #end(core: number): End {
    const { node, memory, disk } = this.local.core(core);
    return { nodeId: nodeIdOf(node), memory, disk: this.local.disk(disk) };
  }

  /** Whether the arrival of a message makes a difference to the node by itself. */
  #changes(core: number, message: number): boolean {
    try {
      const turn = this.#turns[this.#turn(core, messageInput(message))];
      return turn !== undefined && turn.core !== core;
    } catch {
      // It breaks an invariant: the search has to see that.
      return true;
    }
  }

  /** Arrivals at a node of what another one has sent it. */
  arrivalSteps(number: number, outbox: number): Steps {
    const known = this.#arrivals.get(number, outbox);
    if (known !== absent) return this.#arrivalSteps[known] as Steps;
    const steps: number[] = [];
    for (const message of this.#outboxes.messages(outbox)) this.#pushStep(steps, number, messageInput(message));
    this.#arrivals.set(number, outbox, this.#arrivalSteps.length);
    this.#arrivalSteps.push(steps);
    return steps;
  }

  #pushStep(steps: number[], number: number, input: number): void {
    const next = this.next(number, input);
    if (next !== number) steps.push(input, next);
  }

  /** The node after an input: itself if nothing comes of it or it leads out of the scope. */
  next(number: number, input: number): number {
    const known = this.#next.get(number, input);
    if (known !== absent) return known;
    const next = this.#compute(number, input);
    this.#next.set(number, input, next);
    return next;
  }

  #compute(number: number, input: number): number {
    const node = this.node(number);
    try {
      const turnNumber = this.#turn(node.core, input);
      const turn = this.#turns[turnNumber];
      if (turn === undefined) return number;
      this.#noteMarkers(node, input);
      return this.#intern({
        core: turn.core,
        ledger: this.ledgers.note(node.ledger, turnNumber, turn.events),
        outboxes: this.#post(node.outboxes, turn.sent),
        proposals: node.proposals + (isProposal(input) && turn.sent.length > 0 ? 1 : 0),
        crashes: node.crashes + (input === inputs.crash ? 1 : 0),
      });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const found = error instanceof BrokenInvariant ? error : new BrokenInvariant(error.name, error.message);
      this.broken.set(number, input, this.brokenInvariants.length);
      this.brokenInvariants.push(found);
      return breaks;
    }
  }

  #noteMarkers(node: HistoricNode, input: number): void {
    const core = this.local.core(node.core);
    if (input === inputs.crash && core.pending !== undefined) this.reached.add('a crash lost a record');
    if (!isMessage(input)) return;
    const { message } = this.messages.envelope(messageOf(input));
    const learns = message.type === 'learn' && message.slots.some(({ slot }) => slot > core.memory.chosenThrough);
    if (learns && core.memory.leadership === undefined) this.reached.add('a value was learned from another node');
  }

  #turn(core: number, input: number): number {
    const known = this.#turnNumbers.get(core, input);
    if (known !== absent) return known;
    const turn = this.local.turn(core, input);
    const number = this.#turns.length;
    this.#turns.push(turn);
    this.#turnNumbers.set(core, input, number);
    return number;
  }

  #post(outboxes: readonly number[], sent: readonly number[]): readonly number[] {
    if (sent.length === 0) return outboxes;
    const posted = [...outboxes];
    for (const message of sent) {
      const { to } = this.messages.envelope(message);
      posted[to] = this.#outboxes.with(posted[to] as number, message);
    }
    return posted;
  }

  #intern(node: HistoricNode): number {
    const { core, ledger, outboxes, proposals, crashes } = node;
    const text = `${core} ${ledger} ${outboxes.join(' ')} ${proposals} ${crashes}`;
    const known = this.#nodes.size;
    const number = this.#nodes.number(text, () => node);
    if (number < known) return number;
    if (number >= this.#cores.length) {
      this.#cores = grown(this.#cores, new Uint32Array(2 * number));
      this.#crashes = grown(this.#crashes, new Uint8Array(2 * number));
      this.#publicLedgers = grown(this.#publicLedgers, new Uint32Array(2 * number));
    }
    this.#cores[number] = core;
    this.#crashes[number] = crashes;
    this.#publicLedgers[number] = this.ledgers.publicNumber(ledger);
    return number;
  }
}

function grown<Numbers extends Uint8Array | Uint32Array>(numbers: Numbers, larger: Numbers): Numbers {
  larger.set(numbers);
  return larger;
}
