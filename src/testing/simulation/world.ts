import type { JournalRecord, Member } from '../../paxos/record.ts';
import type { PeerMessage } from '../../replica/messages.ts';
import { firstFeatureLevel, supportedFeatureLevel } from '../../wire/feature-level.ts';
import type { NodeId } from '../../wire/identifiers.ts';
import type { ClientActor } from './clients/client-actor.ts';
import { type ClientHost, emptyHistory } from './clients/client-parts.ts';
import { ClientPrograms, type ProgramFactory } from './clients/client-programs.ts';
import { FencedResources } from './clients/fenced-resource.ts';
import { QuotaOperator } from './clients/quota-operator.ts';
import type { SimulationConfig } from './config.ts';
import { Coverage } from './coverage.ts';
import { Promises } from './faults/beyond-budget.ts';
import { LossBudget } from './faults/fault-budget.ts';
import { Nemesis } from './faults/nemesis.ts';
import type { ConsensusInvariants } from './invariants/consensus-invariants.ts';
import { Invariants } from './invariants/invariants.ts';
import type { ServiceInvariants } from './invariants/service-invariants.ts';
import { RandomStream } from './prng.ts';
import type { PlanItems, RunPlan } from './run-plan.ts';
import { Trace, type TraceOptions } from './trace.ts';
import { briefInput, briefMessage, briefRecord } from './trace-text.ts';
import { ClientTransport } from './world/client-transport.ts';
import { SimulatedClock } from './world/clock.ts';
import { markDrift } from './world/drift-marks.ts';
import { EventQueue } from './world/event-queue.ts';
import { SimulatedNetwork } from './world/network.ts';
import { SimulatedNode } from './world/node.ts';
import type { NodeHost } from './world/node-host.ts';
import { Reachability } from './world/reachability.ts';
import type { ReplicaFactory, ReplicaSetup, SimulatedReplica } from './world/replica-adapter.ts';
import { drawTiming } from './world/timing.ts';
import { type Transcoder, transcoderFor } from './world/transcoder.ts';

export interface WorldOptions {
  readonly plan: RunPlan;
  readonly createReplica: ReplicaFactory;
  readonly trace: TraceOptions;
  /** Default: those that call what the plan says. */
  readonly createProgram?: ProgramFactory | undefined;
}

/** The whole simulated world: nodes with their disks and clocks, the network, clients, faults, and all who look on. */
export class World {
  readonly config: SimulationConfig;
  readonly queue: EventQueue;
  readonly trace: Trace;
  readonly coverage = new Coverage();
  readonly nodes: SimulatedNode[] = [];
  readonly history = emptyHistory();
  /** What is checked in this run. */
  readonly promises: Promises;
  readonly invariants: Invariants;
  readonly consensus: ConsensusInvariants;
  readonly service: ServiceInvariants;
  readonly reachability: Reachability;
  readonly network: SimulatedNetwork;
  readonly transport: ClientTransport;
  readonly programs: ClientPrograms;
  readonly nemesis: Nemesis;
  readonly lossBudget: LossBudget;
  readonly operator: QuotaOperator;
  readonly #stream: RandomStream;
  readonly #createReplica: ReplicaFactory;
  readonly #setup: Omit<ReplicaSetup, 'supportedLevel'>;
  readonly #transcoder: Transcoder;
  readonly #resources: FencedResources;
  readonly #plan: RunPlan;
  #formed = false;
  readonly #replicas = new Map<SimulatedNode, SimulatedReplica>();

