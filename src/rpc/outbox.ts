import type { Lane } from '../replica/effect.ts';
import type { PeerMessage } from '../replica/messages.ts';

/** What a message costs beside the values that it carries: an estimate for the budget. */
const messageOverheadBytes = 64;

/**
 * Messages of one lane that wait for the link, within a budget of bytes. Past it, control messages give up the oldest (a
 * newer heartbeat says all that the older one said), bulk messages the newest (the receiver needs slots in order): the
 * protocol repeats what is lost.
 */
export class Outbox {
  readonly #lane: Lane;
  readonly #budgetBytes: number;
  #messages: PeerMessage[] = [];
  #bytes = 0;

  constructor(lane: Lane, budgetBytes: number) {
    this.#lane = lane;
    this.#budgetBytes = budgetBytes;
  }

  get size(): number {
    return this.#messages.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns how many messages were given up for it, itself perhaps included. */
  add(message: PeerMessage): number {
    const bytes = estimatedBytes(message);
    let dropped = 0;
    if (this.#lane === 'bulk') {
      if (this.#messages.length > 0 && this.#bytes + bytes > this.#budgetBytes) return 1;
    } else {
      while (this.#messages.length > dropped && this.#bytes + bytes > this.#budgetBytes) {
        this.#bytes -= estimatedBytes(this.#messages[dropped] as PeerMessage);
        dropped += 1;
      }
      if (dropped > 0) this.#messages.splice(0, dropped);
    }
    this.#messages.push(message);
    this.#bytes += bytes;
    return dropped;
  }

  /** The oldest messages, up to so many bytes but at least one. */
  take(targetBytes: number): readonly PeerMessage[] {
    let taken = 0;
    let takenBytes = 0;
    for (const message of this.#messages) {
      const bytes = estimatedBytes(message);
      if (taken > 0 && takenBytes + bytes > targetBytes) break;
      taken += 1;
      takenBytes += bytes;
    }
    this.#bytes -= takenBytes;
    if (taken < this.#messages.length) return this.#messages.splice(0, taken);
    const all = this.#messages;
    this.#messages = [];
    return all;
  }

  /** Returns how many were thrown away. */
  clear(): number {
    const dropped = this.#messages.length;
    this.#messages = [];
    this.#bytes = 0;
    return dropped;
  }
}

/** Only values and chunks can be large; everything else is covered by the overhead. */
export function estimatedBytes(message: PeerMessage): number {
  switch (message.type) {
    case 'accept':
      return messageOverheadBytes + message.value.byteLength;
    case 'promise':
      return messageOverheadBytes + slotBytes(message.accepted);
    case 'learn':
      return messageOverheadBytes + slotBytes(message.slots);
    case 'chunk':
      return messageOverheadBytes + (message.bytes?.byteLength ?? 0);
    case 'forward':
      return message.operations.reduce((sum, operation) => sum + 8 + operation.byteLength, messageOverheadBytes);
    case 'relayedKeepAlive':
      return messageOverheadBytes + 12 * message.sessions.length;
    case 'relayedKeepAliveAnswer':
      return messageOverheadBytes + 8 * (message.alive.length + message.ended.length);
    default:
      return 2 * messageOverheadBytes;
  }
}

function slotBytes(slots: readonly { readonly value: Uint8Array }[]): number {
  return slots.reduce((sum, slot) => sum + messageOverheadBytes + slot.value.byteLength, 0);
}
