import type { MachineSnapshot } from '../../../machine/snapshot.ts';
import type { Slot } from '../../../paxos/record.ts';
import type { Checkpoint } from '../../../replica/checkpoint.ts';
import type { CheckpointInput } from '../../../replica/input.ts';
import type { MemoryCheckpointWriter } from '../../../storage/memory-checkpoint-writer.ts';
import type { MemoryCheckpoints } from '../../../storage/memory-checkpoints.ts';
import type { CheckpointManifest } from '../../../storage/ports.ts';
import { StorageError } from '../../../storage/storage-error.ts';
import { emptyBytes } from '../../../wire/bytes.ts';
import type { SimulatedNode } from './node.ts';
import type { NodeHost } from './node-host.ts';

/** One call of the store at a time, in the order in which they were asked for; each takes the disk its time. */
type Call = (next: () => void) => void;

interface Incoming {
  readonly token: number;
  readonly writer: MemoryCheckpointWriter;
}

/** What the product's shell does with the checkpoints of a node, in simulated time. Of one process. */
export class CheckpointStorage {
  readonly #node: SimulatedNode;
  readonly #host: NodeHost;
  readonly #store: MemoryCheckpoints;
  readonly #boot: number;
  readonly #calls: Call[] = [];
  #incoming: Incoming | undefined;

  constructor(node: SimulatedNode, host: NodeHost, store: MemoryCheckpoints) {
    this.#node = node;
    this.#host = host;
    this.#store = store;
    this.#boot = node.boots;
  }

  /** At a start: the newest state that can be read, and nothing of those that cannot. */
  restore(): readonly CheckpointInput[] {
    if (this.#store.damaged.length > 0) this.#host.coverage.hit('damaged checkpoint passed over at boot');
    for (const checkpoint of this.#store.listNow()) {
      const inputs = this.#chunksOf(checkpoint);
      if (inputs !== undefined) {
        const older = this.#store.listNow().find(({ slot }) => slot < checkpoint.slot);
        this.#host.coverage.hit('started from a checkpoint');
        return [...inputs, { type: 'restoreCheckpoint', checkpoint, older }];
      }
      this.#host.coverage.hit('damaged checkpoint passed over at boot');
      this.#store.startRemove(checkpoint.slot);
      this.#store.sync();
    }
    return [];
  }

  write({ slot, revision, hash, chunks: chunksOf }: MachineSnapshot, chunkBytes: number): void {
    const iterator = chunksOf(chunkBytes);
    let chunks = 0;
    let bytes = 0;
    const append = (writer: MemoryCheckpointWriter, next: () => void): void => {
      const { value: chunk, done } = iterator.next();
      if (done === true) {
        this.#finish(writer, { slot, revision, hash, chunks, bytes }, next);
        return;
      }
      chunks += 1;
      bytes += chunk.length;
      this.#take(
        (ended) => writer.startAppend(chunk, ended),
        () => append(writer, next),
      );
    };
    this.#do((next) => this.#begin(slot, (writer) => append(writer, next)));
  }

