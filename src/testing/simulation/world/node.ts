import type { Incarnation } from '../../../paxos/record.ts';
import type { ReplicaEffect } from '../../../replica/effect.ts';
import type { ReplicaInput } from '../../../replica/input.ts';
import type { NodeHaltCode } from '../../../server/halt.ts';
import type { ClockReader, Instant } from '../../../wire/clock-reader.ts';
import type { NodeId } from '../../../wire/identifiers.ts';
import { SimulationViolation, violated } from '../invariants/violation.ts';
import type { RandomStream } from '../prng.ts';
import { readerOf, type SimulatedClock } from './clock.ts';
import { SimulatedDisk } from './disk.ts';
import type { SimulatedJournal } from './journal.ts';
import { diskHalts, type NodeHost, type NodeIdentity, type NodeTiming, type SteppedReplica } from './node-host.ts';
import { NodeStorage } from './node-storage.ts';

/** `refused`: the process looked at its disk and would not start. */
export type NodePhase = 'down' | 'running' | 'paused' | 'halted' | 'refused';

const tickMs = 20;

/** One server: its process, its clock and its disk, under the real replica. */
export class SimulatedNode {
  readonly nodeId: NodeId;
  readonly index: number;
  readonly clock: SimulatedClock;
  readonly disk: SimulatedDisk;
  phase: NodePhase = 'down';
  /** How often the process was started. */
  boots = 0;
  /** Its operator has taken it out of service: it does not start again. */
  retired = false;
  /** It was started to be taken in by a cluster that exists. */
  joins: boolean;
  replica: SteppedReplica | undefined;
  /** It looks at what its disk holds. */
  starting = false;
  /** Crash in the middle of the effects of the next turn that has several. */
  crashMidTurn = false;
  /** Pause after the next turn that has effects, before they are performed. */
  pauseMidTurn: (() => void) | undefined;

  readonly #host: NodeHost;
  readonly #timing: NodeTiming;
  readonly #stream: RandomStream;
  readonly #storage: NodeStorage;
  #inbox: ReplicaInput[] = [];
  #turnScheduled = false;
  #heldEffects: ReplicaEffect[] = [];
  #suspendedSinceUs: number | undefined;
  /** As the product reads the clocks of its machine: anew for each process. */
  #clockReader: ClockReader;

  constructor(identity: NodeIdentity, clock: SimulatedClock, timing: NodeTiming, host: NodeHost, stream: RandomStream) {
    this.nodeId = identity.nodeId;
    this.index = identity.index;
    this.joins = identity.joins === true;
    this.clock = clock;
    this.#timing = timing;
    this.#host = host;
    this.#stream = stream;
    this.disk = new SimulatedDisk(identity.incarnation, timing, host.queue, stream.fork('disk'));
    this.#storage = new NodeStorage(this, host, stream.fork('storage'));
    this.#clockReader = readerOf(clock, host.queue);
  }

  get incarnation(): Incarnation {
    return this.disk.incarnation;
  }

  get journal(): SimulatedJournal {
    return this.disk.journal;
  }

  /** A process exists that holds the port open, even if it does not run at the moment. */
  get alive(): boolean {
    return this.phase === 'running' || this.phase === 'paused';
  }

  get bootId(): string {
    return `${this.nodeId}-boot-${this.boots}`;
  }

