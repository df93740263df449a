import type { CallOptions } from '../client/index.ts';

/** What a participant is asked to do its part in. */
export interface Part {
  /** Of the transaction. */
  readonly id: string;
  /**
   * Of whoever asks: a participant refuses what comes with a smaller token than it has seen for this id. So a coordinator that was paused
   * cannot prepare what a survivor has rolled back meanwhile.
   */
  readonly token: number;
  readonly payload: unknown;
  /** Aborts when whoever asks is no longer in charge. */
  readonly signal: AbortSignal;
}

/**
 * Something outside of the service that can promise: a database, another service. Each call may come again, also after it has succeeded:
 * then it succeeds at once. A `rollback` may come before the `prepare` that it overtakes, which has to fail then: what was rolled back once
 * stays so.
 */
export interface TwoPhaseParticipant {
  /** Throws if it cannot. Once it has returned, it can commit, whatever happens to it. */
  prepare(part: Part): void | PromiseLike<void>;
  commit(part: Part): void | PromiseLike<void>;
  rollback(part: Part): void | PromiseLike<void>;
}

export interface TwoPhaseOptions {
  /** By name. All who run or recover transactions of this name know the same. */
  readonly participants: Readonly<Record<string, TwoPhaseParticipant>>;
}

export interface RunOptions {
  /** How long all may take to prepare before it is rolled back; default 10,000. */
  readonly prepareTimeoutMs?: number | undefined;
  /** How long to ask those that do not answer to commit or roll back, before that is left to `recover`; default 10,000. */
  readonly finishTimeoutMs?: number | undefined;
}

export interface Committed {
  readonly id: string;
  /** Those that have not said yet that they have committed; they will. */
  readonly pending: readonly string[];
}

export interface RecoverOptions {
  /** Told of each transaction that was brought to its end here. */
  readonly onRecovered?: ((id: string, outcome: 'committed' | 'rolledBack') => void) | undefined;
  /** Told of participants that fail, which are asked again. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface Recovery extends AsyncDisposable {
  stop(): Promise<void>;
}

export interface TransactionSummary {
  readonly id: string;
  readonly state: 'preparing' | 'committing' | 'rollingBack';
  readonly participants: readonly string[];
}

export interface TwoPhase {
  readonly name: string;
  /**
   * A transaction over the participants named, each with its payload (anything that JSON can hold). Resolves once it is decided that it is
   * committed. Rejects with ROLLED_BACK, whose cause says why; with OUTCOME_UNKNOWN if it was taken out of this program's hands.
   */
  run(payloads: Readonly<Record<string, unknown>>, options?: RunOptions): Promise<Committed>;
  /** Brings to their end all transactions whose coordinator has died or given up, as long as it is not stopped. */
  recover(options?: RecoverOptions): Recovery;
  /** Those that have not come to their end. */
  unfinished(options?: CallOptions): Promise<readonly TransactionSummary[]>;
}
