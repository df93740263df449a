/** Durations in milliseconds of the node's monotonic clock. The lease T is not here: it is a cluster setting. */
export interface PaxosTiming {
  readonly heartbeatMs: number;
  /** A follower campaigns after a silence drawn at random from [low, high); a leader without a quorum steps down after low. */
  readonly silenceMsLow: number;
  readonly silenceMsHigh: number;
  /** How long a booting node waits for the answers of all other members before it votes. */
  readonly greetingWaitMs: number;
  /** First interval of repetition of what was not answered; most repetitions grow from it. */
  readonly retryMs: number;
  /** Highest interval of such a repetition. */
  readonly retryMsHigh: number;
  /** What need not be durable soon is journaled after so long without another record. */
  readonly hintMs: number;
  /** The machine was suspended if its uptime has grown by so much more than the monotonic clock. */
  readonly suspensionMs: number;
  /** A successor that has not taken over after so long does not come: the leader opens a new ballot itself. */
  readonly transferMs: number;
}

export const defaultTiming: PaxosTiming = {
  heartbeatMs: 50,
  silenceMsLow: 600,
  silenceMsHigh: 1200,
  greetingWaitMs: 2000,
  retryMs: 100,
  retryMsHigh: 1000,
  hintMs: 1000,
  suspensionMs: 100,
  transferMs: 1000,
};

/** Bounds on everything that could grow. */
export const paxosLimits = {
  /** Slots that a leader has proposed and does not know chosen. */
  openSlots: 64,
  openBytes: 16 * 1024 * 1024,
  /**
   * How far above its chosen prefix an acceptor accepts. Twice the leader's window: what a leader adopts when it opens its
   * ballot is at most so far above the highest chosen prefix of its quorum, because the acceptors that report it kept
   * this very bound; every acceptor can reach that prefix by learning, so the bound delays an acceptance but never prevents it.
   */
  acceptWindowSlots: 128,
  /** Unanswered accepts per peer. */
  inFlightSlots: 128,
  inFlightBytes: 16 * 1024 * 1024,
  /** Of one part of a promise and of one answer to a fetch, unless a single value is longer. */
  messageBytes: 1024 * 1024,
  fetchSlots: 1024,
  /** Learned and not yet on its way to the disk: no more is asked for. */
  unwrittenBytes: 16 * 1024 * 1024,
  /** Applied values that stay in memory for peers that catch up: what is older is read from the journal. */
  retainedBytes: 8 * 1024 * 1024,
  retainedSlots: 10_000,
  /** Nodes without a cluster that have greeted. */
  strangers: 16,
  /** State hashes kept for comparison. */
  hashes: 8,
} as const;
