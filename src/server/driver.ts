import type { NoticeCode } from '../paxos/effects.ts';
import type { JournalRecord, Member } from '../paxos/record.ts';
import type { Lane, ReplicaEffect, StateAnswer } from '../replica/effect.ts';
import type { ConnectionId, ReplicaInput } from '../replica/input.ts';
import type { MemberChangeOutcome } from '../replica/member-change.ts';
import type { PeerMessage } from '../replica/messages.ts';
import type { Replica } from '../replica/replica.ts';
import type { Journal } from '../storage/ports.ts';
import { StorageError } from '../storage/storage-error.ts';
import { AssertionFailure } from '../wire/assert.ts';
import type { Instant } from '../wire/clock-reader.ts';
import type { ServerFrame } from '../wire/frame.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { NodeHalt, NodeHaltCode } from './halt.ts';
import type { Turn } from './write-stages.ts';

/** The replica wants one at least every 25 ms. */
const tickMs = 15;

/** After so long a turn ends, and what else has arrived waits for the next one: control messages must not wait behind bulk. */
const turnBudgetMs = 4;

/** With fewer inputs in a turn, on average, there is nobody to wait for. */
const crowdedInputs = 1.5;
/** How many turns that average looks back upon. */
const averagedTurns = 16;

/** The past of a replica, which it is given before it boots. */
export type RestoreInput = Extract<ReplicaInput, { readonly type: 'restoreChunk' | 'restoreCheckpoint' | 'restore' }>;

export interface DriverPorts {
  readonly replica: Pick<Replica, 'step'>;
  readonly journal: Pick<Journal, 'append' | 'readSlots'>;
  readonly checkpoints: Pick<CheckpointKeeper, 'perform' | 'start' | 'stop'>;
  readonly onStateRead: (token: number, answer: StateAnswer) => void;
  readonly readClock: () => Instant;
  readonly send: (to: NodeId, lane: Lane, message: PeerMessage) => void;
  readonly reply: (connection: ConnectionId, frame: ServerFrame, bytes: number) => void;
  readonly closeClient: (connection: ConnectionId) => void;
  /** A frame of that client, one of those given, has been stepped. */
  readonly onFrameTaken: (connection: ConnectionId) => void;
  /** Links to these, and to nobody else, are needed from now on. */
  readonly reachPeers: (peers: readonly Member[]) => void;
  readonly onMembersChangeEnded: (token: number, outcome: MemberChangeOutcome) => void;
  readonly onNotice: (code: NoticeCode, text: string) => void;
  /** An append has become durable. */
  readonly onAppended: (durationMs: number, record: JournalRecord) => void;
  readonly onTurn: (turn: Turn) => void;
  /** Once; afterwards nothing leaves any more and no input has an effect. */
  readonly onHalt: (halt: NodeHalt) => void;
}

/**
 * Gives the replica what happens and does what it wants. All inputs that arrive in one turn of the event loop make one turn of the
 * replica: the clock is read once, after they arrived, and what they lead to leaves together. While inputs come one by one, the turn
 * runs as soon as the socket that brought one has been read: what it writes then leaves a round of the event loop earlier.
 */
export class Driver {
  readonly #ports: DriverPorts;
  /** Small, urgent, and first in every turn. */
  #control: ReplicaInput[] = [];
  #bulk: ReplicaInput[] = [];
  #scheduled = false;
  #scheduledMs = 0;
  #inputsPerTurn = 1;
  #stopped = false;
  #ticker: NodeJS.Timeout | undefined;
  /** A checkpoint was refused since this was last looked at. */
  #refused = false;
  /** What the disk said last: the replica is told the code alone. */
  #storageError = '';

  constructor(ports: DriverPorts) {
    this.#ports = ports;
  }

  /** Before `start`. False if nothing more is of use: the replica does not want that checkpoint, or the node has halted. */
  restore(input: RestoreInput): boolean {
    this.#refused = false;
    this.#turn([input]);
    return !this.#refused && !this.#stopped;
  }

