import type { Machine } from '../machine/machine.ts';
import type { StateReader } from '../machine/state-reader.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { type Checkpoint, maxChunkBytes, sameCheckpoint } from './checkpoint.ts';
import { CheckpointInquiry } from './checkpoint-inquiry.ts';
import { problemOfReceived } from './checkpoint-problem.ts';
import { configurationOfState } from './configuration-of-state.ts';
import type { ReplicaEffect } from './effect.ts';
import { replicaLimits } from './limits.ts';
import type { CheckpointOffer, Chunk, PeerMessage } from './messages.ts';
import type { QuestionIds } from './question-ids.ts';

/** What has brought nothing for so long is asked for again. */
const askAgainMs = 500;
/** And after so many times everybody is asked anew. */
const patience = 3;
/** When nobody had one, so long until the next round. */
const pauseMs = 1_000;

export interface CheckpointTransferParts {
  readonly machine: Machine;
  readonly paxos: Paxos;
  readonly ids: QuestionIds;
  readonly perform: (effect: ReplicaEffect) => void;
  readonly send: (to: NodeId, message: PeerMessage) => void;
  /** One of that slot that lies on this disk without having taken effect makes room. */
  readonly makeRoomFor: (slot: Slot) => void;
  /** No other node has a state that would help. */
  readonly onNoneFound: () => void;
}

/** Of which parts have come. */
interface Receiving {
  /** Names it to the disk. */
  readonly token: number;
  readonly checkpoint: Checkpoint;
  readonly reader: StateReader;
  /** Chunks below are asked for, have been taken, are on the disk. */
  asked: number;
  taken: number;
  stored: number;
  /** Of those that were taken. */
  bytes: number;
  /** Came before their turn. */
  readonly early: Map<number, Uint8Array>;
}

/**
 * Fetches a state from another node, when this one lacks what the others do not have in their logs any more. Chunk by chunk, each asked for
 * when the disk has taken earlier ones, and to be resumed after any loss as long as somebody keeps that checkpoint. It takes effect at
 * once and only when it is on the disk as a whole.
 */
