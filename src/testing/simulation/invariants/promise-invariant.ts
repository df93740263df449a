import type { Prepare, PromiseMessage } from '../../../paxos/messages.ts';
import type { AcceptedSlot, Slot } from '../../../paxos/record.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { BallotNumber, ChosenLog } from './chosen-log.ts';
import { violated } from './violation.ts';

interface Reported {
  readonly ballot: BallotNumber;
  readonly sequence: number;
  readonly slots: Set<Slot>;
  readonly parts: Set<number>;
  partCount: number;
}

/** 5. A promise reports every value that was accepted before it, above what the candidate and the acceptor know to be chosen. */
export class PromiseInvariant {
  readonly #chosen: ChosenLog;
  readonly #numberOf: (ballot: AcceptedSlot['ballot']) => BallotNumber;
  readonly #fromSlots = new Map<BallotNumber, Slot>();
  /** What each has said last, as far as it has been said. */
  readonly #reported = new Map<SimulatedNode, Reported>();

  constructor(chosen: ChosenLog, numberOf: (ballot: AcceptedSlot['ballot']) => BallotNumber) {
    this.#chosen = chosen;
    this.#numberOf = numberOf;
  }

  onPrepare({ ballot, fromSlot }: Prepare): void {
    this.#fromSlots.set(this.#numberOf(ballot), fromSlot);
  }

  onPromise(node: SimulatedNode, message: PromiseMessage): void {
    const ballot = this.#numberOf(message.ballot);
    const { sequence, part, accepted, last } = message;
    let reported = this.#reported.get(node);
    if (reported?.ballot !== ballot || reported.sequence !== sequence) {
      reported = { ballot, sequence, slots: new Set(), parts: new Set(), partCount: 0 };
      this.#reported.set(node, reported);
    }
    for (const { slot } of accepted) reported.slots.add(slot);
    reported.parts.add(part);
    if (last) reported.partCount = part + 1;
    if (reported.parts.size === reported.partCount) this.#check(node, reported, message);
  }

  #check(node: SimulatedNode, { ballot, sequence, slots }: Reported, { chosenThrough }: PromiseMessage): void {
    const fromSlot = this.#fromSlots.get(ballot) ?? 1;
    for (let slot = Math.max(fromSlot, chosenThrough + 1); slot <= this.#chosen.highestProposed; slot++) {
      const since = node.journal.heldSince(slot);
      if (since === undefined || since > sequence || slots.has(slot)) continue;
      const what = `slot ${slot}, which record ${since} holds, in ballot ${ballot} with record ${sequence}`;
      violated('a promise reports what was accepted', `${node.nodeId} keeps back ${what}`);
    }
  }
}