  /** It was told to, or the node has halted. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** False if the node has halted, now or before. */
  start(): boolean {
    if (!this.#stopped) this.#turn([{ type: 'boot' }, { type: 'endOfTurn' }]);
    if (this.#stopped) return false;
    this.#ports.checkpoints.start();
    this.#ticker = setInterval(() => this.give({ type: 'tick' }, 'control'), tickMs);
    return true;
  }

  /** Inputs of one lane keep their order. */
  give(input: ReplicaInput, lane: Lane): void {
    if (this.#stopped) return;
    if (lane === 'control') this.#control.push(input);
    else this.#bulk.push(input);
    this.#schedule();
  }

  /** As `give` in the bulk lane, but can wait for the next turn, which comes with the next tick if not before. */
  note(input: ReplicaInput): void {
    if (!this.#stopped) this.#bulk.push(input);
  }

  /** Nothing more is done. */
  stop(): void {
    this.#stopped = true;
    this.#ports.checkpoints.stop();
    clearInterval(this.#ticker);
    this.#control = [];
    this.#bulk = [];
  }

  /** Stops the node for a fault that the shell has found. */
  fail(error: unknown): void {
    this.halt('ASSERTION_FAILED', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** Stops the node. The first reason counts. */
  halt(code: NodeHaltCode, reason: string): void {
    if (this.#stopped) return;
    this.stop();
    this.#ports.onHalt({ code, reason });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#scheduledMs = performance.now();
    if (this.#inputsPerTurn < crowdedInputs) process.nextTick(this.#takeTurn);
    else setImmediate(this.#takeTurn);
  }

  readonly #takeTurn = (): void => {
    this.#scheduled = false;
    if (this.#stopped) return;
    const control = this.#control;
    this.#control = [];
    this.#inputsPerTurn += (control.length + this.#bulk.length - this.#inputsPerTurn) / averagedTurns;
    const startMs = performance.now();
    this.#turn(control, this.#bulk);
    this.#ports.onTurn({ waitedMs: startMs - this.#scheduledMs, startMs, endMs: performance.now() });
    if (this.#bulk.length === 0 || this.#scheduled) return;
    // What arrived meanwhile, control above all, goes before what there was no time for.
    this.#scheduled = true;
    this.#scheduledMs = performance.now();
    setImmediate(this.#takeTurn);
  };

  /** Takes all of `inputs`, then of `more` what there is time for, and ends the turn if there are more. */
  #turn(inputs: readonly ReplicaInput[], more?: ReplicaInput[]): void {
    const { replica, readClock } = this.#ports;
    const instant = readClock();
    const effects: ReplicaEffect[] = [];
    try {
      for (const input of inputs) replica.step(input, instant, effects);
      if (more !== undefined) {
        let taken = 0;
        while (taken < more.length) {
          replica.step(more[taken] as ReplicaInput, instant, effects);
          taken += 1;
          if (performance.now() - instant.monotonicMs > turnBudgetMs) break;
        }
        for (const input of more.splice(0, taken)) {
          if (input.type === 'clientFrame') this.#ports.onFrameTaken(input.connection);
        }
        replica.step({ type: 'endOfTurn' }, instant, effects);
      }
    } catch (error) {
      this.fail(error);
      return;
    }
    const records: JournalRecord[] = [];
    let speaks = false;
    for (const effect of effects) {
      if (this.#stopped) return;
      if (effect.type === 'persist') {
        records.push(effect.record);
        continue;
      }
      speaks ||= effect.type === 'send' || effect.type === 'reply';
      this.#perform(effect);
    }
    for (const record of records) {
      // HTTP/2 hands to the sockets before the next immediates: what others wait for leaves before the own disk takes the time.
      if (speaks) setImmediate(() => void this.#persist(record));
      else void this.#persist(record);
    }
  }

  #perform(effect: Exclude<ReplicaEffect, { readonly type: 'persist' }>): void {
    switch (effect.type) {
      case 'send':
        this.#ports.send(effect.to, effect.lane, effect.message);
        return;
      case 'readSlots':
        void this.#readSlots(effect);
        return;
      case 'reply':
        this.#ports.reply(effect.connection, effect.frame, effect.bytes);
        return;
      case 'closeClient':
        this.#ports.closeClient(effect.connection);
        return;
      case 'membersChangeEnded':
        this.#ports.onMembersChangeEnded(effect.token, effect.outcome);
        return;
      case 'peersChanged':
        this.#ports.reachPeers(effect.peers);
        return;
      case 'notice':
        this.#ports.onNotice(effect.code, effect.text);
        return;
      case 'stateRead':
        this.#ports.onStateRead(effect.token, effect.answer);
        return;
      case 'halt':
        this.halt(effect.code, this.#withStorageError(effect.code, effect.reason));
        return;
      case 'dropCheckpoint':
        this.#refused = true;
        this.#ports.checkpoints.perform(effect);
        return;
      default:
        this.#ports.checkpoints.perform(effect);
    }
  }

  async #persist(record: JournalRecord): Promise<void> {
    if (this.#stopped) return;
    const startedMs = performance.now();
    const { sequence } = record;
    try {
      await this.#ports.journal.append(record);
    } catch (error) {
      if (error instanceof AssertionFailure) {
        this.fail(error);
        return;
      }
      this.#storageError = error instanceof Error ? error.message : String(error);
      const code = error instanceof StorageError ? error.code : 'IO_ERROR';
      this.give({ type: 'persistFailed', sequence, code }, 'control');
      return;
    }
    this.#ports.onAppended(performance.now() - startedMs, record);
    this.give({ type: 'persisted', sequence }, 'control');
  }

  async #readSlots(effect: Extract<ReplicaEffect, { type: 'readSlots' }>): Promise<void> {
    const { token, fromSlot, toSlot, maxBytes } = effect;
    try {
      const slots = await this.#ports.journal.readSlots(fromSlot, toSlot, maxBytes);
      this.give({ type: 'slotsRead', token, slots }, 'bulk');
    } catch (error) {
      if (error instanceof StorageError && !this.#stopped) this.halt('READ_FAILED', error.message);
      else this.fail(error);
    }
  }

  #withStorageError(code: NodeHaltCode, reason: string): string {
    return code === 'PERSIST_FAILED' && this.#storageError !== '' ? `${reason}: ${this.#storageError}` : reason;
  }
}
