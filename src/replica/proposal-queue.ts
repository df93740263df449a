import { encodeBatch } from '../wire/batch-codec.ts';
import { emptyBytes } from '../wire/bytes.ts';
import { replicaLimits } from './limits.ts';

/** With so many slots open a small batch waits for company: it travels with what comes until one of them is chosen. */
const eagerOpenSlots = 4;
const worthwhileBytes = 64 * 1024;

/** The leader's operations that have no slot yet, in order. */
export class ProposalQueue {
  #operations: Uint8Array[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#operations.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes all or, if they do not fit, none. */
  offer(operations: readonly Uint8Array[]): boolean {
    let bytes = 0;
    for (const operation of operations) bytes += operation.byteLength;
    const { queuedBytes, queuedOperations } = replicaLimits;
    if (this.#bytes + bytes > queuedBytes || this.length + operations.length > queuedOperations) return false;
    for (const operation of operations) this.#operations.push(operation);
    this.#bytes += bytes;
    return true;
  }

  /** Whether a slot should be opened now, `openSlots` being under way. */
  ready(openSlots: number): boolean {
    return this.length > 0 && (openSlots < eagerOpenSlots || this.#bytes >= worthwhileBytes);
  }

  /** The next slot's value. */
  cut(): Uint8Array {
    const { slotBytes, slotOperations } = replicaLimits;
    let end = this.#head;
    let bytes = 0;
    while (end < this.#operations.length && end - this.#head < slotOperations) {
      const size = this.#operations[end]?.byteLength ?? 0;
      if (end > this.#head && bytes + size > slotBytes) break;
      bytes += size;
      end += 1;
    }
    const batch = encodeBatch(this.#operations.slice(this.#head, end));
    this.#bytes -= bytes;
    // What has been cut must not stay in memory until the queue is empty, which under load it may never be.
    this.#operations.fill(emptyBytes, this.#head, end);
    this.#head = end;
    if (this.#head === this.#operations.length) this.clear();
    else if (this.#head > replicaLimits.queuedOperations) {
      this.#operations = this.#operations.slice(this.#head);
      this.#head = 0;
    }
    return batch;
  }

  clear(): void {
    this.#operations = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
