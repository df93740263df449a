import type { Machine } from '../machine/machine.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { JournalRecord } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Checkpoint } from './checkpoint.ts';
import { CheckpointDesk } from './checkpoint-desk.ts';
import { CheckpointSource } from './checkpoint-source.ts';
import { CheckpointTransfer } from './checkpoint-transfer.ts';
import type { ReplicaEffect } from './effect.ts';
import type { CheckpointInput } from './input.ts';
import type { CheckpointMessage, PeerMessage } from './messages.ts';
import type { QuestionIds } from './question-ids.ts';
import type { ReplicaStatus } from './status.ts';

export interface CheckpointsParts {
  readonly nodeId: NodeId;
  readonly machine: Machine;
  readonly paxos: Paxos;
  readonly ids: QuestionIds;
  /** After which the next one is due; undefined: that of `replicaLimits`. */
  readonly journalBytes: number | undefined;
  readonly perform: (effect: ReplicaEffect) => void;
  readonly send: (to: NodeId, message: PeerMessage) => void;
  readonly onNoneFound: () => void;
  /** Calls `install`, by which a state from elsewhere takes the place of this node's: whoever waits for what lay between has to be told. */
  readonly onInstall: (install: () => void) => void;
}

/** States after a slot, whole: those that this node keeps and gives away, and those that it needs. */
export class Checkpoints {
  readonly #desk: CheckpointDesk;
  readonly #source: CheckpointSource;
  readonly #transfer: CheckpointTransfer;
  readonly #onInstall: CheckpointsParts['onInstall'];

  constructor(parts: CheckpointsParts) {
    this.#onInstall = parts.onInstall;
    this.#desk = new CheckpointDesk(parts);
    this.#source = new CheckpointSource({ ...parts, desk: this.#desk });
    this.#transfer = new CheckpointTransfer({ ...parts, makeRoomFor: (slot) => this.#desk.makeRoomFor(slot) });
  }

  status(): Pick<ReplicaStatus, 'checkpointSlot' | 'checkpointBytes' | 'journaledBytes' | 'receiving'> {
    const { newest, journaledBytes } = this.#desk;
    const { slot: checkpointSlot, bytes: checkpointBytes } = newest ?? { slot: 0, bytes: 0 };
    return { checkpointSlot, checkpointBytes, journaledBytes, receiving: this.#transfer.progress };
  }

  onInput(input: CheckpointInput, nowMs: number): void {
    switch (input.type) {
      case 'restoreChunk':
        this.#desk.onRestoredChunk(input.slot, input.bytes);
        return;
      case 'restoreCheckpoint':
        this.#desk.onRestored(input.checkpoint, input.older);
        return;
      case 'checkpointWritten':
        this.#onWritten(input.checkpoint);
        return;
      case 'checkpointDamaged':
        this.#transfer.onDamaged(input.slot);
        this.#desk.onDamaged(input.slot);
        return;
      case 'journalTrimmed':
        this.#desk.onTrimmed(input.throughSlot);
        return;
      case 'chunkRead':
        this.#source.onChunkRead(input.token, input.bytes);
        return;
      case 'chunkStored':
        this.#transfer.onChunkStored(input.token, input.index, nowMs);
        return;
    }
  }

  onMessage(from: NodeId, message: CheckpointMessage, nowMs: number): void {
    switch (message.type) {
      case 'checkpointQuery':
        this.#source.onQuery(from, message);
        return;
      case 'checkpointOffer':
        this.#transfer.onOffer(from, message);
        return;
      case 'chunkRequest':
        this.#source.onChunkRequest(from, message, nowMs);
        return;
      case 'chunk':
        this.#transfer.onChunk(from, message, nowMs);
        return;
    }
  }

  onRestoredRecord(record: JournalRecord): void {
    this.#desk.onRestoredRecord(record);
  }

  onBoot(): void {
    this.#desk.onBoot();
  }

  onJournaled(record: JournalRecord): void {
    this.#desk.onJournaled(record);
  }

  onTick(nowMs: number): void {
    this.#transfer.onTick(nowMs, this.#desk.busy);
  }

  onEndOfTurn(nowMs: number): void {
    if (!this.#transfer.underWay) this.#desk.writeIfDue(nowMs);
  }

  #onWritten(checkpoint: Checkpoint): void {
    const install = this.#transfer.onWritten(checkpoint);
    if (install !== undefined) this.#onInstall(install);
    this.#desk.onWritten(checkpoint);
  }
}
