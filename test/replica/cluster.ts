import { crc32 } from 'node:zlib';
import { defaultTiming } from '../../src/paxos/paxos.ts';
import type { ClusterSettings, JournalRecord, Member } from '../../src/paxos/record.ts';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import type { ReplicaInput } from '../../src/replica/input.ts';
import type { PeerMessage } from '../../src/replica/messages.ts';
import { Replica } from '../../src/replica/replica.ts';
import { supportedFeatureLevel } from '../../src/wire/feature-level.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { TestClient } from './test-client.ts';
import { TestDisk } from './test-disk.ts';

export interface ClusterOptions {
  readonly count?: number;
  readonly leases?: boolean;
  readonly clockDriftPermille?: number;
  readonly checkpointJournalBytes?: number;
  /** Of nodes of an older version; they may be changed before a restart. */
  readonly supportedLevels?: Record<string, number>;
}

export interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: PeerMessage;
}

const tickMs = 10;
const leaseMs = 200;

/** A process with its disk; the process may be down, and the disk may keep a record back. */
export class TestNode {
  readonly nodeId: NodeId;
  readonly disk = new TestDisk();
  process: Replica | undefined;
  halt: Extract<ReplicaEffect, { type: 'halt' }> | undefined;
  /** Everything that the process has wanted done since it started. */
  effects: ReplicaEffect[] = [];
  writing: JournalRecord | undefined;
  isDiskHeld = false;
  /** As after SIGSTOP: what arrives waits. */
  isPaused = false;
  waiting: ReplicaInput[] = [];
  boots = 0;

  constructor(nodeId: NodeId) {
    this.nodeId = nodeId;
  }

  get replica(): Replica {
    if (this.process === undefined) throw new Error(`${this.nodeId} is down`);
    return this.process;
  }
}

/**
 * Real replicas, and around them a network, disks and one clock that the test moves by hand. Messages arrive in the order of
 * sending, each in a turn of its own, unless they are held back or their link is cut.
 */
