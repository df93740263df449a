/** A sequential specification: what one object may answer, one operation after the other. */
export interface Model<State, Operation> {
  readonly initial: State;
  /** The state after the operation as it ended; undefined if it cannot have ended so in this state. Deterministic. */
  step(state: State, operation: Operation): State | undefined;
  /**
   * Where it leaves the state as it is, it may as well take place at once: it changes the state nowhere, or in a way that allows
   * nothing that would not be allowed without it.
   */
  isRead(operation: Operation): boolean;
  /** In this state and in all that may follow, it cannot have ended as it did. Only so far as that is plain; absent: never plain. */
  isTooLate?(state: State, operation: Operation): boolean;
  /** Equal for equal states, different for different ones. */
  keyOf(state: State): number | string;
}

/** An operation on one object, and when it was under way. Times are of one clock, in any unit. */
export interface TimedOperation<Operation> {
  readonly operation: Operation;
  readonly start: number;
  /** Infinite: it was never answered, and may have taken effect at any time after its start, or never. */
  readonly end: number;
  /**
   * Of operations without an end: those of one group have the same effect wherever they take it. Only the one that was called first
   * needs to be tried, since it may stand wherever another one of its group may.
   */
  readonly group?: string | undefined;
  /** What it was made from: for messages. */
  readonly source?: unknown;
}

export type Verdict<Operation> =
  | { readonly verdict: 'ok'; readonly steps: number }
  | Violation<Operation>
  /** The limit of steps was reached: nothing is known. */
  | { readonly verdict: 'undecided'; readonly steps: number };

export interface Violation<Operation> {
  readonly verdict: 'violation';
  readonly steps: number;
  /** A legal order of the longest part of the history that has one, operations without an answer included where they help. */
  readonly order: readonly TimedOperation<Operation>[];
  /** Its answer is the first one that no order explains: up to just before it came, the history is linearizable. */
  readonly unplaced: TimedOperation<Operation>;
}
