import { crc32 } from 'node:zlib';
import { Machine } from '../../src/machine/machine.ts';
import type { JournalRecord } from '../../src/paxos/record.ts';
import type { Checkpoint } from '../../src/replica/checkpoint.ts';
import type { CheckpointEffect } from '../../src/replica/effect.ts';
import type { CheckpointInput, ReplicaInput } from '../../src/replica/input.ts';

interface Stored {
  readonly checkpoint: Checkpoint;
  readonly chunks: readonly Uint8Array[];
}

/** What a node has written: records, and whole states beside them. Does at once what it is asked for. */
export class TestDisk {
  records: JournalRecord[] = [];
  /** Newest first. */
  checkpoints: Stored[] = [];
  #receiving: Uint8Array[] = [];

  /** What a process is given that starts. */
  past(): readonly ReplicaInput[] {
    const [newest, older] = this.checkpoints;
    const records = this.records.map((record) => ({ type: 'restore', record }) as const);
    if (newest === undefined) return records;
    const { slot } = newest.checkpoint;
    const chunks = newest.chunks.map((bytes) => ({ type: 'restoreChunk', slot, bytes }) as const);
    const whole = { type: 'restoreCheckpoint', checkpoint: newest.checkpoint, older: older?.checkpoint } as const;
    return [...chunks, whole, ...records];
  }

  /** What is to be told of it. */
  perform(effect: CheckpointEffect): CheckpointInput | undefined {
    switch (effect.type) {
      case 'writeCheckpoint': {
        const { slot, revision, hash, chunks: chunksOf } = effect.snapshot;
        const chunks = [...chunksOf(effect.chunkBytes)];
        const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
        return this.#add({ slot, revision, hash, chunks: chunks.length, bytes }, chunks);
      }
      case 'trimJournal': {
        const { throughSlot, summary } = effect;
        const first = this.records.findIndex(({ accepted }) => accepted.some(({ slot }) => slot > throughSlot));
        const last = this.records[(first < 0 ? this.records.length : first) - 1];
        if (last !== undefined) {
          const anchor = { ...summary, sequence: last.sequence, accepted: [] };
          this.records = [anchor, ...this.records.slice(this.records.indexOf(last) + 1)];
        }
        return { type: 'journalTrimmed', throughSlot };
      }
      case 'dropCheckpoint':
        this.checkpoints = this.checkpoints.filter(({ checkpoint }) => checkpoint.slot !== effect.slot);
        return undefined;
      case 'readChunk': {
        const stored = this.checkpoints.find(({ checkpoint }) => checkpoint.slot === effect.slot);
        return { type: 'chunkRead', token: effect.token, bytes: stored?.chunks[effect.index] };
      }
      case 'storeChunk':
        if (effect.index === 0) this.#receiving = [];
        this.#receiving.push(effect.bytes.slice());
        return { type: 'chunkStored', token: effect.token, index: effect.index };
      case 'finishCheckpoint':
        return this.#add(effect.checkpoint, this.#receiving);
      case 'abandonCheckpoint':
        return undefined;
    }
  }

  /** The state that the newest one holds. */
  get state(): Machine {
    const machine = new Machine({ checksum: crc32 });
    const [newest] = this.checkpoints;
    if (newest === undefined) return machine;
    const reader = machine.snapshotReader();
    for (const chunk of newest.chunks) reader.take(chunk);
    if (!machine.install(newest.checkpoint.slot, newest.checkpoint.hash, reader)) throw new Error('another state');
    return machine;
  }

  #add(checkpoint: Checkpoint, chunks: readonly Uint8Array[]): CheckpointInput {
    this.checkpoints = [{ checkpoint, chunks }, ...this.checkpoints].slice(0, 2);
    return { type: 'checkpointWritten', checkpoint };
  }
}
