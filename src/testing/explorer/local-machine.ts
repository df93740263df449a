import { cloneState, encodeCanonically } from '../../paxos/canonical.ts';
import type { PaxosEffect } from '../../paxos/effects.ts';
import type { PaxosMessage } from '../../paxos/messages.ts';
import { Paxos } from '../../paxos/paxos.ts';
import type { JournalRecord } from '../../paxos/record.ts';
import type { PaxosState } from '../../paxos/state.ts';
import { never } from '../../paxos/state.ts';
import { sameBallot, zeroBallot } from '../../wire/ballot.ts';
import { broken } from './broken-invariant.ts';
import { makeTimersDue, withoutMembership } from './explored-state.ts';
import { campaignRound, inputs, isCampaign, isMessage, messageOf, proposalOrdinal } from './input.ts';
import { Interner } from './interner.ts';
import type { LedgerEvent } from './ledger.ts';
import { genesisRecord, incarnationOf, nodeCount, nodeIdOf, nodeIds, optionsOf, proposedValue } from './members.ts';
import type { Envelope, MessageBook } from './message-book.ts';
import { renumberMessage, renumberState } from './renumbering.ts';
import type { Scope } from './scope.ts';
import { isRedundant, normaliseMessage, normaliseState } from './view.ts';

/** One node as the real code knows it: its memory, its disk, and the record between them. Nothing of it is ever changed. */
export interface Core {
  readonly node: number;
  readonly memory: PaxosState;
  /** The number of a disk. What the journal holds, as a node that has restored it and not booted. */
  readonly disk: number;
  readonly pending: JournalRecord | undefined;
}

/** What an input made of a node. */
export interface Turn {
  readonly core: number;
  /** Numbers of messages. */
  readonly sent: readonly number[];
  readonly events: readonly LedgerEvent[];
}

/** The state of a node during a turn. */
interface Run {
  readonly node: number;
  readonly memory: PaxosState;
  readonly paxos: Paxos;
  disk: number;
  pending: JournalRecord | undefined;
  readonly sent: Envelope[];
  readonly events: LedgerEvent[];
}

/**
 * Runs the real code: from each distinct state of a node, with each input, once at most (its callers remember the turns).
 *
 * Three reductions, and why they lose nothing:
 *
 * - *Pre-votes granted at once*: a pre-vote changes nothing at those who are asked, and an answer only tells the candidate to go on.
 *   Candidates here go on as soon as they ask, also where nobody would have granted it.
 * - *Sequence numbers of the journal are given anew*: they serve to tell two promises of one acceptor for one ballot apart, and to say
 *   what is durable. They restart with each ballot promised, and only a record that fixes a promise counts.
 * - *No greetings*: with `greetingWaitMs` 0 nobody waits for one. (The explored faults roll no disk back.)
 */
export class LocalMachine {
  readonly #scope: Scope;
  readonly #messages: MessageBook;
  readonly #cores = new Interner<Core>();
  readonly #disks = new Interner<PaxosState>();
  /** Each is a run of the real code. */
  turns = 0;

  constructor(scope: Scope, messages: MessageBook) {
    this.#scope = scope;
    this.#messages = messages;
  }

  disk(number: number): PaxosState {
    return this.#disks.thing(number);
  }

  get coreCount(): number {
    return this.#cores.size;
  }

  core(number: number): Core {
    return this.#cores.thing(number);
  }

