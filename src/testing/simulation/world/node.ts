import type { JournalRecord } from '../../../paxos/record.ts';
import type { ReplicaEffect } from '../../../replica/effect.ts';
import type { Instant, ReplicaInput } from '../../../replica/input.ts';
import type { NodeId } from '../../../wire/identifiers.ts';
import { SimulationViolation, violated } from '../invariants/violation.ts';
import type { RandomStream } from '../prng.ts';
import type { SimulatedClock } from './clock.ts';
import { type FailedWrite, SimulatedDisk } from './disk.ts';
import type { SimulatedJournal } from './journal.ts';
import type { NodeHost, NodeTiming, SteppedReplica } from './node-host.ts';

export type NodePhase = 'down' | 'running' | 'paused' | 'halted';

const tickMs = 20;

/**
 * Shorter suspensions are simulated as pauses, in which the clock goes on: a node learns of a suspension by its uptime running
 * ahead of its monotonic clock, and does not take a difference up to `suspensionMs` for one.
 */
export const shortestSuspensionUs = 120_000;

/** One server: its process, its clock and its disk, under the real replica. */
export class SimulatedNode {
  readonly nodeId: NodeId;
  readonly index: number;
  readonly incarnation: string;
  readonly clock: SimulatedClock;
  readonly disk: SimulatedDisk;
  phase: NodePhase = 'down';
  /** How often the process was started. */
  boots = 0;
  replica: SteppedReplica | undefined;
  /** Crash in the middle of the effects of the next turn that has several. */
  crashMidTurn = false;
  /** Pause after the next turn that has effects, before they are performed. */
  pauseMidTurn: (() => void) | undefined;

  readonly #host: NodeHost;
  readonly #timing: NodeTiming;
  readonly #stream: RandomStream;
  #inbox: ReplicaInput[] = [];
  #turnScheduled = false;
  #heldEffects: ReplicaEffect[] = [];
  #suspendedSinceUs: number | undefined;

  constructor(
    identity: { readonly nodeId: NodeId; readonly index: number; readonly incarnation: string },
    clock: SimulatedClock,
    timing: NodeTiming,
    host: NodeHost,
    stream: RandomStream,
  ) {
    this.nodeId = identity.nodeId;
    this.index = identity.index;
    this.incarnation = identity.incarnation;
    this.clock = clock;
    this.#timing = timing;
    this.#host = host;
    this.#stream = stream;
    this.disk = new SimulatedDisk(timing, host.queue, stream.fork('disk'));
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
    if (this.alive) return;
    this.boots += 1;
    this.phase = 'running';
    this.clock.restart(this.#host.queue.nowUs, this.#stream.real(0, 1_000));
    this.replica = this.#host.createReplica(this);
    this.#host.trace.mark(1, this.index, this.boots);
    if (this.#host.trace.verbose) this.#log(`starts with ${this.journal.records.length} durable records`);
    this.#inbox = this.journal.records.map((record) => ({ type: 'restore', record }));
    this.#inbox.push({ type: 'boot' });
    this.#runTurn();
    if (!this.alive) return;
    this.#host.onUp(this);
    this.#scheduleTick(this.boots);
  }

  /** The process is gone at once. The record being written is lost or found later, as the caller says. */
  crash(keepPending: boolean): void {
    if (!this.alive) return;
    this.#stop('down');
    this.#host.coverage.hit('crash');
    if (this.#host.trace.verbose) this.#log('crashes');
    if (this.journal.pending === undefined) return;
    if (keepPending) {
      this.#host.coverage.hit('crash kept a written record that was not reported');
      this.#host.onDurable(this, this.journal.complete());
    } else {
      this.#host.coverage.hit('crash lost an unwritten record');
      this.journal.discard();
    }
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
      const durationUs = this.#host.queue.nowUs - this.#suspendedSinceUs;
      if (durationUs >= shortestSuspensionUs) this.clock.standStill(durationUs);
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
      this.#runTurn();
    }
    this.#inbox.unshift(...backlog);
  }

  give(input: ReplicaInput): void {
    if (!this.alive) return;
    this.#inbox.push(input);
    if (this.phase === 'paused' || this.#turnScheduled) return;
    if (this.#timing.turnUs === 0) {
      this.#runTurn();
      return;
    }
    this.#turnScheduled = true;
    const boot = this.boots;
    this.#host.queue.after(this.#stream.between(0, this.#timing.turnUs), () => {
      if (boot !== this.boots) return;
      this.#turnScheduled = false;
      if (this.phase === 'running') this.#runTurn();
    });
  }

  #runTurn(): void {
    const { replica } = this;
    if (replica === undefined || this.#inbox.length === 0) return;
    const inputs = this.#inbox;
    this.#inbox = [];
    const instant = this.clock.instant(this.#host.queue.nowUs);
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
      if (effect === undefined || this.phase === 'halted') return;
      this.#performOne(effect);
    }
    if (last < effects.length) this.crash(this.#stream.chance(0.5));
  }

  #performOne(effect: ReplicaEffect): void {
    switch (effect.type) {
      case 'send':
        this.#host.send(this, effect.to, effect.lane, effect.message);
        return;
      case 'persist':
        this.#persist(effect.record);
        return;
      case 'readSlots': {
        const { token, fromSlot, toSlot, maxBytes } = effect;
        const { boots } = this;
        this.#host.coverage.hit('slots read back from the journal');
        this.disk.read(fromSlot, toSlot, maxBytes, (slots) => {
          if (boots === this.boots) this.give({ type: 'slotsRead', token, slots });
        });
        return;
      }
      case 'reply':
        this.#host.reply(this, effect.connection, effect.frame, effect.bytes);
        return;
      case 'closeClient':
        this.#host.closeClient(this, effect.connection);
        return;
      case 'notice':
        if (this.#host.trace.verbose) this.#log(`${effect.code}: ${effect.text}`);
        return;
      case 'halt':
        this.#halt(effect.code, effect.reason);
        return;
    }
  }

  #persist(record: JournalRecord): void {
    const { boots } = this;
    const { sequence } = record;
    this.disk.write(record, (failure) => {
      if (boots === this.boots && this.alive) this.#onWritten(sequence, failure);
    });
  }

  #onWritten(sequence: number, failure: FailedWrite | undefined): void {
    if (failure === 'lost') this.journal.discard();
    else this.#host.onDurable(this, this.journal.complete());
    this.#host.trace.mark(3, this.index, sequence);
    if (failure === undefined) this.give({ type: 'persisted', sequence });
    else this.give({ type: 'persistFailed', sequence, code: 'EIO' });
  }

  #halt(code: string, reason: string): void {
    if (code !== 'PERSIST_FAILED') violated('no node halts', `${this.nodeId}: ${code}: ${reason}`);
    this.#host.coverage.hit('persist failed and the node halted');
    if (this.#host.trace.verbose) this.#log(`halts: ${code}`);
    this.#stop('halted');
    this.journal.discard();
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
    this.disk.failNext = undefined;
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
