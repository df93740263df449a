import type { Ballot } from '../../../wire/ballot.ts';
import type { SessionId } from '../../../wire/identifiers.ts';
import type { SessionHistory } from '../../checkers/reference-log.ts';
import { violated } from './violation.ts';

/** How the clocks of a run can be. */
export interface Drift {
  /** The bound that the replicas are told. */
  readonly boundPermille: number;
  /** The rates that the clocks really have: 1 ± so many thousandths. */
  readonly realPermille: number;
}

/**
 * 17 and 18. Only the leader whose ballot was opened last ends a session by its clock, and no earlier than a whole TTL, stretched for the
 * worst clocks, after it has begun to serve and the session was opened or resumed. When a client was heard last is judged by its history.
 */
export class ExpiryInvariant {
  readonly #drift: Drift;
  readonly #numberOf: (ballot: Ballot) => number;
  #opened = { ballot: 0, atUs: 0 };

  constructor(drift: Drift, numberOf: (ballot: Ballot) => number) {
    this.#drift = drift;
    this.#numberOf = numberOf;
  }

  /** The command that opens the ballot was chosen. */
  onBallotOpened(ballot: Ballot, nowUs: number): void {
    const number = this.#numberOf(ballot);
    if (number > this.#opened.ballot) this.#opened = { ballot: number, atUs: nowUs };
  }

  /** An expiry was chosen, and took effect. */
  onExpired(sessionId: SessionId, session: SessionHistory | undefined, ballot: Ballot, nowUs: number): void {
    const number = this.#numberOf(ballot);
    const detail = `session ${sessionId} by ballot ${number} at ${nowUs} µs`;
    if (number !== this.#opened.ballot)
      violated('only the last leader expires', `${detail}, open is ${this.#opened.ballot}`);
    if (session === undefined) violated('only what was opened expires', detail);
    const fromUs = Math.max(this.#opened.atUs, session.generations.at(-1)?.fromUs ?? session.openedUs);
    const leastUs = this.#leastUs(session.ttlMs);
    if (nowUs - fromUs < leastUs)
      violated('every leader gives a whole TTL', `${detail}: ${nowUs - fromUs} of ${leastUs} µs`);
  }

  /** In true time, by a leader whose clock is as fast as can be. */
  #leastUs(ttlMs: number): number {
    const { boundPermille, realPermille } = this.#drift;
    const stretchedMs = (ttlMs * (1000 + boundPermille)) / (1000 - boundPermille);
    return (stretchedMs * 1000 * 1000) / (1000 + realPermille) - 1;
  }
}