  /** A member of a formed cluster that nobody has campaigned in, booted long ago. */
  start(node: number): Turn {
    const unbooted = new Paxos(optionsOf(node, this.#scope));
    unbooted.restore(genesisRecord(this.#scope));
    const image = unbooted.copyState();
    const run = this.#boot(node, image, this.#internDisk(image), 0);
    const startMs = this.#scope.time?.leaseMs ?? 0;
    run.paxos.advance({ monotonicMs: startMs, uptimeMs: startMs });
    normaliseState(run.memory, this.#scope);
    return this.#finish(run);
  }

  /** @returns undefined if that cannot happen to this node, or leads out of the scope. @throws if an invariant of the node is broken */
  turn(number: number, input: number): Turn | undefined {
    const core = this.core(number);
    if (!this.#isPossible(core, input)) return undefined;
    this.turns += 1;
    if (input === inputs.crash) {
      const run = this.#boot(core.node, this.#disks.thing(core.disk), core.disk, core.memory.nowMs);
      return this.#finish(run);
    }
    const memory = cloneState(core.memory);
    const { node, disk, pending } = core;
    const run: Run = { node, memory, paxos: Paxos.from(memory), disk, pending, sent: [], events: [] };
    if (input === inputs.persisted) this.#persist(run);
    else this.#input(run, input);
    if (this.#scope.disk === 'instant') while (run.pending !== undefined) this.#persist(run);
    const round = Math.max(memory.candidacy?.ballot.round ?? 0, memory.leadership?.ballot.round ?? 0);
    return round > this.#scope.rounds ? undefined : this.#finish(run);
  }

  #isPossible({ node, memory, pending }: Core, input: number): boolean {
    const scope = this.#scope;
    const { leadership } = memory;
    switch (input) {
      case inputs.timeout:
        return memory.candidacy !== undefined || leadership !== undefined;
      case inputs.persisted:
        return pending !== undefined;
      case inputs.confirm:
        return scope.time !== undefined && leadership?.sentAtMs.get(leadership.sentId) !== memory.nowMs;
      case inputs.transfer:
        return scope.transfers;
      case inputs.timePasses: {
        const { time } = scope;
        const stepMs = time?.stepMs[node] ?? 0;
        return time !== undefined && memory.nowMs < time.leaseMs + time.steps * stepMs;
      }
      default:
        return !isCampaign(input) || this.#mayCampaign(node, memory, campaignRound(input));
    }
  }

  /** Any round that the node may have heard of, up to the bound, may be the highest that it heard of. */
  #mayCampaign(node: number, { candidacy, leadership, promised }: PaxosState, round: number): boolean {
    if (node >= this.#scope.proposers || candidacy !== undefined || leadership !== undefined) return false;
    return round > promised.round && round <= this.#scope.rounds;
  }

  #input(run: Run, input: number): void {
    const { paxos, memory } = run;
    const { leadership } = memory;
    switch (input) {
      case inputs.timeout:
        makeTimersDue(memory);
        this.#step(run, (effects) => paxos.onTick(effects));
        return;
      case inputs.tick:
        // Hints are read after a crash only, and no lease rests on them.
        if (this.#scope.crashes > 0 && this.#scope.time === undefined) memory.lastRecordAtMs = never;
        this.#step(run, (effects) => paxos.onTick(effects));
        return;
      case inputs.timePasses: {
        const nowMs = memory.nowMs + (this.#scope.time?.stepMs[run.node] ?? 0);
        paxos.advance({ monotonicMs: nowMs, uptimeMs: nowMs });
        normaliseState(memory, this.#scope);
        return;
      }
      case inputs.confirm:
        if (leadership !== undefined) this.#step(run, (effects) => paxos.requestConfirmation(effects));
        return;
      case inputs.transfer: {
        const to = nodeIdOf((run.node + 1) % this.#scope.proposers);
        this.#step(run, (effects) => paxos.transferLeadership(to, effects));
        return;
      }
      default:
        if (isMessage(input)) this.#receive(run, messageOf(input));
        else if (isCampaign(input)) this.#campaign(run, campaignRound(input));
        else this.#propose(run, proposalOrdinal(input));
    }
  }

  #receive(run: Run, number: number): void {
    const { from, message } = this.#messages.envelope(number);
    const fromId = nodeIdOf(from);
    this.#step(run, (effects) => run.paxos.onMessage(fromId, incarnationOf(fromId), message, effects));
  }

  #campaign(run: Run, round: number): void {
    const { memory, paxos } = run;
    memory.highestRound = round - 1;
    makeTimersDue(memory);
    this.#step(run, (effects) => {
      paxos.onTick(effects);
      if (this.#scope.preVotes === 'granted') grantPreVote(run, effects);
    });
  }

  #propose(run: Run, ordinal: number): void {
    const { paxos, memory } = run;
    const nextSlot = memory.leadership?.nextSlot ?? Number.POSITIVE_INFINITY;
    if (!paxos.canPropose() || nextSlot > this.#scope.slots) return;
    this.#step(run, (effects) => paxos.propose(proposedValue(run.node, ordinal), effects));
  }

  /** One turn of the shell around the real code: input, apply, flush, carry out. */
  #step(run: Run, input: (effects: PaxosEffect[]) => void): void {
    const { paxos, memory } = run;
    const effects: PaxosEffect[] = [];
    paxos.advance({ monotonicMs: memory.nowMs, uptimeMs: memory.nowMs });
    input(effects);
    if (paxos.chosenThrough > memory.appliedThrough) paxos.markApplied(paxos.chosenThrough);
    paxos.flush(effects);
    for (const effect of effects) this.#carryOut(run, effect);
    normaliseState(memory, this.#scope);
  }

  #carryOut(run: Run, effect: PaxosEffect): void {
    const who = nodeIdOf(run.node);
    if (effect.type === 'halt') broken('no node halts', `${who}: ${effect.code}, ${effect.reason}`);
    if (effect.type === 'readSlots') broken('nothing leaves memory', `${who} reads slot ${effect.fromSlot}`);
    if (effect.type === 'persist') run.pending = { ...effect.record, seen: [] };
    if (effect.type === 'send') this.#send(run, nodeIds.indexOf(effect.to), effect.message);
  }

  #send(run: Run, to: number, message: PaxosMessage): void {
    if (message.type === 'greeting' || message.type === 'greetingAnswer' || message.type === 'genesis') return;
    if (message.type === 'preVote' && this.#scope.preVotes === 'granted') return;
    run.events.push({ type: 'said', message });
    if (isRedundant(message, this.#scope)) return;
    run.sent.push({ from: run.node, to, message: normaliseMessage(message) });
  }

  /** The record is on the disk, and the node is told. */
  #persist(run: Run): void {
    const { pending, memory, paxos } = run;
    if (pending === undefined) return;
    const before = this.#disks.thing(run.disk);
    const fixesPromise = memory.owedPromise?.sequence === pending.sequence;
    const restated = fixesPromise ? before.sequence + 1 : before.sequence;
    const sequence = sameBallot(pending.promised, before.promised) ? restated : 1;
    const image = cloneState(before);
    Paxos.from(image).restore(pending);
    renumberState(image, pending.sequence, sequence);
    run.disk = this.#internDisk(image);
    run.pending = undefined;
    run.events.push({ type: 'durable', record: pending });
    const firstSent = run.sent.length;
    this.#step(run, (effects) => paxos.onPersisted(pending.sequence, effects));
    renumberState(memory, pending.sequence, sequence);
    const cut = run.pending as JournalRecord | undefined;
    if (cut !== undefined) run.pending = { ...cut, sequence: cut.sequence - pending.sequence + sequence };
    for (const [at, envelope] of run.sent.entries()) {
      const message = renumberMessage(envelope.message, pending.sequence, sequence);
      if (at >= firstSent) run.sent[at] = { ...envelope, message };
    }
  }

  #boot(node: number, image: PaxosState, disk: number, nowMs: number): Run {
    const memory = cloneState(image);
    const paxos = Paxos.from(memory);
    const run: Run = { node, memory, paxos, disk, pending: undefined, sent: [], events: [] };
    memory.nowMs = nowMs;
    memory.uptimeMs = nowMs;
    this.#step(run, (effects) => paxos.boot(effects));
    run.events.push({ type: 'restarted', promised: memory.promised });
    return run;
  }

  #finish(run: Run): Turn {
    const { node, memory, disk, pending, events } = run;
    const values: Uint8Array[] = [];
    for (let slot = 1; slot <= memory.chosenThrough; slot++)
      values.push(memory.log.get(slot)?.value ?? new Uint8Array(0));
    if (values.length > 0) events.push({ type: 'knows', values });
    const { options: _options, peers: _peers, ...data } = withoutMembership(memory);
    const text = `${node} ${disk} ${encodeCanonically(pending)} ${encodeCanonically(data)}`;
    const core = this.#cores.number(text, () => ({ node, memory, disk, pending }));
    return { core, sent: run.sent.map((envelope) => this.#messages.number(envelope)), events };
  }

  #internDisk(image: PaxosState): number {
    image.nowMs = never;
    image.seen.clear();
    image.dirtySeen.clear();
    const { options, ...data } = withoutMembership(image);
    return this.#disks.number(`${options.nodeId} ${encodeCanonically(data)}`, () => image);
  }
}

function grantPreVote({ node, memory, paxos }: Run, effects: PaxosEffect[]): void {
  const { candidacy } = memory;
  if (candidacy?.phase !== 'preVote') return;
  const from = nodeIdOf((node + 1) % nodeCount);
  const answer = {
    type: 'preVoteAnswer',
    ballot: candidacy.ballot,
    granted: true,
    promised: zeroBallot,
    chosenThrough: 0,
  } as const;
  paxos.onMessage(from, incarnationOf(from), answer, effects);
}