export class CheckpointTransfer {
  readonly #parts: CheckpointTransferParts;
  /** Undefined while one is received. */
  #inquiry: CheckpointInquiry | undefined;
  #receiving: Receiving | undefined;
  /** Who sends, and under which question it has offered. */
  #source: { readonly nodeId: NodeId; readonly id: number } | undefined;
  /** All is stored: the disk completes it. */
  #finishing = false;
  #heardMs = 0;
  #silences = 0;
  /** What they have makes no state here, or does not come. */
  readonly #unfit = new Set<NodeId>();
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: CheckpointTransferParts) {
    this.#parts = parts;
  }

  get underWay(): boolean {
    return this.#inquiry !== undefined || this.#receiving !== undefined;
  }

  /** Undefined: nothing is being received. */
  get progress(): { readonly slot: Slot; readonly stored: number; readonly chunks: number } | undefined {
    if (this.#receiving === undefined) return undefined;
    const { checkpoint, stored } = this.#receiving;
    return { slot: checkpoint.slot, stored, chunks: checkpoint.chunks };
  }

  /** `blocked`: the disk is busy with a checkpoint of its own. */
  onTick(nowMs: number, blocked: boolean): void {
    // What the disk completes is not taken back.
    if (this.#finishing) return;
    if (!this.#isWanted()) {
      if (this.underWay) this.#abandon();
      return;
    }
    if (blocked || nowMs < this.#restUntilMs) return;
    if (this.#inquiry !== undefined) this.#choose(this.#inquiry, nowMs);
    else if (this.#source === undefined) this.#askAll(nowMs);
    else if (nowMs - this.#heardMs > askAgainMs) this.#onSilence(nowMs);
  }

  onOffer(from: NodeId, offer: CheckpointOffer): void {
    if (this.#inquiry?.id === offer.id) this.#inquiry.onOffer(from, offer);
  }

  onChunk(from: NodeId, { id, slot, index, bytes }: Chunk, nowMs: number): void {
    const receiving = this.#receiving;
    if (receiving === undefined || from !== this.#source?.nodeId || id !== this.#source.id) return;
    if (slot !== receiving.checkpoint.slot || index < receiving.taken || index >= receiving.asked) return;
    this.#hear(nowMs);
    if (bytes === undefined) {
      // It keeps a newer one by now, if any.
      this.#askAll(nowMs);
      return;
    }
    receiving.early.set(index, bytes);
    for (
      let next = receiving.early.get(receiving.taken);
      next !== undefined;
      next = receiving.early.get(receiving.taken)
    ) {
      if (!this.#take(receiving, next)) {
        this.#turnAway(nowMs);
        return;
      }
    }
  }

  onChunkStored(token: number, index: number, nowMs: number): void {
    const receiving = this.#receiving;
    if (receiving?.token !== token) return;
    receiving.stored = index + 1;
    this.#heardMs = nowMs;
    const { checkpoint, reader, bytes } = receiving;
    if (receiving.stored < checkpoint.chunks) {
      this.#askForMore(receiving);
      return;
    }
    if (problemOfReceived(() => reader.finish().hash === checkpoint.hash && bytes === checkpoint.bytes) !== undefined) {
      this.#turnAway(nowMs);
      return;
    }
    this.#inquiry = undefined;
    this.#finishing = true;
    this.#parts.perform({ type: 'finishCheckpoint', token, checkpoint });
  }

  /** It is on the disk. Returns how it becomes the state of this node, if it still should. */
  onWritten({ slot }: Checkpoint): (() => void) | undefined {
    const receiving = this.#receiving;
    if (receiving?.checkpoint.slot !== slot || !this.#finishing) return undefined;
    this.#reset();
    const { machine, paxos } = this.#parts;
    // Even if the values have come after all: it is ahead of them.
    if (paxos.role === 'leader' || slot <= this.#aboveSlot) return undefined;
    return () => {
      const installed = machine.install(slot, receiving.checkpoint.hash, receiving.reader);
      assert(installed, 'a state that was whole when it was stored is still whole');
      paxos.installCheckpoint(slot, configurationOfState(machine));
    };
  }

  /** It was written, and cannot be read, or what was written of it is gone. */
  onDamaged(slot: Slot): void {
    if (this.#receiving?.checkpoint.slot !== slot) return;
    this.#finishing = false;
    this.#abandon();
  }

  #isWanted(): boolean {
    const { paxos } = this.#parts;
    return paxos.needsCheckpoint && paxos.role !== 'leader';
  }

  /** With a state that is older the log here, which was trimmed by a later one, could not go on. */
  get #aboveSlot(): Slot {
    const { machine, paxos } = this.#parts;
    return Math.max(machine.appliedSlot, paxos.trimmedThrough - 1);
  }

  /** Also those who have become members since, of which this node, being behind, only knows because it was told. */
  get #peers(): readonly NodeId[] {
    return this.#parts.paxos.peers.map(({ nodeId }) => nodeId);
  }

  #askAll(nowMs: number): void {
    const { ids, send } = this.#parts;
    const id = ids.next();
    const aboveSlot = this.#aboveSlot;
    this.#source = undefined;
    this.#inquiry = new CheckpointInquiry({ id, aboveSlot, peers: this.#peers, unfit: this.#unfit, send, nowMs });
  }

  #choose(inquiry: CheckpointInquiry, nowMs: number): void {
    const best = inquiry.best(this.#receiving?.checkpoint, this.#parts.paxos.leader);
    if (best !== undefined) {
      const [nodeId, checkpoint] = best;
      this.#inquiry = undefined;
      this.#source = { nodeId, id: inquiry.id };
      this.#receive(checkpoint, nowMs);
    } else if (!inquiry.goOn(nowMs)) {
      this.#abandon();
      this.#restUntilMs = nowMs + pauseMs;
      this.#parts.onNoneFound();
    }
  }

  #receive(checkpoint: Checkpoint, nowMs: number): void {
    this.#hear(nowMs);
    const { ids, machine, makeRoomFor } = this.#parts;
    let receiving = this.#receiving;
    if (receiving === undefined || !sameCheckpoint(receiving.checkpoint, checkpoint)) {
      this.#drop();
      makeRoomFor(checkpoint.slot);
      const token = ids.next();
      const reader = machine.snapshotReader();
      receiving = { token, checkpoint, reader, asked: 0, taken: 0, stored: 0, bytes: 0, early: new Map() };
      this.#receiving = receiving;
    }
    receiving.asked = receiving.taken;
    this.#askForMore(receiving);
  }

  /** False: it makes no state. */
  #take(receiving: Receiving, chunk: Uint8Array): boolean {
    const { token, checkpoint, reader, taken: index, early } = receiving;
    early.delete(index);
    const problem = problemOfReceived(() => {
      reader.take(chunk);
      return chunk.length <= maxChunkBytes;
    });
    if (problem !== undefined) return false;
    this.#parts.perform({ type: 'storeChunk', token, slot: checkpoint.slot, index, bytes: chunk });
    receiving.taken += 1;
    receiving.bytes += chunk.length;
    return true;
  }

  #onSilence(nowMs: number): void {
    const receiving = this.#receiving;
    this.#silences += 1;
    this.#heardMs = nowMs;
    if (receiving === undefined || this.#source === undefined) return;
    if (this.#silences > patience) {
      this.#unfit.add(this.#source.nodeId);
      this.#askAll(nowMs);
      return;
    }
    receiving.asked = receiving.taken;
    this.#askForMore(receiving);
  }

  /** What has come is not asked for again. */
  #askForMore(receiving: Receiving): void {
    const { checkpoint, stored, early } = receiving;
    const until = Math.min(checkpoint.chunks, stored + replicaLimits.checkpointWindowChunks);
    for (; receiving.asked < until; receiving.asked++) {
      if (!early.has(receiving.asked)) this.#request(checkpoint, receiving.asked);
    }
  }

  #request({ slot }: Checkpoint, index: number): void {
    if (this.#source === undefined) return;
    const { nodeId, id } = this.#source;
    this.#parts.send(nodeId, { type: 'chunkRequest', id, slot, index });
  }

  /** What it has makes no state: another one may. */
  #turnAway(nowMs: number): void {
    if (this.#source !== undefined) this.#unfit.add(this.#source.nodeId);
    this.#drop();
    this.#askAll(nowMs);
  }

  #hear(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#silences = 0;
  }

  #drop(): void {
    if (this.#receiving !== undefined) this.#parts.perform({ type: 'abandonCheckpoint', token: this.#receiving.token });
    this.#receiving = undefined;
  }

  #abandon(): void {
    this.#drop();
    this.#reset();
  }

  #reset(): void {
    this.#inquiry = undefined;
    this.#receiving = undefined;
    this.#source = undefined;
    this.#finishing = false;
    this.#unfit.clear();
  }
}
