import type { Machine } from '../machine/machine.ts';
import type { MachineSnapshot } from '../machine/snapshot.ts';
import type { StateReader } from '../machine/state-reader.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { JournalRecord, Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { type Checkpoint, keptCheckpoints } from './checkpoint.ts';
import { problemOfOwn } from './checkpoint-problem.ts';
import { configurationOfState } from './configuration-of-state.ts';
import type { ReplicaEffect } from './effect.ts';
import { replicaLimits } from './limits.ts';

/** What a record and a value in it take in a journal beside the value. */
const recordOverheadBytes = 64;
const slotOverheadBytes = 32;
/** While a peer fetches chunks, and so long after, nothing is written that would take their place, unless the journal grows too long. */
const fetchGraceMs = 2_000;
const longestDelayFactor = 4;

export interface CheckpointDeskParts {
  readonly nodeId: NodeId;
  readonly machine: Machine;
  readonly paxos: Paxos;
  readonly perform: (effect: ReplicaEffect) => void;
  /** In place of that of `replicaLimits`. */
  readonly journalBytes: number | undefined;
}

/**
 * The checkpoints on this node's disk: when the next one is written, and how far they let the journal be trimmed.
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
  /** Held until the disk has it, or never will: it keeps memory from being used again. */
  #writing: MachineSnapshot | undefined;
  /** Another node needs one that is newer than the newest. */
  #asked = false;
  #trimming = false;
  #trimmedThrough: Slot = 0;
  #fetchedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: CheckpointDeskParts) {
    this.#parts = parts;
  }

  get kept(): readonly Checkpoint[] {
    return this.#kept;
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
    paxos.restoreCheckpoint(slot, configurationOfState(machine));
    this.#kept = older === undefined ? [checkpoint] : [checkpoint, older];
  }

  /** A record of the journal was read after the state. */
  onRestoredRecord(record: JournalRecord): void {
    const since = this.newest?.slot ?? 0;
    this.#journaledBytes += bytesOf(record, since);
  }

  /** The journal has been read. */
  onBoot(): void {
    const { paxos } = this.#parts;
    this.#trimmedThrough = paxos.trimmedThrough;
    if (this.#kept.length === 0) this.#lateness = this.#ownLateness();
  }

  onJournaled(record: JournalRecord): void {
    this.#journaledBytes += bytesOf(record, 0);
  }

  writeIfDue(nowMs: number): void {
    if (this.#isDue(nowMs)) this.#write();
  }

  /** It is complete on the disk, and verified. */
  onWritten(checkpoint: Checkpoint): void {
    if (this.#writing?.slot === checkpoint.slot) this.#release();
    else this.#received(checkpoint);
    const newestFirst = [...this.#kept, checkpoint].sort((a, b) => b.slot - a.slot);
    this.#kept = newestFirst.slice(0, keptCheckpoints);
    this.#trim();
  }

  /** It is not there any more, or never was whole. */
  onDamaged(slot: Slot): void {
    if (this.#writing?.slot === slot) this.#release();
    const wasNewest = this.newest?.slot === slot;
    this.#kept = this.#kept.filter((kept) => kept.slot !== slot);
    // Another one soon: until then everything hangs on the older one.
    if (!wasNewest) return;
    this.#lateness = 0;
    this.#journaledBytes = Math.max(this.#journaledBytes, this.#distance());
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

  /** A peer reads one: for a while its place is not taken. */
  noteFetched(nowMs: number): void {
    this.#fetchedMs = nowMs;
  }

  /** A peer can go on with none that is there: one is written out of turn. */
  ask(): void {
    this.#asked = true;
  }

  #isDue(nowMs: number): boolean {
    const { machine, paxos } = this.#parts;
    if (this.#writing !== undefined || paxos.needsCheckpoint) return false;
    if (machine.appliedSlot <= (this.newest?.slot ?? 0)) return false;
    if (this.#asked) return true;
    const dueBytes = this.#distance() * (1 + this.#lateness);
    if (this.#journaledBytes < dueBytes) return false;
    return nowMs - this.#fetchedMs > fetchGraceMs || this.#journaledBytes > longestDelayFactor * dueBytes;
  }

  #write(): void {
    const { machine } = this.#parts;
    assert(this.#writing === undefined, 'one snapshot is written at a time');
    const snapshot = machine.snapshot();
    this.#writing = snapshot;
    this.#journaledBytes = 0;
    this.#lateness = 0;
    this.#asked = false;
    this.#parts.perform({ type: 'writeCheckpoint', snapshot, chunkBytes: replicaLimits.checkpointChunkBytes });
  }

  #release(): void {
    const { machine } = this.#parts;
    const held = machine.heldSnapshots;
    this.#writing?.release();
    this.#writing = undefined;
    // Whoever saves a backup meanwhile holds another one.
    assert(machine.heldSnapshots === held - 1, 'a snapshot that the disk has is released');
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
    const { machine, paxos } = this.#parts;
    if (older === undefined || this.#trimming || older.slot <= this.#trimmedThrough) return;
    // One that came and did not take effect is ahead.
    if (older.slot > machine.appliedSlot) return;
    this.#trimming = true;
    this.#parts.perform({ type: 'trimJournal', throughSlot: older.slot, summary: paxos.summarize(older.slot) });
  }

  /** Bytes that are those that were written and still make no state are of no use, on this disk or elsewhere. */
  #takeOrDrop(slot: Slot, take: () => boolean): boolean {
    const problem = problemOfOwn(take);
    if (problem === undefined) return true;
    this.#restoring = undefined;
    this.#parts.perform({ type: 'dropCheckpoint', slot, problem });
    return false;
  }
}

function bytesOf({ accepted }: JournalRecord, sinceSlot: Slot): number {
  let bytes = recordOverheadBytes;
  for (const { slot, value } of accepted) if (slot > sinceSlot) bytes += value.length + slotOverheadBytes;
  return bytes;
}
