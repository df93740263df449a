import { setImmediate as nextRound } from 'node:timers/promises';
import type { MachineSnapshot } from '../machine/snapshot.ts';
import type { Slot } from '../paxos/record.ts';
import type { Checkpoint } from '../replica/checkpoint.ts';
import type { CheckpointEffect } from '../replica/effect.ts';
import type { CheckpointInput } from '../replica/input.ts';
import type { CheckpointStore, CheckpointWriter, Journal } from '../storage/ports.ts';
import { StorageError, type StorageErrorCode } from '../storage/storage-error.ts';
import { emptyBytes } from '../wire/bytes.ts';

type EffectOf<Type extends CheckpointEffect['type']> = Extract<CheckpointEffect, { readonly type: Type }>;

export interface CheckpointKeeperPorts {
  /** Open, and the keeper's from now on. */
  readonly store: CheckpointStore;
  readonly journal: Pick<Journal, 'trim'>;
  readonly give: (input: CheckpointInput) => void;
  /** Of LevelDB itself: it will not write that store again. Gives an empty one, or undefined if what is there must not be deleted. */
  readonly startOver: (damaged: CheckpointStore) => Promise<CheckpointStore | undefined>;
  /** For the operator: something that was kept is gone. */
  readonly onDamage: (text: string) => void;
  /** It was this node's own, or came from another one. */
  readonly onWritten: (checkpoint: Checkpoint, durationMs: number) => void;
  /** Of a checkpoint that another node sends. */
  readonly onChunkStored: () => void;
  /** The disk does not do what it must. */
  readonly onDiskFailure: (reason: string) => void;
  readonly onFault: (error: unknown) => void;
}

/** The one that is being written. */
interface Draft {
  readonly slot: Slot;
  readonly writer: CheckpointWriter;
  /** Undefined: this node's own. */
  readonly token: number | undefined;
  readonly begunMs: number;
}

/**
 * Carries out what a replica wants done with checkpoints. All that changes the store is done one after the other, in the order in which it
 * was wanted; chunks are read for other nodes meanwhile. Nothing is done before `start`, and nothing is done or told after `stop`.
 */
export class CheckpointKeeper {
  readonly #ports: CheckpointKeeperPorts;
  #store: CheckpointStore;
  /** Resolves when all that was wanted so far is done. */
  #done: Promise<void>;
  #open: () => void = () => undefined;
  #stopped = false;
  #draft: Draft | undefined;
  /** Whose chunks the replica still wants: what is told of others is of no use to it. */
  #wantedToken: number | undefined;
  /** Of these chunks. */
  #wantedSlot: Slot = 0;
  /** What the replica may believe to be there. */
  #listed: readonly Slot[] = [];

