import { configurationValue } from '../../src/paxos/configuration-codec.ts';
import type { PaxosEffect } from '../../src/paxos/effects.ts';
import { byNodeId } from '../../src/paxos/formation.ts';
import type { PaxosMessage } from '../../src/paxos/messages.ts';
import { Paxos, type PaxosOptions } from '../../src/paxos/paxos.ts';
import {
  type AcceptedSlot,
  type ClusterMember,
  type JournalRecord,
  type Origin,
  originSlot,
} from '../../src/paxos/record.ts';
import { compareBallots, formatBallot } from '../../src/wire/ballot.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { incarnationOf, initialMembers, nodeIds, optionsOf, text } from './node.ts';
import { Observer } from './observer.ts';

/** Mulberry32, as a function. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface World {
  readonly seed: number;
  readonly count: number;
  /** Nodes beside them that may be taken in. */
  readonly spares?: number;
  /** Milliseconds of delay of a message, drawn for each; undefined: lost. */
  delayMs?: (random: () => number) => number | undefined;
  /** Chance that a message is delivered twice. */
  duplicate?: number;
  diskMs?: (random: () => number) => number;
  /** Rate of each node's clock; 1 is true time. */
  rates?: readonly number[];
  options?: Partial<PaxosOptions>;
  /** Of a cluster that was restored: the state of its first slot is on every disk. */
  readonly origin?: Origin;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

const tickMs = 10;

/** One process: a boot of a node. */
class Process {
  readonly paxos: Paxos;
  pending: JournalRecord | undefined;

  constructor(options: PaxosOptions) {
    this.paxos = new Paxos(options);
  }
}

export class Machine {
  readonly nodeId: NodeId;
  incarnation: string;
  readonly rate: number;
  readonly startMs: number;
  readonly disk: JournalRecord[] = [];
  process: Process | undefined;
  boots = 0;
  /** Its directory was made after the cluster. */
  joins = false;
  /** Time that the monotonic clock did not count. */
  suspendedMs = 0;
  clockMs = 0;
  /** No ticks, messages or completions before this time. */
  pausedUntilMs = 0;
  diskStuck = false;
  halted: Extract<PaxosEffect, { type: 'halt' }> | undefined;
  readonly notices: string[] = [];
  applied: string[] = [];
  reads: { readonly id: number; readonly round: number; readonly acknowledgedThrough: number }[] = [];

  constructor(nodeId: NodeId, rate: number, startMs: number) {
    this.nodeId = nodeId;
    this.incarnation = incarnationOf(nodeId);
    this.rate = rate;
    this.startMs = startMs;
  }

  get paxos(): Paxos {
    if (this.process === undefined) throw new Error(`${this.nodeId} is down`);
    return this.process.paxos;
  }

  get isUp(): boolean {
    return this.process !== undefined && this.halted === undefined;
  }
}

/** Several nodes, a network, disks and clocks, in simulated time; everything is drawn from one seed. */
export class Harness {
  readonly machines: Machine[];
  readonly observer: Observer;
  readonly world: World;
  readonly random: () => number;
  nowMs = 0;
  /** Pairs `from>to` that are cut. */
  readonly cut = new Set<string>();
  /** Lines of the transcript, if one is written. */
  transcript: string[] | undefined;
  #events: Event[] = [];
  #order = 0;

  constructor(world: World) {
    this.world = world;
    this.random = randomFrom(world.seed);
    this.observer = new Observer(world.count);
    if (world.origin !== undefined) this.observer.onRestored(originSlot, world.origin);
    this.machines = nodeIds(world.count + (world.spares ?? 0)).map(
      (nodeId, index) => new Machine(nodeId, world.rates?.[index] ?? 1, 1000 * (index + 1)),
    );
  }

  machine(nodeId: NodeId): Machine {
    const found = this.machines.find((machine) => machine.nodeId === nodeId);
    if (found === undefined) throw new Error(`no ${nodeId}`);
    return found;
  }

