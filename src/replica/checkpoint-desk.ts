import type { Machine } from '../machine/machine.ts';
import type { StateReader } from '../machine/state-reader.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { JournalRecord, Slot } from '../paxos/record.ts';
import { AssertionFailure } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import { type Checkpoint, keptCheckpoints } from './checkpoint.ts';
import type { ReplicaEffect } from './effect.ts';
import { UndecodableState } from './halt.ts';
import { replicaLimits } from './limits.ts';
import type { CheckpointQuery, ChunkRequest, PeerMessage } from './messages.ts';

/** What a record and a value in it take in a journal beside the value. */
const recordOverheadBytes = 64;
const slotOverheadBytes = 32;
/** While a peer fetches chunks, and so long after, nothing is written that would take their place, unless the journal grows too long. */
const fetchGraceMs = 2_000;
const longestDelayFactor = 4;
/** Chunks that are read from the disk for one peer at a time: what it asks for beyond is asked for again. */
const readsPerPeer = 16;

export interface CheckpointDeskParts {
  readonly nodeId: NodeId;
  readonly machine: Machine;
  readonly paxos: Paxos;
  readonly perform: (effect: ReplicaEffect) => void;
  readonly send: (to: NodeId, message: PeerMessage) => void;
  /** In place of that of `replicaLimits`. */
  readonly journalBytes: number | undefined;
}

interface Reading {
  readonly to: NodeId;
  readonly request: ChunkRequest;
}

/**
 * The checkpoints on this node's disk: when the next one is written, how far they let the journal be trimmed, and their chunks for
 * nodes that have fallen behind what the others still have of the log.
 *
 * The journal is trimmed through the older of the two that are kept, once the newer has been read again and verified.
 */
export class CheckpointDesk {
  readonly #parts: CheckpointDeskParts;
  /** Newest first. */
  #kept: readonly Checkpoint[] = [];
  #restoring: { readonly slot: Slot; readonly reader: StateReader } | undefined;
  /** Since the state of the newest one. */
  #journaledBytes = 0;
  /** The first one after a state that did not come from this node's own turn is late by so much of the usual distance. */
  #lateness = 0;
  #writing: Slot | undefined;
  /** Another node needs one that is newer than the newest. */
  #isWanted = false;
  #trimming = false;
  #trimmedThrough: Slot = 0;
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #token = 0;
  readonly #reads = new Map<number, Reading>();

  constructor(parts: CheckpointDeskParts) {
    this.#parts = parts;
  }

  get newest(): Checkpoint | undefined {
    return this.#kept[0];
  }

  get journaledBytes(): number {
    return this.#journaledBytes;
  }

  /** Its own is being written. */
  get busy(): boolean {
    return this.#writing !== undefined;
  }

