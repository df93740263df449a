import type { Machine } from '../machine/machine.ts';
import type { StateReader } from '../machine/state-reader.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { type Checkpoint, maxChunkBytes } from './checkpoint.ts';
import { problemIn } from './checkpoint-desk.ts';
import type { ReplicaEffect } from './effect.ts';
import { replicaLimits } from './limits.ts';
import type { CheckpointOffer, Chunk, PeerMessage } from './messages.ts';
import type { QuestionIds } from './question-ids.ts';

/** What has brought nothing for so long is asked for again. */
const askAgainMs = 500;
/** And after so many times somebody else is asked. */
const patience = 3;
/** When nobody had one, so long until the next round. */
const pauseMs = 1_000;

export interface CheckpointTransferParts {
  readonly nodeId: NodeId;
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
 * when the disk has taken earlier ones, and to be resumed after any loss as long as the sender keeps that checkpoint. It takes effect at
 * once and only when it is on the disk as a whole.
 */
export class CheckpointTransfer {
  readonly #parts: CheckpointTransferParts;
  #source: NodeId | undefined;
  /** Of the questions to this source. */
  #id = 0;
  #receiving: Receiving | undefined;
  /** All is stored: the disk completes it. */
  #finishing = false;
  #heardMs = 0;
  #silences = 0;
  /** In this round: they have none, or theirs is of no use. */
  readonly #useless = new Set<NodeId>();
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: CheckpointTransferParts) {
    this.#parts = parts;
  }

  get underWay(): boolean {
    return this.#source !== undefined;
  }

