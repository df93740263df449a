import type { Incarnation } from '../../../paxos/record.ts';
import type { PeerMessage } from '../../../replica/messages.ts';

/** A message as it was once sent. */
export interface PastMessage {
  readonly message: PeerMessage;
  readonly incarnation: Incarnation;
  readonly sentUs: number;
  /** The boots of the sender and the receiver at that time. */
  readonly fromBoot: number;
  readonly toBoot: number;
}

const capacity = 48;

/**
 * A uniform sample, of bounded size, of everything ever sent on a link (Vitter's algorithm R, 1985): a network may bring back
 * what was sent an hour ago, by a process that has been started anew since, to one that has forgotten everything since.
 */
export class PastMessages {
  readonly #kept: PastMessage[] = [];
  #seen = 0;

  /** `draw` in [0, 1) decides whether it is kept, and for which other it makes room. */
  add(past: PastMessage, draw: number): void {
    this.#seen += 1;
    if (this.#kept.length < capacity) {
      this.#kept.push(past);
      return;
    }
    const place = Math.floor(draw * this.#seen);
    if (place < capacity) this.#kept[place] = past;
  }

  /** Undefined: nothing was sent yet. */
  pick(draw: number): PastMessage | undefined {
    return this.#kept[Math.floor(draw * this.#kept.length)];
  }
}
