/** The highest number of bytes, entries or operations that the service takes; past one: a clear error, and nothing changes. */
export const limits = {
  keyBytes: 4 * 1024,
  nameBytes: 4 * 1024,
  valueBytes: 1024 * 1024,
  frameBytes: 4 * 1024 * 1024,
  /** Of a transaction and all within it, over all branches; of conditions as many. */
  transactionOperations: 1024,
  /** Of transactions within each other, the outermost included. */
  transactionDepth: 8,
  ephemeralKeysPerSession: 10_000,
  /** Results kept per session until the client has acknowledged them. */
  unacknowledgedResults: 1024,
  /** Of them, in all; and of the results of one slot. Past that, BUSY: nothing was taken. */
  unacknowledgedResultBytes: 16 * 1024 * 1024,
  slotResultBytes: 64 * 1024 * 1024,
  sessionSecretBytes: 16,
  sessionMetadataEntries: 16,
  /** Of all names and values. */
  sessionMetadataBytes: 4 * 1024,
  sessionsPerList: 1000,
  /** Locks that are acquired together. */
  namesPerLock: 64,
  /** That a session holds or waits for: its end frees all of them in one revision. */
  lockNamesPerSession: 10_000,
  lockNoteBytes: 4 * 1024,
  permits: 1_000_000,
  lockDelayMs: 60 * 60 * 1000,
  /** Holders, and waiters, that one answer lists. */
  lockParties: 100,
  /** Holders that one event of a lock lists. */
  lockEventHolders: 16,
  sessionTtlMsLow: 100,
  sessionTtlMsHigh: 24 * 60 * 60 * 1000,
} as const;

export const protocolVersion = 1;