  storeChunk(token: number, slot: Slot, index: number, bytes: Uint8Array): void {
    this.#do((next) => {
      const append = (writer: MemoryCheckpointWriter): void => {
        this.#take(
          (ended) => writer.startAppend(bytes, ended),
          () => {
            this.#node.give({ type: 'chunkStored', token, index });
            next();
          },
        );
      };
      if (this.#incoming?.token === token) {
        append(this.#incoming.writer);
        return;
      }
      this.#begin(slot, (writer) => {
        this.#incoming = { token, writer };
        append(writer);
      });
    });
  }

  finish(token: number, checkpoint: Checkpoint): void {
    if (checkpoint.chunks > 1) this.#host.coverage.hit('checkpoint fetched in several chunks');
    this.#do((next) => {
      const incoming = this.#incoming;
      this.#incoming = undefined;
      if (incoming?.token !== token) next();
      else this.#finish(incoming.writer, checkpoint, next);
    });
  }

  abandon(token: number): void {
    this.#do((next) => {
      const incoming = this.#incoming;
      if (incoming?.token !== token) {
        next();
        return;
      }
      this.#incoming = undefined;
      this.#take((ended) => incoming.writer.startAbandon(ended), next);
    });
  }

  drop(slot: Slot): void {
    this.#do((next) => this.#take((ended) => this.#store.startRemove(slot, ended), next));
  }

  readChunk(token: number, slot: Slot, index: number): void {
    this.#node.disk.time.take(() => {
      if (!this.#runs) return;
      this.#host.trace.event('diskRead', this.#node.index, this.#host.queue.nowUs);
      try {
        this.#node.give({ type: 'chunkRead', token, bytes: this.#store.readChunkNow(slot, index) });
      } catch (error) {
        this.#onUnreadable(error, slot);
        this.#node.give({ type: 'chunkRead', token, bytes: undefined });
      }
    });
  }

  get #runs(): boolean {
    return this.#boot === this.#node.boots && this.#node.alive;
  }

  #chunksOf({ slot, chunks }: CheckpointManifest): readonly CheckpointInput[] | undefined {
    try {
      return Array.from({ length: chunks }, (_, index) => {
        return { type: 'restoreChunk', slot, bytes: this.#store.readChunkNow(slot, index) } as const;
      });
    } catch (error) {
      if (error instanceof StorageError && error.code === 'CHECKPOINT_DAMAGED') return undefined;
      throw error;
    }
  }

  #finish(writer: MemoryCheckpointWriter, checkpoint: Checkpoint, next: () => void): void {
    const { slot, revision, hash, chunks, bytes } = checkpoint;
    const manifest = { slot, revision, hash, chunks, bytes, header: emptyBytes };
    this.#take(
      (ended) => writer.startFinish(manifest, ended),
      () => {
        this.#node.disk.time.take(() => {
          if (this.#runs) this.#verify(checkpoint);
          next();
        });
      },
    );
  }

  /** Whatever was being received is not wanted any more. */
  #begin(slot: Slot, then: (writer: MemoryCheckpointWriter) => void): void {
    const former = this.#incoming;
    this.#incoming = undefined;
    if (former === undefined) then(this.#store.begin(slot));
    else
      this.#take(
        (ended) => former.writer.startAbandon(ended),
        () => then(this.#store.begin(slot)),
      );
  }

  #verify(checkpoint: Checkpoint): void {
    try {
      this.#store.verifyNow(checkpoint.slot);
    } catch (error) {
      this.#onUnreadable(error, checkpoint.slot);
      // There are two newer ones.
      if (error instanceof StorageError && error.code === 'CHECKPOINT_MISSING') {
        this.#node.give({ type: 'checkpointDamaged', slot: checkpoint.slot });
      }
      return;
    }
    this.#host.coverage.hit('checkpoint written');
    this.#node.give({ type: 'checkpointWritten', checkpoint });
  }

  #onUnreadable(error: unknown, slot: Slot): void {
    if (!(error instanceof StorageError)) throw error;
    if (error.code === 'CHECKPOINT_MISSING') return;
    this.#host.coverage.hit('damage met by a read of a checkpoint');
    this.drop(slot);
    this.#node.give({ type: 'checkpointDamaged', slot });
  }

  #do(call: Call): void {
    this.#calls.push(call);
    if (this.#calls.length === 1) this.#next();
  }

  #next(): void {
    this.#calls[0]?.(() => {
      this.#calls.shift();
      this.#next();
    });
  }

  #take(start: (ended: (error?: StorageError) => void) => void, then: () => void): void {
    this.#node.disk.call(this.#store, start, (error) => {
      if (!this.#runs) return;
      this.#host.trace.event('diskWritten', this.#node.index, this.#host.queue.nowUs);
      if (error === undefined) then();
      else this.#node.halt('CHECKPOINT_FAILED', error.message);
    });
  }
}