  start(): void {
    if (this.alive || this.retired) return;
    this.boots += 1;
    const past = this.#storage.open();
    if (past === undefined) return;
    this.phase = 'running';
    this.clock.restart(this.#host.queue.nowUs, this.#stream.real(0, 1_000));
    this.#clockReader = readerOf(this.clock, this.#host.queue);
    this.replica = this.#host.createReplica(this);
    this.#host.trace.mark(1, this.index, this.boots);
    if (this.#host.trace.verbose) this.#log(`starts with ${past.length} durable records and chunks`);
    this.#inbox = [...past, { type: 'boot' }];
    this.starting = true;
    this.runTurn();
    this.starting = false;
    if (!this.alive) return;
    this.#host.onUp(this);
    this.#scheduleTick(this.boots);
  }

  /**
   * The process is gone at once. The record being written is lost or found later, as the caller says. With the machine goes whatever
   * was never synced.
   */
  crash(keepPending: boolean, ofMachine: boolean = this.#stream.chance(0.3)): void {
    if (!this.alive) return;
    this.#stop('down');
    if (this.#host.trace.verbose) this.#log('crashes');
    this.#storage.crash(keepPending, ofMachine);
  }

  /** Stops for good. */
  retire(): void {
    this.crash(false);
    this.retired = true;
  }

  /** As a pause, but the monotonic clock stands still as well. */
  suspend(): void {
    if (this.phase !== 'running') return;
    this.#host.coverage.hit('machine suspended');
    this.#suspendedSinceUs = this.#host.queue.nowUs;
    this.pause();
  }

  pause(): void {
    if (this.phase !== 'running') return;
    this.phase = 'paused';
    if (this.#host.trace.verbose) this.#log('pauses');
  }

  /** Goes on with the effects that were held back, then with what has arrived meanwhile. */
  resume(): void {
    if (this.phase !== 'paused') return;
    this.phase = 'running';
    if (this.#host.trace.verbose) this.#log('resumes');
    if (this.#suspendedSinceUs !== undefined) {
      this.clock.standStill(this.#host.queue.nowUs - this.#suspendedSinceUs);
      this.#suspendedSinceUs = undefined;
    }
    const held = this.#heldEffects;
    this.#heldEffects = [];
    if (held.length > 0) this.#perform(held);
    this.#runBacklog();
  }

  /** What has piled up comes in one turn or in many, and the overdue tick before it or after it. */
  #runBacklog(): void {
    const backlog = this.#inbox;
    this.#inbox = [];
    if (this.#stream.chance(0.5)) backlog.push({ type: 'tick' });
    else backlog.unshift({ type: 'tick' });
    const oneTurn = this.#stream.chance(0.5);
    while (backlog.length > 0 && this.phase === 'running') {
      this.#inbox = [...backlog.splice(0, oneTurn ? backlog.length : 1), ...this.#inbox];
      this.runTurn();
    }
    this.#inbox.unshift(...backlog);
  }

  give(input: ReplicaInput): void {
    if (!this.alive) return;
    this.#inbox.push(input);
    if (this.phase === 'paused' || this.#turnScheduled) return;
    if (this.#timing.turnUs === 0) {
      this.runTurn();
      return;
    }
    this.#turnScheduled = true;
    const boot = this.boots;
    this.#host.queue.after(this.#stream.between(0, this.#timing.turnUs), () => {
      if (boot !== this.boots) return;
      this.#turnScheduled = false;
      this.runTurn();
    });
  }

  /** What has arrived is taken now, even if more of the same turn was to come. */
  runTurn(): void {
    const { replica } = this;
    if (this.phase !== 'running' || replica === undefined || this.#inbox.length === 0) return;
    const inputs = this.#inbox;
    this.#inbox = [];
    const instant = this.#clockReader.read();
    const effects: ReplicaEffect[] = [];
    for (const input of inputs) this.#step(replica, input, instant, effects);
    this.#step(replica, { type: 'endOfTurn' }, instant, effects);
    this.#host.trace.mark(2, this.index, inputs.length * 64 + effects.length);
    if (this.pauseMidTurn !== undefined && effects.length > 0) {
      this.#heldEffects = effects;
      this.#host.coverage.hit('pause between deciding and sending');
      this.pause();
      this.pauseMidTurn();
      this.pauseMidTurn = undefined;
    } else {
      this.#perform(effects);
    }
    if (this.alive) this.#host.onTurnEnd(this);
  }

  #step(replica: SteppedReplica, input: ReplicaInput, instant: Instant, effects: ReplicaEffect[]): void {
    try {
      this.#host.onStep(this, input);
      replica.step(input, instant, effects);
      if (input.type !== 'endOfTurn') this.#host.trace.event('replicaStep', this.index, this.#host.queue.nowUs);
    } catch (error) {
      if (error instanceof SimulationViolation) throw error;
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      violated('no assertion fails', `${this.nodeId} on ${input.type}: ${what}`);
    }
  }

  #perform(effects: readonly ReplicaEffect[]): void {
    let last = effects.length;
    if (this.crashMidTurn && effects.length > 1) {
      this.crashMidTurn = false;
      last = this.#stream.between(1, effects.length - 1);
      this.#host.coverage.hit('crash between the effects of one turn');
    }
    for (let at = 0; at < last; at++) {
      const effect = effects[at];
      if (effect === undefined || !this.alive) return;
      this.#performOne(effect);
    }
    if (last < effects.length) this.crash(this.#stream.chance(0.5));
  }

  #performOne(effect: ReplicaEffect): void {
    switch (effect.type) {
      case 'send':
        this.#host.send(this, effect.to, effect.lane, effect.message);
        return;
      case 'reply':
        this.#host.reply(this, effect.connection, effect.frame, effect.bytes);
        return;
      case 'closeClient':
        this.#host.closeClient(this, effect.connection);
        return;
      case 'notice':
        if (effect.code === 'state-diverged') violated('no node raises an alarm', `${this.nodeId}: ${effect.text}`);
        if (this.#host.trace.verbose) this.#log(`${effect.code}: ${effect.text}`);
        return;
      case 'membersChangeEnded':
        if (effect.outcome.kind === 'refused') this.#host.coverage.hit('change of members refused');
        return;
      case 'peersChanged':
        return;
      case 'halt':
        this.halt(effect.code, effect.reason);
        return;
      case 'stateRead':
        throw new Error('nobody asks for a backup here');
      default:
        this.#storage.perform(effect);
    }
  }

  /** For what it has found out, or for what its process has. */
  halt(code: NodeHaltCode, reason: string): void {
    if (!diskHalts.includes(code)) violated('no node halts', `${this.nodeId}: ${code}: ${reason}`);
    this.#host.onHalt(this, code);
    if (this.#host.trace.verbose) this.#log(`halts: ${code}`);
    this.#stop('halted');
    this.disk.crash('lost', false);
  }

  #stop(phase: 'down' | 'halted'): void {
    this.phase = phase;
    this.replica = undefined;
    this.#suspendedSinceUs = undefined;
    this.#inbox = [];
    this.#heldEffects = [];
    this.#turnScheduled = false;
    this.crashMidTurn = false;
    this.pauseMidTurn = undefined;
    this.#host.trace.mark(4, this.index, this.boots);
    this.#host.onDown(this);
  }

  #scheduleTick(boot: number): void {
    const jitterMs = this.#stream.real(0, 5);
    this.#host.queue.after(this.clock.trueDurationUs(tickMs + jitterMs), () => {
      if (boot !== this.boots || !this.alive) return;
      if (this.phase === 'running') this.give({ type: 'tick' });
      this.#scheduleTick(boot);
    });
  }

  #log(text: string): void {
    this.#host.trace.line(this.#host.queue.nowUs, `${this.nodeId} ${text}`);
  }
}