  /** Undefined: nothing is being received. */
  get progress(): { readonly slot: Slot; readonly stored: number; readonly chunks: number } | undefined {
    const receiving = this.#receiving;
    return (
      receiving && { slot: receiving.checkpoint.slot, stored: receiving.stored, chunks: receiving.checkpoint.chunks }
    );
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
    if (this.#source === undefined) {
      this.#askNext(nowMs);
    } else if (nowMs - this.#heardMs > askAgainMs) {
      this.#silences += 1;
      this.#heardMs = nowMs;
      if (this.#silences > patience) this.#askNext(nowMs);
      else this.#askAgain();
    }
  }

  onOffer(from: NodeId, { id, checkpoint }: CheckpointOffer, nowMs: number): void {
    if (from !== this.#source || id !== this.#id || this.#finishing) return;
    this.#hear(nowMs);
    if (checkpoint === undefined || checkpoint.slot <= this.#aboveSlot || checkpoint.chunks === 0) {
      this.#turnAwayFrom(from, nowMs);
      return;
    }
    if (this.#receiving === undefined || !isSame(this.#receiving.checkpoint, checkpoint)) this.#begin(checkpoint);
    else this.#receiving.asked = this.#receiving.taken;
    this.#askForMore();
  }

  onChunk(from: NodeId, { id, slot, index, bytes }: Chunk, nowMs: number): void {
    const receiving = this.#receiving;
    if (receiving === undefined || from !== this.#source || id !== this.#id || slot !== receiving.checkpoint.slot)
      return;
    if (index < receiving.taken || index >= receiving.asked) return;
    this.#hear(nowMs);
    if (bytes === undefined) {
      // It keeps a newer one by now, if any.
      this.#ask(from, nowMs);
      return;
    }
    receiving.early.set(index, bytes);
    for (
      let next = receiving.early.get(receiving.taken);
      next !== undefined;
      next = receiving.early.get(receiving.taken)
    ) {
      const chunk = next;
      receiving.early.delete(receiving.taken);
      const problem = problemIn(() => {
        receiving.reader.take(chunk);
        return chunk.length <= maxChunkBytes;
      });
      if (problem !== undefined) {
        this.#turnAwayFrom(from, nowMs);
        return;
      }
      this.#parts.perform({ type: 'storeChunk', token: receiving.token, slot, index: receiving.taken, bytes: chunk });
      receiving.taken += 1;
      receiving.bytes += chunk.length;
    }
  }

  onChunkStored(token: number, index: number, nowMs: number): void {
    const receiving = this.#receiving;
    if (receiving?.token !== token) return;
    receiving.stored = index + 1;
    this.#heardMs = nowMs;
    const { checkpoint, reader, bytes } = receiving;
    if (receiving.stored < checkpoint.chunks) {
      this.#askForMore();
      return;
    }
    if (problemIn(() => reader.finish().hash === checkpoint.hash && bytes === checkpoint.bytes) !== undefined) {
      if (this.#source !== undefined) this.#turnAwayFrom(this.#source, nowMs);
      return;
    }
    this.#finishing = true;
    this.#parts.perform({ type: 'finishCheckpoint', token, checkpoint });
  }

  /** It is on the disk. Returns how it becomes the state of this node, if it still should. */
  onWritten({ slot }: Checkpoint): (() => void) | undefined {
    const receiving = this.#receiving;
    if (receiving?.checkpoint.slot !== slot || !this.#finishing) return undefined;
    this.#reset();
    const { machine, paxos } = this.#parts;
    if (!this.#isWanted() || slot <= this.#aboveSlot) return undefined;
    return () => {
      const installed = machine.install(slot, receiving.checkpoint.hash, receiving.reader);
      assert(installed, 'a state that was whole when it was stored is still whole');
      paxos.installCheckpoint(slot);
    };
  }

  /** It was written, and cannot be read. */
  onDamaged(slot: Slot): void {
    if (this.#receiving?.checkpoint.slot === slot) this.#reset();
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

  /** Followers first: the leader has enough to do. */
  #askNext(nowMs: number): void {
    const { paxos, nodeId } = this.#parts;
    const peers = paxos.members.map((member) => member.nodeId).filter((peer) => peer !== nodeId);
    const ordered = [
      ...peers.filter((peer) => peer !== paxos.leader),
      ...peers.filter((peer) => peer === paxos.leader),
    ];
    const useful = ordered.filter((peer) => !this.#useless.has(peer));
    const at = this.#source === undefined ? -1 : useful.indexOf(this.#source);
    const next = useful[(at + 1) % useful.length];
    if (next === undefined) this.#rest(nowMs);
    else this.#ask(next, nowMs);
  }

  #ask(source: NodeId, nowMs: number): void {
    const { ids, send } = this.#parts;
    this.#source = source;
    this.#id = ids.next();
    this.#silences = 0;
    this.#heardMs = nowMs;
    send(source, { type: 'checkpointQuery', id: this.#id, aboveSlot: this.#aboveSlot });
  }

  #askAgain(): void {
    const receiving = this.#receiving;
    if (this.#source === undefined) return;
    if (receiving === undefined) {
      this.#parts.send(this.#source, { type: 'checkpointQuery', id: this.#id, aboveSlot: this.#aboveSlot });
      return;
    }
    // What has come is not asked for again.
    for (let index = receiving.taken; index < receiving.asked; index++) {
      if (!receiving.early.has(index)) this.#request(receiving, index);
    }
    this.#askForMore();
  }

  #askForMore(): void {
    const receiving = this.#receiving;
    if (receiving === undefined) return;
    const until = Math.min(receiving.checkpoint.chunks, receiving.stored + replicaLimits.checkpointWindowChunks);
    for (; receiving.asked < until; receiving.asked++) {
      if (!receiving.early.has(receiving.asked)) this.#request(receiving, receiving.asked);
    }
  }

  #request({ checkpoint: { slot } }: Receiving, index: number): void {
    if (this.#source !== undefined) this.#parts.send(this.#source, { type: 'chunkRequest', id: this.#id, slot, index });
  }

  #begin(checkpoint: Checkpoint): void {
    this.#drop();
    const { ids, machine, makeRoomFor } = this.#parts;
    makeRoomFor(checkpoint.slot);
    const token = ids.next();
    const reader = machine.snapshotReader();
    this.#receiving = { token, checkpoint, reader, asked: 0, taken: 0, stored: 0, bytes: 0, early: new Map() };
  }

  /** It has none that helps: another one may. */
  #turnAwayFrom(source: NodeId, nowMs: number): void {
    this.#useless.add(source);
    this.#drop();
    this.#askNext(nowMs);
  }

  #rest(nowMs: number): void {
    this.#abandon();
    this.#restUntilMs = nowMs + pauseMs;
    this.#parts.onNoneFound();
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
    this.#receiving = undefined;
    this.#finishing = false;
    this.#source = undefined;
    this.#useless.clear();
  }
}

function isSame(one: Checkpoint, other: Checkpoint): boolean {
  return one.slot === other.slot && one.hash === other.hash && one.chunks === other.chunks && one.bytes === other.bytes;
}
