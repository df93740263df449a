import type { Machine } from '../machine/machine.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { CheckpointDesk } from './checkpoint-desk.ts';
import type { ReplicaEffect } from './effect.ts';
import type { CheckpointQuery, ChunkRequest, PeerMessage } from './messages.ts';

/** Chunks that are read from the disk for one peer at a time: what it asks for beyond is asked for again. */
const readsPerPeer = 16;

export interface CheckpointSourceParts {
  readonly machine: Machine;
  readonly desk: CheckpointDesk;
  readonly perform: (effect: ReplicaEffect) => void;
  readonly send: (to: NodeId, message: PeerMessage) => void;
}

interface Reading {
  readonly to: NodeId;
  readonly request: ChunkRequest;
}

/** Gives other nodes what they ask for of the checkpoints here: those that have fallen behind the logs of all, or have lost their state. */
export class CheckpointSource {
  readonly #parts: CheckpointSourceParts;
  #token = 0;
  readonly #reads = new Map<number, Reading>();

  constructor(parts: CheckpointSourceParts) {
    this.#parts = parts;
  }

  onQuery(from: NodeId, { id, aboveSlot }: CheckpointQuery): void {
    const { machine, desk, send } = this.#parts;
    const { newest } = desk;
    const checkpoint = newest !== undefined && newest.slot > aboveSlot ? newest : undefined;
    if (checkpoint === undefined && machine.appliedSlot > aboveSlot) desk.ask();
    send(from, { type: 'checkpointOffer', id, checkpoint });
  }

  onChunkRequest(from: NodeId, request: ChunkRequest, nowMs: number): void {
    const { desk, perform, send } = this.#parts;
    const { id, slot, index } = request;
    const kept = desk.kept.find((checkpoint) => checkpoint.slot === slot);
    if (kept === undefined || index >= kept.chunks) {
      send(from, { type: 'chunk', id, slot, index, bytes: undefined });
      return;
    }
    let reads = 0;
    for (const { to } of this.#reads.values()) if (to === from) reads += 1;
    if (reads >= readsPerPeer) return;
    desk.noteFetched(nowMs);
    this.#token += 1;
    this.#reads.set(this.#token, { to: from, request });
    perform({ type: 'readChunk', token: this.#token, slot, index });
  }

  /** Undefined: it cannot be read. */
  onChunkRead(token: number, bytes: Uint8Array | undefined): void {
    const reading = this.#reads.get(token);
    if (reading === undefined) return;
    this.#reads.delete(token);
    const { id, slot, index } = reading.request;
    this.#parts.send(reading.to, { type: 'chunk', id, slot, index, bytes });
  }
}