  /** A part of a state that was read from the disk, in order; a part of another one begins anew. */
  onRestoredChunk(slot: Slot, bytes: Uint8Array): void {
    if (this.#restoring?.slot !== slot) {
      this.#restoring = { slot, reader: this.#parts.machine.snapshotReader() };
    }
    const { reader } = this.#restoring;
    this.#takeOrDrop(slot, () => {
      reader.take(bytes);
      return true;
    });
  }

  /** That was all of it. What cannot be made use of is to be dropped, and the older one tried. */
  onRestored(checkpoint: Checkpoint, older: Checkpoint | undefined): void {
    const { machine, paxos } = this.#parts;
    const { slot, hash } = checkpoint;
    const reader = this.#restoring?.slot === slot ? this.#restoring.reader : machine.snapshotReader();
    this.#restoring = undefined;
    if (!this.#takeOrDrop(slot, () => machine.install(slot, hash, reader))) return;
    paxos.restoreCheckpoint(slot);
    this.#kept = older === undefined ? [checkpoint] : [checkpoint, older];
  }

  /** A record of the journal was read after the state. */
  onRestoredRecord(record: JournalRecord): void {
    const since = this.newest?.slot ?? 0;
    this.#journaledBytes += journaledBytes(record, since);
  }

  /** The journal has been read. */
  onBoot(): void {
    const { paxos } = this.#parts;
    this.#trimmedThrough = paxos.trimmedThrough;
    if (this.#kept.length === 0) this.#lateness = this.#ownLateness();
  }

  onJournaled(record: JournalRecord): void {
    this.#journaledBytes += journaledBytes(record, 0);
  }

  writeIfDue(nowMs: number): void {
    if (this.#isDue(nowMs)) this.#write();
  }

  /** It is complete on the disk, and verified. */
  onWritten(checkpoint: Checkpoint): void {
    if (this.#writing === checkpoint.slot) this.#writing = undefined;
    else this.#received(checkpoint);
    const newestFirst = [...this.#kept, checkpoint].sort((a, b) => b.slot - a.slot);
    this.#kept = newestFirst.slice(0, keptCheckpoints);
    this.#trim();
  }

  /** It is not there any more, or never was whole. */
  onDamaged(slot: Slot): void {
    if (this.#writing === slot) this.#writing = undefined;
    const wasNewest = this.newest?.slot === slot;
    this.#kept = this.#kept.filter((kept) => kept.slot !== slot);
    // Another one soon: until then everything hangs on the older one.
    if (wasNewest) this.#journaledBytes = Math.max(this.#journaledBytes, this.#distance());
  }

  /** Another node's copy of it takes its place. */
  makeRoomFor(slot: Slot): void {
    if (!this.#kept.some((kept) => kept.slot === slot)) return;
    this.#kept = this.#kept.filter((kept) => kept.slot !== slot);
    this.#parts.perform({ type: 'dropCheckpoint', slot, problem: undefined });
  }

  onTrimmed(slot: Slot): void {
    this.#trimming = false;
    this.#trimmedThrough = slot;
    this.#parts.paxos.noteTrimmed(slot);
    this.#trim();
  }

  onQuery(from: NodeId, { id, aboveSlot }: CheckpointQuery): void {
    const { newest } = this;
    const checkpoint = newest !== undefined && newest.slot > aboveSlot ? newest : undefined;
    // Whoever asks can go on with nothing else: it is written out of turn, and asked for again.
    if (checkpoint === undefined && this.#parts.machine.appliedSlot > aboveSlot) this.#isWanted = true;
    this.#parts.send(from, { type: 'checkpointOffer', id, checkpoint });
  }

  onChunkRequest(from: NodeId, request: ChunkRequest, nowMs: number): void {
    const { id, slot, index } = request;
    const kept = this.#kept.find((checkpoint) => checkpoint.slot === slot);
    if (kept === undefined || index >= kept.chunks) {
      this.#parts.send(from, { type: 'chunk', id, slot, index, bytes: undefined });
      return;
    }
    let reads = 0;
    for (const { to } of this.#reads.values()) if (to === from) reads += 1;
    if (reads >= readsPerPeer) return;
    this.#fetchedMs = nowMs;
    this.#token += 1;
    this.#reads.set(this.#token, { to: from, request });
    this.#parts.perform({ type: 'readChunk', token: this.#token, slot, index });
  }

  /** Undefined: it cannot be read. */
  onChunkRead(token: number, bytes: Uint8Array | undefined): void {
    const reading = this.#reads.get(token);
    if (reading === undefined) return;
    this.#reads.delete(token);
    const { id, slot, index } = reading.request;
    this.#parts.send(reading.to, { type: 'chunk', id, slot, index, bytes });
  }

  #isDue(nowMs: number): boolean {
    const { machine, paxos } = this.#parts;
    if (this.#writing !== undefined || paxos.needsCheckpoint) return false;
    if (machine.appliedSlot <= (this.newest?.slot ?? 0)) return false;
    if (this.#isWanted) return true;
    const dueBytes = this.#distance() * (1 + this.#lateness);
    if (this.#journaledBytes < dueBytes) return false;
    return nowMs - this.#fetchedMs > fetchGraceMs || this.#journaledBytes > longestDelayFactor * dueBytes;
  }

  #write(): void {
    const snapshot = this.#parts.machine.snapshot();
    this.#writing = snapshot.slot;
    this.#journaledBytes = 0;
    this.#lateness = 0;
    this.#isWanted = false;
    this.#parts.perform({ type: 'writeCheckpoint', snapshot, chunkBytes: replicaLimits.checkpointChunkBytes });
  }

  /** It came from another node, which writes its next one at the same time as this node would. */
  #received(checkpoint: Checkpoint): void {
    if (checkpoint.slot <= (this.newest?.slot ?? 0)) return;
    this.#journaledBytes = 0;
    this.#lateness = this.#ownLateness();
  }

  /** What may be journaled between two: no less than what the next one takes, so that they do not write more than the journal. */
  #distance(): number {
    const { journalBytes = replicaLimits.checkpointJournalBytes } = this.#parts;
    return Math.max(journalBytes, this.newest?.bytes ?? 0);
  }

  /** Nodes write one after the other: each by another part of the distance late at first, and then all at the same distance. */
  #ownLateness(): number {
    const { paxos, nodeId } = this.#parts;
    const ids = paxos.members.map((member) => member.nodeId).sort();
    return Math.max(0, ids.indexOf(nodeId)) / Math.max(1, ids.length);
  }

  #trim(): void {
    const older = this.#kept[1];
    const { paxos } = this.#parts;
    if (older === undefined || this.#trimming || older.slot <= this.#trimmedThrough) return;
    this.#trimming = true;
    this.#parts.perform({ type: 'trimJournal', throughSlot: older.slot, summary: paxos.summarize(older.slot) });
  }

  /** Bytes that are those that were written and still make no state are of no use, on this disk or elsewhere. */
  #takeOrDrop(slot: Slot, take: () => boolean): boolean {
    const problem = problemIn(take);
    if (problem === undefined) return true;
    this.#restoring = undefined;
    this.#parts.perform({ type: 'dropCheckpoint', slot, problem });
    return false;
  }
}

/** Undefined: none. A state of a later version is no damage: it must not be dropped. @throws UndecodableState */
export function problemIn(take: () => boolean): string | undefined {
  try {
    return take() ? undefined : 'the state that it holds is not the one that was written';
  } catch (error) {
    if (error instanceof WireFormatError && error.code === 'UNSUPPORTED') {
      throw new UndecodableState(`a checkpoint was written by a later version: ${error.message}`, { cause: error });
    }
    if (error instanceof WireFormatError || error instanceof AssertionFailure) return error.message;
    throw error;
  }
}

function journaledBytes({ accepted }: JournalRecord, sinceSlot: Slot): number {
  let bytes = recordOverheadBytes;
  for (const { slot, value } of accepted) if (slot > sinceSlot) bytes += value.length + slotOverheadBytes;
  return bytes;
}
