import type { PaxosEffect } from '../paxos/effects.ts';
import type { Paxos } from '../paxos/paxos.ts';

/** What the gate needs to know of this node's leadership. */
export type Leadership = Pick<Paxos, 'serving' | 'leaseHolds' | 'requestConfirmation' | 'confirmedThrough'>;

interface Waiting<Check> {
  readonly check: Check;
  readonly heartbeatId: number;
}

/**
 * What only a node may say that surely leads at this moment: answers to linearizable reads, read points, keep-alives.
 *
 * Under its lease the leader knows by its own clock; otherwise a heartbeat sent after the question must be answered by a
 * quorum. All questions of one turn share one heartbeat.
 */
export class LeadershipGate<Check> {
  readonly #paxos: Leadership;
  readonly #pass: (check: Check) => void;
  #waiting: Waiting<Check>[] = [];

  constructor(paxos: Leadership, pass: (check: Check) => void) {
    this.#paxos = paxos;
    this.#pass = pass;
  }

  /** Asserts nothing: false if this node does not lead, and the check is not taken. */
  submit(check: Check, effects: PaxosEffect[]): boolean {
    if (!this.#paxos.serving) return false;
    if (this.#paxos.leaseHolds()) this.#pass(check);
    else this.#waiting.push({ check, heartbeatId: this.#paxos.requestConfirmation(effects) });
    return true;
  }

  /** After every input: lets pass what has been confirmed. */
  release(): void {
    if (this.#waiting.length === 0) return;
    const { confirmedThrough } = this.#paxos;
    const first = this.#waiting.findIndex(({ heartbeatId }) => heartbeatId > confirmedThrough);
    const confirmed = this.#waiting.splice(0, first === -1 ? this.#waiting.length : first);
    for (const { check } of confirmed) this.#pass(check);
  }

  /** Leadership ended or began anew: what waited is given back unanswered. */
  abandon(): readonly Check[] {
    const abandoned = this.#waiting.map(({ check }) => check);
    this.#waiting = [];
    return abandoned;
  }
}
