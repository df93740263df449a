import { encodeBatch } from '../wire/batch-codec.ts';
import { emptyBytes } from '../wire/bytes.ts';
import { replicaLimits } from './limits.ts';

/** The leader's operations that have no slot yet, in order. */
export class ProposalQueue {
  /** Goes into the next slot, before all others. */
  #urgent: Uint8Array | undefined;
  #operations: Uint8Array[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#operations.length - this.#head + (this.#urgent === undefined ? 0 : 1);
  }

  /** Of all but the urgent one. */
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

  /** What makes room must not wait behind what takes it, nor be refused with it. False if another such waits already. */
  offerUrgent(operation: Uint8Array): boolean {
    if (this.#urgent !== undefined) return false;
    this.#urgent = operation;
    return true;
  }

  /** Whether a slot should be opened now, beside so many: a small batch travels with what comes until one of them is chosen. */
  ready(openSlots: number): boolean {
    if (this.#urgent !== undefined) return true;
    return this.length > 0 && (openSlots === 0 || this.#bytes >= replicaLimits.companyBytes);
  }

  /** The next slot's value. */
  cut(): Uint8Array {
    const { slotBytes, slotOperations } = replicaLimits;
    const urgent = this.#urgent === undefined ? [] : [this.#urgent];
    const urgentBytes = this.#urgent?.byteLength ?? 0;
    let end = this.#head;
    let bytes = 0;
    while (end < this.#operations.length && urgent.length + end - this.#head < slotOperations) {
      const size = this.#operations[end]?.byteLength ?? 0;
      if (urgent.length + end > this.#head && urgentBytes + bytes + size > slotBytes) break;
      bytes += size;
      end += 1;
    }
    const batch = encodeBatch([...urgent, ...this.#operations.slice(this.#head, end)]);
    this.#urgent = undefined;
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
    this.#urgent = undefined;
    this.#operations = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
