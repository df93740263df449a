import type { ErrorCode } from '../../wire/errors.ts';
import type { AbandonReason } from './calls.ts';
import type { EndpointReport, Failure } from './effect.ts';
import { failure, type Outcome, unreachable } from './failure.ts';

/** What is known of a call at the moment when nobody waits for it any longer. */
interface Attempts {
  /** Some attempt has left the process. */
  readonly sent: boolean;
  /** The newest answer, if it was a refusal. */
  readonly refusal: ErrorCode | undefined;
  readonly outcome: Outcome;
}

/** Finds the error for a call that was given up: the cause if it is known, not just that time went by. */
export class TimeoutJudge {
  readonly #isConnected: () => boolean;
  readonly #endpoints: () => readonly EndpointReport[];

  constructor(isConnected: () => boolean, endpoints: () => readonly EndpointReport[]) {
    this.#isConnected = isConnected;
    this.#endpoints = endpoints;
  }

  judge(reason: AbandonReason, { sent, refusal, outcome }: Attempts): Failure {
    if (reason === 'aborted') return failure('ABORTED', 'the call was aborted', outcome);
    if (reason === 'closed') return failure('CLOSED', 'the client was closed', outcome);
    if (outcome === 'not-applied') {
      if (refusal === 'NOT_LEADER') return failure('UNAVAILABLE', 'the cluster has no leader', outcome);
      if (refusal === 'BUSY') return failure('BUSY', 'the service is too busy', outcome);
      if (refusal === 'NODE_BEHIND') return failure('NODE_BEHIND', 'the node has not caught up', outcome);
      if (!sent && !this.#isConnected()) return unreachable(this.#endpoints());
    }
    return failure('TIMEOUT', 'the call did not finish in its time', outcome);
  }
}