  paxos(nodeId: NodeId): Paxos {
    return this.machine(nodeId).paxos;
  }

  startAll(): this {
    for (const { nodeId } of this.machines) this.start(nodeId);
    return this;
  }

  start(nodeId: NodeId, changed: Partial<PaxosOptions> = {}): void {
    const machine = this.machine(nodeId);
    machine.boots += 1;
    machine.halted = undefined;
    const { origin } = this.world;
    machine.applied = origin === undefined ? [] : [origin];
    machine.reads = [];
    const process = new Process(
      optionsOf(nodeId, this.world.count, {
        bootId: `${nodeId}-boot-${machine.boots}`,
        incarnation: machine.incarnation,
        ...this.#joining(nodeId),
        randomSeed: Math.floor(this.random() * 2 ** 32),
        ...this.world.options,
        ...(origin !== undefined && { origin }),
        ...changed,
      }),
    );
    if (origin !== undefined) process.paxos.restoreCheckpoint(originSlot, undefined);
    machine.process = process;
    this.note(`${nodeId} starts`);
    for (const record of machine.disk) process.paxos.restore(record);
    this.#turn(machine, (effects) => process.paxos.boot(effects));
    this.#scheduleTick(machine, process);
  }

  #joining(nodeId: NodeId): Partial<PaxosOptions> {
    const initial = initialMembers(this.world.count);
    if (initial.some((member) => member.nodeId === nodeId)) return { joins: this.machine(nodeId).joins };
    return { joins: true, initial: [...initial, { nodeId, incarnation: '', address: nodeId }] };
  }

  /** The directory is gone, and the next start makes a new one. */
  wipe(nodeId: NodeId): void {
    const machine = this.machine(nodeId);
    machine.disk.length = 0;
    machine.incarnation += "'";
    machine.joins = true;
    this.observer.onWiped(nodeId);
    this.note(`${nodeId} is wiped`);
  }

  /** False if the leader may not propose these members at this moment. */
  changeMembers(machine: Machine, members: readonly ClusterMember[]): boolean {
    if (this.isPaused(machine)) return false;
    let done = false;
    this.#turn(machine, (effects) => {
      if (!machine.paxos.canChangeMembers(members)) return;
      const value = configurationValue([...members].sort(byNodeId));
      this.observer.onChangeProposed(machine.paxos.changeMembers(members, effects), value);
      done = true;
    });
    return done;
  }

  /** Power fails: what is not on the disk is gone. */
  crash(nodeId: NodeId): void {
    const machine = this.machine(nodeId);
    const record = machine.process?.pending;
    // A record under way may or may not have reached the disk.
    if (record !== undefined && this.random() < 0.5) this.#write(machine, record);
    machine.process = undefined;
    this.note(`${nodeId} crashes`);
  }

  /** As after kill -9: the others' connections break, and connecting again is refused. */
  kill(nodeId: NodeId): void {
    this.crash(nodeId);
    for (const other of this.machines) {
      if (other.nodeId === nodeId) continue;
      this.at(2, () => {
        if (other.isUp) this.#turn(other, (effects) => other.paxos.onPeerDisconnected(nodeId, true, effects));
      });
    }
  }

  /** An old copy of the directory takes the place of the newest. */
  rollBack(nodeId: NodeId, records: number): void {
    this.machine(nodeId).disk.length = records;
    this.observer.forget(nodeId);
    this.note(`${nodeId} is rolled back to record ${records}`);
  }

  suspend(nodeId: NodeId, ms: number): void {
    const machine = this.machine(nodeId);
    if (this.isPaused(machine)) return;
    machine.pausedUntilMs = this.nowMs + ms;
    machine.suspendedMs += ms * machine.rate;
  }

  /** As SIGSTOP: the clock goes on. */
  pause(nodeId: NodeId, ms: number): void {
    const machine = this.machine(nodeId);
    if (!this.isPaused(machine)) machine.pausedUntilMs = this.nowMs + ms;
  }

  isolate(nodeId: NodeId): void {
    for (const { nodeId: other } of this.machines) {
      if (other !== nodeId) {
        this.cut.add(`${nodeId}>${other}`);
        this.cut.add(`${other}>${nodeId}`);
      }
    }
    this.note(`${nodeId} is isolated`);
  }

  heal(): void {
    this.cut.clear();
    this.note('the network is whole');
  }

  at(delayMs: number, run: () => void): void {
    this.#order += 1;
    const event = { atMs: this.nowMs + delayMs, order: this.#order, run };
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#events[middle] as Event;
      if (other.atMs > event.atMs || (other.atMs === event.atMs && other.order > event.order)) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, event);
  }

  run(ms: number): this {
    const untilMs = this.nowMs + ms;
    while ((this.#events.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) <= untilMs) this.#step();
    this.nowMs = untilMs;
    return this;
  }

  /** Until the condition holds; how long that took. */
  runUntil(condition: () => boolean, limitMs = 20_000): number {
    const startMs = this.nowMs;
    while (!condition()) {
      if (this.nowMs - startMs > limitMs || this.#events.length === 0) {
        throw new Error(`not within ${limitMs} ms: ${condition.toString()}`);
      }
      this.#step();
    }
    return this.nowMs - startMs;
  }

  #step(): void {
    const event = this.#events.pop();
    if (event === undefined) return;
    this.nowMs = event.atMs;
    event.run();
    this.#checkLeases();
  }

  servingLeader(): Machine | undefined {
    const serving = this.machines.filter((machine) => machine.isUp && machine.paxos.serving);
    return serving.sort((a, b) => compareBallots(b.paxos.ballot, a.paxos.ballot))[0];
  }

  propose(machine: Machine, value: string): number | undefined {
    let slot: number | undefined;
    if (this.isPaused(machine)) return undefined;
    this.#turn(machine, (effects) => {
      if (machine.paxos.canPropose()) slot = machine.paxos.propose(text(value), effects);
    });
    this.observer.onProposed(value);
    return slot;
  }

  /** A read by a quorum round: once it is confirmed, the leader must know everything acknowledged before it was asked. */
  confirm(machine: Machine): void {
    if (this.isPaused(machine) || !machine.paxos.serving) return;
    const { acknowledgedThrough } = this.observer;
    const { round } = machine.paxos.ballot;
    this.#turn(machine, (effects) => {
      const id = machine.paxos.requestConfirmation(effects);
      machine.reads.push({ id, round, acknowledgedThrough });
    });
  }

  #checkReads(machine: Machine): void {
    const { paxos } = machine;
    machine.reads = machine.reads.filter(({ id, round, acknowledgedThrough }) => {
      if (!paxos.serving || paxos.ballot.round !== round) return false;
      if (paxos.confirmedThrough < id) return true;
      if (paxos.chosenThrough < acknowledgedThrough) throw new Error(`${machine.nodeId} serves a confirmed stale read`);
      return false;
    });
  }

  call(nodeId: NodeId, input: (paxos: Paxos, effects: PaxosEffect[]) => void): void {
    const machine = this.machine(nodeId);
    this.#turn(machine, (effects) => input(machine.paxos, effects));
  }

  note(line: string): void {
    this.transcript?.push(line);
  }

  #localMs(machine: Machine): number {
    // The sums are not exact, and the clock must not go back.
    machine.clockMs = Math.max(machine.clockMs, machine.startMs + this.nowMs * machine.rate - machine.suspendedMs);
    return machine.clockMs;
  }

  isPaused(machine: Machine): boolean {
    return this.nowMs < machine.pausedUntilMs;
  }

  #scheduleTick(machine: Machine, process: Process): void {
    this.at(tickMs, () => {
      if (machine.process !== process || machine.halted !== undefined) return;
      if (!this.isPaused(machine)) this.#turn(machine, (effects) => process.paxos.onTick(effects));
      this.#scheduleTick(machine, process);
    });
  }

  #turn(machine: Machine, input: (effects: PaxosEffect[]) => void): void {
    const { process } = machine;
    if (process === undefined || machine.halted !== undefined) return;
    if (this.isPaused(machine)) {
      this.at(machine.pausedUntilMs - this.nowMs, () => {
        if (machine.process === process) this.#turn(machine, input);
      });
      return;
    }
    const effects: PaxosEffect[] = [];
    const monotonicMs = this.#localMs(machine);
    process.paxos.advance({ monotonicMs, uptimeMs: monotonicMs + machine.suspendedMs });
    input(effects);
    process.paxos.flush(effects);
    for (const effect of effects) this.#carryOut(machine, process, effect);
    this.#apply(machine, process);
    this.observer.onTurn(machine);
    this.#checkReads(machine);
  }

  #carryOut(machine: Machine, process: Process, effect: PaxosEffect): void {
    switch (effect.type) {
      case 'send':
        this.observer.onSend(machine, effect.message);
        this.#transmit(machine.nodeId, effect.to, effect.message);
        return;
      case 'persist':
        this.#persist(machine, process, effect.record);
        return;
      case 'readSlots':
        this.at(1, () => {
          if (machine.process !== process) return;
          const slots = readBack(machine.disk, effect.fromSlot, effect.toSlot);
          this.#turn(machine, (effects) => process.paxos.onSlotsRead(effect.token, slots, effects));
        });
        return;
      case 'notice':
        machine.notices.push(effect.code);
        this.note(`${machine.nodeId} notice ${effect.code}: ${effect.text}`);
        return;
      case 'halt':
        machine.halted = effect;
        this.note(`${machine.nodeId} halts ${effect.code}: ${effect.reason}`);
    }
  }

  #persist(machine: Machine, process: Process, record: JournalRecord): void {
    if (process.pending !== undefined) throw new Error('two records under way');
    process.pending = record;
    if (machine.diskStuck) return;
    const delayMs = this.world.diskMs?.(this.random) ?? 1;
    const complete = (): void => {
      if (machine.process !== process) return;
      if (this.isPaused(machine)) {
        this.at(machine.pausedUntilMs - this.nowMs, complete);
        return;
      }
      process.pending = undefined;
      this.#write(machine, record);
      this.#turn(machine, (effects) => process.paxos.onPersisted(record.sequence, effects));
    };
    this.at(delayMs, complete);
  }

  #write(machine: Machine, record: JournalRecord): void {
    machine.disk.push(record);
    this.observer.onDurable(machine.nodeId, record);
  }

  #transmit(from: NodeId, to: NodeId, message: PaxosMessage): void {
    this.#deliverOnce(from, to, message);
    if (this.random() < (this.world.duplicate ?? 0)) this.#deliverOnce(from, to, message);
  }

  #deliverOnce(from: NodeId, to: NodeId, message: PaxosMessage): void {
    const delayMs = this.world.delayMs === undefined ? 1 : this.world.delayMs(this.random);
    if (delayMs === undefined) return;
    const { incarnation } = this.machine(from);
    const deliver = (): void => {
      const machine = this.machine(to);
      if (!machine.isUp || this.cut.has(`${from}>${to}`)) return;
      this.transcript?.push(`${from} → ${to}  ${describe(message)}`);
      this.#turn(machine, (effects) => machine.paxos.onMessage(from, incarnation, message, effects));
    };
    this.at(delayMs, deliver);
  }

  #apply(machine: Machine, { paxos }: Process): void {
    while (machine.applied.length < paxos.chosenThrough) {
      const slot = machine.applied.length + 1;
      const value = paxos.chosenValue(slot);
      this.observer.onLearned(machine.nodeId, slot, value);
      machine.applied.push(new TextDecoder().decode(value));
      paxos.markApplied(slot);
    }
  }

  /** By true time: no two nodes may believe at one moment that their lease holds. */
  #checkLeases(): void {
    const holders = this.machines.filter((machine) => {
      if (!machine.isUp || this.isPaused(machine) || !machine.paxos.serving) return false;
      const monotonicMs = this.#localMs(machine);
      machine.paxos.advance({ monotonicMs, uptimeMs: monotonicMs + machine.suspendedMs });
      return machine.paxos.leaseHolds();
    });
    if (holders.length > 1) throw new Error(`two leases at ${this.nowMs}: ${holders.map(({ nodeId }) => nodeId)}`);
    for (const { nodeId, paxos } of holders) {
      if (paxos.chosenThrough < this.observer.acknowledgedThrough)
        throw new Error(`${nodeId} serves a stale read by its lease`);
    }
  }
}

