import type { Slot } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { type Checkpoint, sameCheckpoint } from './checkpoint.ts';
import type { CheckpointOffer, PeerMessage } from './messages.ts';

/** Who has not answered is asked again after so long. */
const askAgainMs = 500;
/** All that is to come has come. */
const patienceMs = 1_500;

export interface CheckpointInquiryParts {
  readonly id: number;
  readonly aboveSlot: Slot;
  /** All at once: those that are gone would else cost time, one after the other. */
  readonly peers: readonly NodeId[];
  /** What these have is of no use. */
  readonly unfit: ReadonlySet<NodeId>;
  readonly send: (to: NodeId, message: PeerMessage) => void;
  readonly nowMs: number;
}

/** The question to all others for a state, and what has been offered so far. */
export class CheckpointInquiry {
  readonly id: number;
  readonly #parts: CheckpointInquiryParts;
  readonly #offers = new Map<NodeId, Checkpoint>();
  /** Those who have none that would help. */
  readonly #without = new Set<NodeId>();
  #askedMs: number;

  constructor(parts: CheckpointInquiryParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#askedMs = parts.nowMs;
    this.#ask();
  }

  onOffer(from: NodeId, { checkpoint }: CheckpointOffer): void {
    const { aboveSlot, unfit } = this.#parts;
    const isUseful = checkpoint !== undefined && checkpoint.slot > aboveSlot && checkpoint.chunks > 0;
    if (isUseful && !unfit.has(from)) this.#offers.set(from, checkpoint);
    else this.#without.add(from);
  }

  /** What has begun is gone on with, if it can be; else followers go first, since the leader has enough to do. */
  best(begun: Checkpoint | undefined, leader: NodeId | undefined): readonly [NodeId, Checkpoint] | undefined {
    const offers = [...this.#offers];
    return (
      offers.find(([, checkpoint]) => begun !== undefined && sameCheckpoint(checkpoint, begun)) ??
      offers.find(([peer]) => peer !== leader) ??
      offers[0]
    );
  }

  /** False: nobody has one, or will say so. */
  goOn(nowMs: number): boolean {
    const { peers, nowMs: sinceMs } = this.#parts;
    if (this.#without.size === peers.length || nowMs - sinceMs > patienceMs) return false;
    if (nowMs - this.#askedMs > askAgainMs) {
      this.#askedMs = nowMs;
      this.#ask();
    }
    return true;
  }

  #ask(): void {
    const { id, aboveSlot, peers, send } = this.#parts;
    for (const peer of peers) if (!this.#without.has(peer)) send(peer, { type: 'checkpointQuery', id, aboveSlot });
  }
}