  constructor(ports: CheckpointKeeperPorts) {
    this.#ports = ports;
    this.#store = ports.store;
    this.#done = new Promise((resolve) => {
      this.#open = resolve;
    });
    this.#inOrder(() => this.#takeStock());
  }

  perform(effect: CheckpointEffect): void {
    if (this.#stopped) return;
    switch (effect.type) {
      case 'writeCheckpoint':
        this.#inOrder(() => this.#write(effect.snapshot, effect.chunkBytes));
        return;
      case 'storeChunk':
        if (effect.index === 0) {
          this.#wantedToken = effect.token;
          this.#wantedSlot = effect.slot;
        }
        this.#inOrder(() => this.#storeChunk(effect));
        return;
      case 'finishCheckpoint':
        this.#inOrder(() => this.#finishReceived(effect));
        return;
      case 'abandonCheckpoint':
        if (this.#wantedToken === effect.token) this.#wantedToken = undefined;
        this.#inOrder(() => this.#abandon(effect.token));
        return;
      case 'dropCheckpoint':
        this.drop(effect.slot, effect.problem);
        return;
      case 'readChunk':
        void this.#attempt(() => this.#read(effect));
        return;
      case 'trimJournal':
        void this.#attempt(() => this.#trim(effect));
        return;
      default:
        effect satisfies never;
    }
  }

  /** It is of no use, for a reason that the operator is told, or, without one, makes room. */
  drop(slot: Slot, problem: string | undefined): void {
    if (problem !== undefined) this.#tell(slot, problem);
    this.#inOrder(() => this.#remove(slot));
  }

  /** The replica takes inputs now. */
  start(): void {
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Waits for what is under way in the store. */
  async close(): Promise<void> {
    this.stop();
    this.#open();
    await this.#store.close();
    await this.#done;
    // By now it may be another one, in place of one that was damaged.
    await this.#store.close();
  }

  #inOrder(job: () => Promise<void>): void {
    this.#done = this.#done.then(() => this.#attempt(job));
  }

  async #attempt(job: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    try {
      await job().catch((error: unknown) => this.#startOver(error));
    } catch (error) {
      if (this.#stopped) return;
      if (error instanceof StorageError) this.#ports.onDiskFailure(error.message);
      else this.#ports.onFault(error);
    }
  }

  /** If LevelDB has met damage while writing, it is not that of one checkpoint: it refuses everything from then on. */
  async #startOver(cause: unknown): Promise<void> {
    if (this.#stopped || !isOneOf(cause, 'CHECKPOINT_DAMAGED')) throw cause;
    const anew = await this.#ports.startOver(this.#store);
    if (anew === undefined) throw cause;
    this.#store = anew;
    if (this.#stopped) return;
    this.#ports.onDamage(`all checkpoints are dropped: ${cause.message}`);
    const gone = new Set(this.#listed);
    if (this.#draft !== undefined) gone.add(this.#draft.slot);
    if (this.#wantedToken !== undefined) gone.add(this.#wantedSlot);
    this.#listed = [];
    this.#draft = undefined;
    this.#wantedToken = undefined;
    for (const slot of gone) this.#ports.give({ type: 'checkpointDamaged', slot });
  }

  async #takeStock(): Promise<void> {
    this.#listed = (await this.#store.list()).map(({ slot }) => slot);
  }

  #tell(slot: Slot, problem: string): void {
    this.#ports.onDamage(`the checkpoint of slot ${slot} is dropped: ${problem}`);
  }

  async #remove(slot: Slot): Promise<void> {
    await this.#store.remove(slot);
    await this.#takeStock();
  }

  /** Whatever was being written is not wanted any more. */
  async #begin(slot: Slot, token: number | undefined): Promise<Draft> {
    await this.#draft?.writer.abandon();
    const draft = { slot, token, writer: this.#store.begin(slot), begunMs: performance.now() };
    this.#draft = draft;
    return draft;
  }

  /** What happens meanwhile is taken between two chunks, each of which costs a millisecond or more to make. */
  async #write({ slot, revision, hash, chunks }: MachineSnapshot, chunkBytes: number): Promise<void> {
    const draft = await this.#begin(slot, undefined);
    let count = 0;
    let bytes = 0;
    await nextRound();
    for (const chunk of chunks(chunkBytes)) {
      await draft.writer.append(chunk);
      count += 1;
      bytes += chunk.length;
      await nextRound();
      if (this.#stopped) return;
    }
    await this.#finish(draft, { slot, revision, hash, chunks: count, bytes });
  }

  async #storeChunk({ token, slot, index, bytes }: EffectOf<'storeChunk'>): Promise<void> {
    if (this.#wantedToken !== token) return;
    const draft = this.#draft?.token === token ? this.#draft : await this.#begin(slot, token);
    await draft.writer.append(bytes);
    if (this.#stopped || this.#wantedToken !== token) return;
    this.#ports.onChunkStored();
    this.#ports.give({ type: 'chunkStored', token, index });
  }

  async #finishReceived({ token, checkpoint }: EffectOf<'finishCheckpoint'>): Promise<void> {
    const draft = this.#draft;
    if (this.#wantedToken !== token || draft?.token !== token) return;
    await this.#finish(draft, checkpoint);
    if (this.#wantedToken === token) this.#wantedToken = undefined;
  }

  async #abandon(token: number): Promise<void> {
    if (this.#draft?.token !== token) return;
    await this.#draft.writer.abandon();
    this.#draft = undefined;
  }

  async #finish({ slot, writer, begunMs }: Draft, checkpoint: Checkpoint): Promise<void> {
    await writer.finish({ ...checkpoint, header: emptyBytes });
    const isIntact = await this.#isIntact(slot);
    this.#draft = undefined;
    await this.#takeStock();
    if (this.#stopped) return;
    if (isIntact) {
      this.#ports.onWritten(checkpoint, performance.now() - begunMs);
      this.#ports.give({ type: 'checkpointWritten', checkpoint });
    } else {
      this.#ports.give({ type: 'checkpointDamaged', slot });
    }
  }

  /** What is not is gone afterwards. */
  async #isIntact(slot: Slot): Promise<boolean> {
    try {
      await this.#store.verify(slot);
      return true;
    } catch (error) {
      // There are two newer ones already.
      if (isOneOf(error, 'CHECKPOINT_MISSING')) return false;
      if (!isOneOf(error, 'CHECKPOINT_DAMAGED')) throw error;
      this.#tell(slot, error.message);
      await this.#store.remove(slot);
      return false;
    }
  }

  async #read({ token, slot, index }: EffectOf<'readChunk'>): Promise<void> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.#store.readChunk(slot, index);
    } catch (error) {
      if (isOneOf(error, 'CHECKPOINT_DAMAGED')) this.#giveUp(slot, error.message);
      // Closed: all of them are being given up.
      else if (!isOneOf(error, 'CHECKPOINT_MISSING', 'CLOSED')) throw error;
    }
    if (!this.#stopped) this.#ports.give({ type: 'chunkRead', token, bytes });
  }

  /** A chunk of it was found to be damaged; by its turn it may be gone. */
  #giveUp(slot: Slot, problem: string): void {
    this.#inOrder(async () => {
      if (!this.#listed.includes(slot)) return;
      this.#tell(slot, problem);
      await this.#remove(slot);
      if (!this.#stopped) this.#ports.give({ type: 'checkpointDamaged', slot });
    });
  }

  async #trim({ throughSlot, summary }: EffectOf<'trimJournal'>): Promise<void> {
    await this.#ports.journal.trim(throughSlot, summary);
    if (!this.#stopped) this.#ports.give({ type: 'journalTrimmed', throughSlot });
  }
}

function isOneOf(error: unknown, ...codes: readonly StorageErrorCode[]): error is StorageError {
  return error instanceof StorageError && codes.includes(error.code);
}