export class Cluster {
  readonly nodes: readonly TestNode[];
  /** The clock of all nodes. */
  nowMs = 1_000;
  /** Held back by `hold`, until `release`. */
  held: Envelope[] = [];
  readonly #options: ClusterOptions;
  readonly #clients = new Map<number, TestClient>();
  readonly #cut = new Set<string>();
  #queue: (() => void)[] = [];
  #isHeld: (envelope: Envelope) => boolean = () => false;
  #connections = 0;

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
    const { count = 3 } = options;
    this.nodes = Array.from({ length: count }, (_, index) => new TestNode(`n${index + 1}` as NodeId));
    for (const { nodeId } of this.nodes) this.start(nodeId);
  }

  /** Formed, with a serving leader: the founder, n1. */
  static ready(options: ClusterOptions = {}): Cluster {
    const cluster = new Cluster(options);
    cluster.runUntil(() => cluster.leader !== undefined);
    cluster.advance(100);
    return cluster;
  }

  node(nodeId: string): TestNode {
    const found = this.nodes.find((node) => node.nodeId === nodeId);
    if (found === undefined) throw new Error(`no ${nodeId}`);
    return found;
  }

  replica(nodeId: string): Replica {
    return this.node(nodeId).replica;
  }

  /** The serving node of the highest ballot. */
  get leader(): string | undefined {
    let best: TestNode | undefined;
    for (const node of this.nodes) {
      if (node.process?.status().serving !== true) continue;
      if (best === undefined || node.replica.paxos.ballot.round > best.replica.paxos.ballot.round) best = node;
    }
    return best?.nodeId;
  }

  start(nodeId: string): void {
    this.restartWith(nodeId, {});
  }

  /** With other settings than the others, as far as they count. */
  restartWith(nodeId: string, settings: Partial<ClusterSettings>): void {
    const node = this.node(nodeId);
    node.boots += 1;
    node.halt = undefined;
    node.effects = [];
    node.waiting = [];
    node.writing = undefined;
    const replica = new Replica({
      nodeId: node.nodeId,
      incarnation: `incarnation of ${nodeId}`,
      joins: false,
      bootId: `${nodeId} boot ${node.boots}`,
      clusterName: 'test',
      initial: this.nodes.map(
        (member): Member => ({
          nodeId: member.nodeId,
          incarnation: '',
          address: `${member.nodeId}:7101`,
        }),
      ),
      freshClusterId: 'the cluster',
      settings: {
        leaseMs,
        clockDriftPermille: this.#options.clockDriftPermille ?? 100,
        leases: this.#options.leases ?? true,
        ...settings,
      },
      timing: defaultTiming,
      randomSeed: node.boots * 1_000 + Number(nodeId.slice(1)),
      checksum: crc32,
      supportedLevel: this.#options.supportedLevels?.[nodeId] ?? supportedFeatureLevel,
      ...(this.#options.checkpointJournalBytes && { checkpointJournalBytes: this.#options.checkpointJournalBytes }),
    });
    node.process = replica;
    this.turn(nodeId, ...node.disk.past(), { type: 'boot' });
  }

  /** Power fails; the record under way is lost. */
  crash(nodeId: string): void {
    const node = this.node(nodeId);
    node.process = undefined;
    node.writing = undefined;
    for (const [id, client] of this.#clients) {
      if (client.nodeId !== nodeId) continue;
      this.#clients.delete(id);
      client.isClosed = true;
    }
  }

  /** No message passes between these and the others, in either direction. */
  isolate(...nodeIds: string[]): void {
    for (const one of this.nodes) {
      for (const other of this.nodes) {
        if (nodeIds.includes(one.nodeId) === nodeIds.includes(other.nodeId)) continue;
        this.#cut.add(`${one.nodeId}>${other.nodeId}`);
      }
    }
  }

  heal(): void {
    this.#cut.clear();
  }

  pause(nodeId: string): void {
    this.node(nodeId).isPaused = true;
  }

  /** All that has arrived meanwhile is taken in one turn. */
  resume(nodeId: string): void {
    const node = this.node(nodeId);
    node.isPaused = false;
    const { waiting } = node;
    node.waiting = [];
    this.turn(nodeId, ...waiting);
  }

  holdDisk(nodeId: string): void {
    this.node(nodeId).isDiskHeld = true;
  }

  releaseDisk(nodeId: string): void {
    const node = this.node(nodeId);
    node.isDiskHeld = false;
    this.#write(node, node.replica);
  }

  /** From now on such messages stay in the bag. */
  hold(isHeld: (envelope: Envelope) => boolean): void {
    this.#isHeld = isHeld;
  }

  /** What was held back goes its way, even over a link that has been cut since; nothing is held back any more. */
  release(): void {
    this.#isHeld = () => false;
    const { held } = this;
    this.held = [];
    for (const envelope of held) this.#queue.push(() => this.#deliver(envelope));
  }

  /** Held back messages are lost. */
  lose(): void {
    this.held = [];
  }

  /** A client that has been welcomed. */
  client(nodeId: string): TestClient {
    const client = new TestClient(this);
    client.connect(nodeId);
    return client;
  }

  register(client: TestClient): number {
    this.#connections += 1;
    this.#clients.set(this.#connections, client);
    return this.#connections;
  }

  unregister(connection: number): void {
    this.#clients.delete(connection);
  }

  /** Gives the inputs and ends the turn. What follows from it happens with the next `settle`. */
  turn(nodeId: string, ...inputs: readonly ReplicaInput[]): void {
    const node = this.node(nodeId);
    const { process } = node;
    if (process === undefined || node.halt !== undefined) return;
    if (node.isPaused) {
      node.waiting.push(...inputs);
      return;
    }
    const instant = { monotonicMs: this.nowMs, uptimeMs: this.nowMs };
    const effects: ReplicaEffect[] = [];
    for (const input of inputs) process.step(input, instant, effects);
    process.step({ type: 'endOfTurn' }, instant, effects);
    for (const effect of effects) this.#perform(node, process, effect);
  }

  /** Until nothing is under way, without time passing. */
  settle(): void {
    for (let events = 0; this.#queue.length > 0; events += 1) {
      if (events > 100_000) throw new Error('it does not come to rest');
      const queue = this.#queue;
      this.#queue = [];
      for (const run of queue) run();
    }
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    this.settle();
    while (this.nowMs < untilMs) {
      this.nowMs = Math.min(untilMs, this.nowMs + tickMs);
      for (const { nodeId, isPaused } of this.nodes) if (!isPaused) this.turn(nodeId, { type: 'tick' });
      this.settle();
    }
  }

  /** Lets time pass until the condition holds; returns how much. */
  runUntil(condition: () => boolean, limitMs = 10_000): number {
    const startMs = this.nowMs;
    this.settle();
    while (!condition()) {
      if (this.nowMs - startMs >= limitMs) throw new Error(`not within ${limitMs} ms: ${condition.toString()}`);
      this.advance(tickMs);
    }
    return this.nowMs - startMs;
  }

  /** Waits until another node leads. */
  leaderAfter(nodeId: string): string {
    this.runUntil(() => this.leader !== undefined && this.leader !== nodeId);
    return this.leader ?? '';
  }

  /** All nodes that are up have applied the same slots, to the same effect. */
  get agrees(): boolean {
    const states = this.nodes
      .filter(({ process, halt }) => process !== undefined && halt === undefined)
      .map(({ replica }) => `${replica.machine.appliedSlot} ${replica.machine.hash}`);
    return states.every((state) => state === states[0]);
  }

  #perform(node: TestNode, process: Replica, effect: ReplicaEffect): void {
    node.effects.push(effect);
    switch (effect.type) {
      case 'send':
        this.#send({ from: node.nodeId, to: effect.to, message: effect.message });
        return;
      case 'persist':
        node.writing = effect.record;
        if (!node.isDiskHeld) this.#queue.push(() => this.#write(node, process));
        return;
      case 'readSlots': {
        const { token, fromSlot, toSlot } = effect;
        const slots = node.disk.records
          .flatMap(({ accepted }) => accepted)
          .filter(({ slot }) => slot >= fromSlot && slot <= toSlot);
        this.#queue.push(() => this.turn(node.nodeId, { type: 'slotsRead', token, slots }));
        return;
      }
      case 'reply':
        this.#reply(node, effect);
        return;
      case 'closeClient': {
        const { connection } = effect;
        const client = this.#clients.get(connection);
        if (client === undefined) return;
        client.isClosed = true;
        this.#clients.delete(connection);
        this.#queue.push(() => this.turn(node.nodeId, { type: 'clientClosed', connection }));
        return;
      }
      case 'halt':
        node.halt = effect;
        return;
      case 'notice':
      case 'stateRead':
      case 'peersChanged':
      case 'membersChangeEnded':
        return;
      default: {
        const told = node.disk.perform(effect);
        if (told !== undefined) this.#queue.push(() => node.process === process && this.turn(node.nodeId, told));
      }
    }
  }

  #reply(node: TestNode, { connection, frame, bytes }: Extract<ReplicaEffect, { type: 'reply' }>): void {
    const client = this.#clients.get(connection);
    if (client === undefined) return;
    client.onFrame(frame);
    if (client.reads) this.#queue.push(() => this.turn(node.nodeId, { type: 'clientDrained', connection, bytes }));
  }

  #send(envelope: Envelope): void {
    if (this.#cut.has(`${envelope.from}>${envelope.to}`)) return;
    if (this.#isHeld(envelope)) this.held.push(envelope);
    else this.#queue.push(() => this.#deliver(envelope));
  }

  #deliver({ from, to, message }: Envelope): void {
    this.turn(to, { type: 'peerMessage', from, incarnation: `incarnation of ${from}`, message });
  }

  #write(node: TestNode, process: Replica): void {
    const { writing } = node;
    if (writing === undefined || node.process !== process || node.isDiskHeld) return;
    node.writing = undefined;
    node.disk.records.push(writing);
    this.turn(node.nodeId, { type: 'persisted', sequence: writing.sequence });
  }
}