  constructor({ plan, createReplica, trace, createProgram }: WorldOptions) {
    const { config } = plan;
    this.config = config;
    this.#plan = plan;
    this.#createReplica = createReplica;
    this.#stream = new RandomStream(config.seed).fork('world');
    this.promises = new Promises(config.budget);
    this.queue = new EventQueue(config.permuteTies ? config.seed : undefined);
    this.trace = new Trace(trace);
    this.#transcoder = transcoderFor(config.encodeMessages);
    const total = config.nodes + config.spares;
    const nodeIds = Array.from({ length: total }, (_, index) => `n${index + 1}` as NodeId);
    this.#setup = {
      initial: nodeIds
        .slice(0, config.nodes)
        .map((nodeId): Member => ({ nodeId, incarnation: '', address: `${nodeId}:7101` })),
      settings: { leaseMs: config.leaseMs, clockDriftPermille: config.clockDriftPermille, leases: config.leases },
      timing: drawTiming(this.#stream.fork('timing')),
    };
    this.#resources = new FencedResources(this.history.fencedWrites, this.coverage);
    const host = this.#nodeHost();
    for (const [index, nodeId] of nodeIds.entries()) {
      const stream = this.#stream.fork(`node ${nodeId}`);
      const identity = { nodeId, index, incarnation: `inc-${nodeId}`, joins: index >= config.nodes };
      this.nodes.push(new SimulatedNode(identity, this.#clock(stream), config, host, stream));
    }
    this.invariants = new Invariants({
      config,
      promises: this.promises,
      nodes: this.nodes,
      timing: this.#setup.timing,
      queue: this.queue,
      coverage: this.coverage,
      reachability: () => this.reachability,
    });
    this.consensus = this.invariants.consensus;
    this.service = this.invariants.service;
    this.lossBudget = new LossBudget(config, this.#founders);
    this.reachability = new Reachability(total + config.clients, (from, to) => {
      if (from < total && to < total) this.network.onOpen(from, to);
      else this.transport.onOpen(from, to);
    });
    this.network = new SimulatedNetwork(
      {
        config,
        queue: this.queue,
        coverage: this.coverage,
        nodes: this.nodes,
        reachability: this.reachability,
        transcode: (message) => this.#transcoder.peerMessage(message),
        onDeliver: (from, to, message) => this.#onDeliver(from, to, message),
      },
      this.#stream.fork('network').next32(),
    );
    this.transport = new ClientTransport(
      {
        queue: this.queue,
        coverage: this.coverage,
        nodes: this.nodes,
        reachability: this.reachability,
        delayUs: config.linkDelayUs,
        transcodeClientFrame: (frame) => this.#transcoder.clientFrame(this.invariants.onSubmitted(frame)),
        transcodeServerFrame: (frame) => this.#transcoder.serverFrame(frame),
      },
      this.#stream.fork('client network'),
    );
    this.programs = new ClientPrograms(
      this.#clientHost(),
      this.#stream,
      (stream) => this.#clock(stream),
      createProgram,
    );
    this.nemesis = new Nemesis({
      config,
      queue: this.queue,
      trace: this.trace,
      coverage: this.coverage,
      nodes: this.nodes,
      programs: this.programs,
      network: this.network,
      transport: this.transport,
      reachability: this.reachability,
      lossBudget: this.lossBudget,
      regimes: this.consensus.regimes,
      moments: this.invariants.moments,
      formed: () => this.formed,
      leader: () => this.leader(),
    });
    this.operator = new QuotaOperator(this, config.quotas);
    markDrift(config, this.nodes, this.coverage);
  }

  /** Those that use the service now. */
  get clients(): readonly ClientActor[] {
    return this.programs.running;
  }

  start(): void {
    for (const node of this.nodes) this.queue.after(this.#stream.between(0, 50_000), () => node.start());
    this.operator.start();
    this.schedule(this.#plan);
  }

  schedule({ faults, calls }: PlanItems): void {
    this.nemesis.schedule(faults);
    for (const call of calls) this.queue.planned(call.atMs * 1000, () => this.programs.call(call));
  }

  runUntil(timeUs: number): void {
    while (this.queue.runNext(timeUs));
  }

  /** Whoever serves, by its own word; in case of doubt the one that can prove it best. */
  leader(): SimulatedNode | undefined {
    const serving = this.nodes.filter((node) => this.replica(node)?.serving === true);
    return serving.find((node) => this.replica(node)?.leaseUntilMs !== undefined) ?? serving.at(-1);
  }

  replica(node: SimulatedNode): SimulatedReplica | undefined {
    return node.alive ? this.#replicas.get(node) : undefined;
  }

  /** Those that belong to the cluster now. */
  get members(): readonly SimulatedNode[] {
    const { members } = this.consensus.regimes.newest;
    if (members === undefined) return this.#founders;
    return this.nodes.filter(({ nodeId }) => members.some((member) => member.nodeId === nodeId));
  }

  get #founders(): readonly SimulatedNode[] {
    return this.nodes.slice(0, this.config.nodes);
  }

  /** All founders have, or had, the founding of the cluster on their disks. */
  get formed(): boolean {
    this.#formed ||=
      this.consensus.chosen.through > 0 || this.#founders.every(({ journal }) => journal.last?.formed === true);
    return this.#formed;
  }

  #nodeHost(): NodeHost {
    return {
      queue: this.queue,
      trace: this.trace,
      coverage: this.coverage,
      createReplica: (node) => this.#boot(node),
      send: (from, to, lane, message) => {
        const target = this.nodes.find(({ nodeId }) => nodeId === to);
        if (target === undefined) throw new RangeError(`no node ${to}`);
        if (!this.invariants.onSend(from, message)) return;
        this.trace.mark(5, from.index * 8 + target.index, message.type.length);
        if (this.trace.verbose) this.#log(`${from.nodeId} → ${to} ${briefMessage(message)}`);
        this.network.send(from, target, lane, message);
      },
      reply: (_from, connection, frame, bytes) => this.transport.reply(connection, frame, bytes),
      closeClient: (_from, connection) => this.transport.closeByNode(connection),
      onTrim: (node, throughSlot) => this.invariants.onTrim(node, throughSlot),
      onOpened: (node) => this.invariants.onOpened(node),
      onNotOpened: (node, error) => this.invariants.onNotOpened(node, error),
      onHalt: (node, code) => this.invariants.onHalt(node, code),
      onDurable: (node, record) => this.#onDurable(node, record),
      onStep: (node, input) => {
        this.invariants.onStep(node, input, this.replica(node));
        if (!this.trace.verbose || input.type === 'tick' || input.type === 'endOfTurn') return;
        this.#log(`${node.nodeId} ← ${briefInput(input)}`);
      },
      onTurnEnd: (node) => this.invariants.onTurnEnd(node, this.replica(node)),
      onUp: (node) => this.network.onUp(node),
      onDown: (node) => {
        this.invariants.onDown(node);
        this.network.onDown(node);
        this.transport.onNodeDown(node);
      },
    };
  }

  #boot(node: SimulatedNode): SimulatedReplica {
    const seed = this.#stream.fork(`replica ${node.bootId}`).next32();
    const isOlder = node.index === this.nodes.length - 1 && this.queue.nowUs < this.config.olderUntilMs * 1000;
    if (isOlder) this.coverage.hit('node of an older version started');
    const supportedLevel = isOlder ? firstFeatureLevel : supportedFeatureLevel;
    const replica = this.#createReplica(node, { ...this.#setup, supportedLevel }, seed);
    this.invariants.onBoot(node, replica);
    this.#replicas.set(node, replica);
    return replica;
  }

  #onDurable(node: SimulatedNode, record: JournalRecord): void {
    if (this.trace.verbose) this.#log(`${node.nodeId} has ${briefRecord(record)}`);
    this.invariants.onDurable(node, record);
  }

  #onDeliver(from: SimulatedNode, to: SimulatedNode, message: PeerMessage): void {
    this.trace.mark(6, from.index * 8 + to.index, message.type.length);
    this.invariants.onDeliver(from, to, message);
  }

  #clientHost(): ClientHost {
    return {
      config: this.config,
      queue: this.queue,
      trace: this.trace,
      coverage: this.coverage,
      nodes: this.nodes,
      transport: this.transport,
      history: this.history,
      compaction: this.service.compaction,
      givenUpLocks: this.service.givenUpLocks,
      resources: this.#resources,
      onStopped: (client) => this.programs.replaceSoon(client, () => this.nemesis.over),
    };
  }

  #clock(stream: RandomStream): SimulatedClock {
    const { realDriftPermille, budget } = this.config;
    // The extremes are the most interesting rates.
    const extreme = budget === 'drift' || stream.chance(0.5);
    const drift = (extreme ? stream.pick([-1, 1]) : stream.real(-1, 1)) * realDriftPermille;
    return new SimulatedClock({
      rate: 1 + drift / 1000,
      epochUs: -stream.between(0, 3_600_000_000),
      uptimeOffsetMs: stream.between(0, 1_000_000),
      uptimeGrainMs: this.config.uptimeGrainMs,
    });
  }

  #log(text: string): void {
    this.trace.line(this.queue.nowUs, text);
  }
}
