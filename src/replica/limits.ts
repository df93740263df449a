/** Bounds on what clients could make grow, beside `connectionLimits`. What does not fit is refused with BUSY, or asked for again. */
export const replicaLimits = {
  /** Commands of this node's clients that wait for their slot. */
  pendingCommands: 100_000,
  pendingCommandBytes: 64 * 1024 * 1024,
  /** Reads of this node's clients that wait for an answer. */
  pendingReads: 100_000,
  /** Watches of this node's clients. */
  watches: 100_000,
  /** Questions about grants that wait until this node has applied enough: past it the client is sent away, to ask elsewhere. */
  grantQuestions: 100_000,
  /** Keep-alives that were passed to the leader: past it the oldest are dropped, and the clients ask again. */
  relayedKeepAlives: 256,
  /** What waits for a slot at the leader. */
  queuedOperations: 100_000,
  queuedBytes: 64 * 1024 * 1024,
  /** What one slot may hold; a single larger operation travels alone. */
  slotOperations: 4_096,
  slotBytes: 1024 * 1024,
  /** While a slot is open, a batch of less waits for company. */
  companyBytes: 64 * 1024,
  /**
   * History for watches and old reads is kept up to so many revisions and bytes. While the compaction goes through the log, it grows
   * by no more than what was proposed before.
   */
  historyRevisions: 100_000,
  historyBytes: 64 * 1024 * 1024,
  /** What one step applies, unless this node serves as leader: after a long absence there may be very much. */
  appliedSlotsPerStep: 1_024,
  appliedBytesPerStep: 8 * 1024 * 1024,
  /** A checkpoint is due when so much was journaled since the last one, or as much as that one has, if that is more. */
  checkpointJournalBytes: 64 * 1024 * 1024,
  /** A chunk ends with the record that brings it to so many bytes. */
  checkpointChunkBytes: 256 * 1024,
  /** Of a state that is received, so many chunks may be under way or not yet on the disk. */
  checkpointWindowChunks: 4,
  /** State hashes are compared at every slot that this divides. */
  hashEverySlots: 1_024,
  /** And at the last one, if no other has followed it for so long. */
  hashAfterIdleMs: 1_000,
} as const;

/** How much is in use of what is bounded under the same names. */
export interface Occupancy {
  readonly pendingCommands: number;
  readonly pendingCommandBytes: number;
  readonly pendingReads: number;
  readonly watches: number;
  readonly grantQuestions: number;
  readonly relayedKeepAlives: number;
  readonly queuedOperations: number;
  readonly queuedBytes: number;
  /** Of the connection with the most, of those that are not being closed. */
  readonly outputLimitBytes: number;
  readonly historyRevisions: number;
  readonly historyBytes: number;
}