function readBack(disk: readonly JournalRecord[], fromSlot: number, toSlot: number): AcceptedSlot[] {
  const best = new Map<number, AcceptedSlot>();
  for (const { accepted } of disk) {
    for (const slot of accepted) {
      if (slot.slot < fromSlot || slot.slot > toSlot) continue;
      const other = best.get(slot.slot);
      if (other?.chosen === true && !slot.chosen) continue;
      if (other === undefined || slot.chosen || compareBallots(slot.ballot, other.ballot) >= 0)
        best.set(slot.slot, slot);
    }
  }
  return [...best.values()].sort((a, b) => a.slot - b.slot);
}

const shown = (value: Uint8Array): string => (value.length === 0 ? 'no-op' : `"${new TextDecoder().decode(value)}"`);

/** One line, for transcripts. */
export function describe(message: PaxosMessage): string {
  switch (message.type) {
    case 'greeting':
      return `greeting cluster=${message.clusterId || '-'} formed=${message.formed} sequence=${message.sequence}`;
    case 'greetingAnswer':
      return `greetingAnswer ${message.verdict.kind} cluster=${message.clusterId || '-'} formed=${message.formed}`;
    case 'genesis':
      return `genesis ${message.genesis.clusterId} ${message.genesis.members.map(({ nodeId }) => nodeId).join(',')}`;
    case 'preVote':
      return `preVote ${formatBallot(message.ballot)}`;
    case 'preVoteAnswer':
      return `preVoteAnswer ${formatBallot(message.ballot)} granted=${message.granted}`;
    case 'prepare': {
      const transfer = message.transferOf.round === 0 ? '' : ` transferOf=${formatBallot(message.transferOf)}`;
      return `prepare ${formatBallot(message.ballot)} from=${message.fromSlot}${transfer}`;
    }
    case 'promise': {
      const reported = message.accepted.map(
        ({ slot, ballot, value }) => `${slot}@${formatBallot(ballot)}=${shown(value)}`,
      );
      return `promise ${formatBallot(message.ballot)} chosen=${message.chosenThrough} accepted=[${reported.join(' ')}]`;
    }
    case 'rejected':
      return `rejected ${formatBallot(message.ballot)} for ${formatBallot(message.promised)}`;
    case 'accept':
      return `accept ${formatBallot(message.ballot)} ${message.slot}=${shown(message.value)} chosen=${message.chosenThrough}`;
    case 'accepted':
      return `accepted ${formatBallot(message.ballot)} through=${message.through}`;
    case 'heartbeat':
      return `heartbeat ${formatBallot(message.ballot)} #${message.id} chosen=${message.chosenThrough}`;
    case 'heartbeatAnswer':
      return `heartbeatAnswer ${formatBallot(message.ballot)} #${message.id} accepted=${message.acceptedThrough}`;
    case 'fetch':
      return `fetch ${message.fromSlot}..${message.toSlot}`;
    case 'learn':
      return `learn [${message.slots.map(({ slot, value }) => `${slot}=${shown(value)}`).join(' ')}] chosen=${message.chosenThrough}`;
    case 'transfer':
      return `transfer ${formatBallot(message.ballot)}`;
  }
}
