import type { JournalRecord, JournalSummary, Slot } from '../../../paxos/record.ts';
import type { CheckpointEffect, ReplicaEffect } from '../../../replica/effect.ts';
import type { ReplicaInput } from '../../../replica/input.ts';
import { StorageError } from '../../../storage/storage-error.ts';
import { violated } from '../invariants/violation.ts';
import type { RandomStream } from '../prng.ts';
import { CheckpointStorage } from './checkpoint-storage.ts';
import type { InterruptedWrite, WriteOutcome } from './disk.ts';
import type { SimulatedNode } from './node.ts';
import type { NodeHost } from './node-host.ts';

type DiskEffect = CheckpointEffect | Extract<ReplicaEffect, { type: 'persist' | 'readSlots' }>;

/** Between a node and its disk: what the product's start does before the replica exists, and what its driver does from then on. */
export class NodeStorage {
  readonly #node: SimulatedNode;
  readonly #host: NodeHost;
  readonly #stream: RandomStream;
  #checkpoints: CheckpointStorage | undefined;

  constructor(node: SimulatedNode, host: NodeHost, stream: RandomStream) {
    this.#node = node;
    this.#host = host;
    this.#stream = stream;
  }

  /** Undefined: the process ends, because it must not start from this disk, or cannot at the moment. */
  open(): readonly ReplicaInput[] | undefined {
    const { disk } = this.#node;
    const { torn } = disk;
    let opened: ReturnType<typeof disk.open>;
    try {
      opened = disk.open();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#node.phase = error.code === 'JOURNAL_DAMAGED' ? 'refused' : 'down';
      this.#log(`does not start: ${error.message}`);
      this.#host.onNotOpened(this.#node, error);
      return undefined;
    }
    if (torn) this.#host.coverage.hit('torn record passed over at boot');
    this.#host.onOpened(this.#node);
    this.#checkpoints = new CheckpointStorage(this.#node, this.#host, opened.checkpoints);
    const records = opened.records.map((record) => ({ type: 'restore', record }) as const);
    return [...this.#checkpoints.restore(), ...records];
  }

  /** What concerns the disk. */
  perform(effect: DiskEffect): void {
    if (effect.type === 'persist') this.#persist(effect.record);
    else if (effect.type === 'readSlots') this.#readSlots(effect);
    else this.#performOnCheckpoints(effect);
  }

  crash(keepPending: boolean, ofMachine: boolean): void {
    const { coverage } = this.#host;
    coverage.hit('crash');
    if (ofMachine) coverage.hit('crash of the machine');
    const isWriting = this.#node.journal.pending !== undefined;
    const interrupted: InterruptedWrite = keepPending ? 'kept' : this.#stream.chance(0.3) ? 'torn' : 'lost';
    const found = this.#node.disk.crash(interrupted, ofMachine);
    if (!isWriting) return;
    if (found === undefined) {
      coverage.hit(interrupted === 'torn' ? 'crash tore a record' : 'crash lost an unwritten record');
      return;
    }
    coverage.hit('crash kept a written record that was not reported');
    this.#host.onDurable(this.#node, found);
  }

  #performOnCheckpoints(effect: CheckpointEffect): void {
    const checkpoints = this.#checkpoints;
    if (checkpoints === undefined) throw new Error('the disk has been opened');
    switch (effect.type) {
      case 'writeCheckpoint':
        checkpoints.write(effect.snapshot, effect.chunkBytes);
        return;
      case 'trimJournal':
        this.#trim(effect.throughSlot, effect.summary);
        return;
      case 'dropCheckpoint':
        if (effect.problem !== undefined) {
          violated(
            'what was written whole can be used',
            `${this.#node.nodeId}, slot ${effect.slot}: ${effect.problem}`,
          );
        }
        checkpoints.drop(effect.slot);
        return;
      case 'readChunk':
        checkpoints.readChunk(effect.token, effect.slot, effect.index);
        return;
      case 'storeChunk':
        checkpoints.storeChunk(effect.token, effect.slot, effect.index, effect.bytes);
        return;
      case 'finishCheckpoint':
        checkpoints.finish(effect.token, effect.checkpoint);
        return;
      case 'abandonCheckpoint':
        this.#host.coverage.hit('transfer of a checkpoint given up');
        checkpoints.abandon(effect.token);
        return;
    }
  }

  #persist(record: JournalRecord): void {
    const { boots } = this.#node;
    const { sequence } = record;
    this.#node.disk.write(record, (outcome) => {
      if (this.#runs(boots)) this.#onWritten(sequence, outcome);
    });
  }

  #readSlots({ token, fromSlot, toSlot, maxBytes }: Extract<ReplicaEffect, { type: 'readSlots' }>): void {
    const { boots } = this.#node;
    this.#host.coverage.hit('slots read back from the journal');
    this.#node.disk.read(fromSlot, toSlot, maxBytes, (found) => {
      this.#host.trace.event('diskRead', this.#node.index, this.#host.queue.nowUs);
      if (!this.#runs(boots)) return;
      if (found instanceof StorageError) this.#node.halt('READ_FAILED', found.message);
      else this.#node.give({ type: 'slotsRead', token, slots: found });
    });
  }

  #trim(throughSlot: Slot, summary: JournalSummary): void {
    const { boots, disk } = this.#node;
    this.#host.onTrim(this.#node, throughSlot);
    disk.trim(throughSlot, summary, (error) => {
      this.#host.trace.event('diskWritten', this.#node.index, this.#host.queue.nowUs);
      if (!this.#runs(boots)) return;
      this.#host.coverage.hit('journal trimmed');
      if (error === undefined) this.#node.give({ type: 'journalTrimmed', throughSlot });
      else this.#node.halt('CHECKPOINT_FAILED', error.message);
    });
  }

  #onWritten(sequence: number, { durable, failure }: WriteOutcome): void {
    if (durable !== undefined) this.#host.onDurable(this.#node, durable);
    this.#host.trace.event('diskWritten', this.#node.index, this.#host.queue.nowUs);
    this.#host.trace.mark(3, this.#node.index, sequence);
    if (failure === undefined) this.#node.give({ type: 'persisted', sequence });
    else this.#node.give({ type: 'persistFailed', sequence, code: failure });
  }

  #runs(boot: number): boolean {
    return boot === this.#node.boots && this.#node.alive;
  }

  #log(text: string): void {
    if (this.#host.trace.verbose) this.#host.trace.line(this.#host.queue.nowUs, `${this.#node.nodeId} ${text}`);
  }
}
