/**
 * Every error a user can meet. The code is the API: it never changes its meaning. The README's table is kept equal to this
 * one by a test.
 *
 * `retryable`: the same call may succeed later, or on another node. It does not say that a repetition is harmless:
 * that is what the error's `outcome` is for.
 */
export const errorTable = {
  INVALID_ARGUMENT: { retryable: false, meaning: 'An argument has the wrong type, form or range.' },
  KEY_TOO_LARGE: { retryable: false, meaning: 'A key or a name is longer than 4 KiB.' },
  VALUE_TOO_LARGE: { retryable: false, meaning: 'A value is longer than 1 MiB.' },
  FRAME_TOO_LARGE: { retryable: false, meaning: 'A request is longer than 4 MiB in all.' },
  TOO_MANY_OPERATIONS: {
    retryable: false,
    meaning: 'A transaction has more than 1,024 operations or conditions in all, or more than 8 within each other.',
  },
  INVALID_UTF8: { retryable: false, meaning: 'Bytes were asked for as text, but are not UTF-8.' },
  INVALID_VALUE: { retryable: false, meaning: 'A stored value is not JSON, or does not fit the given schema.' },
  PROTOCOL_ERROR: { retryable: false, meaning: 'The other side sent what cannot be decoded, or out of turn.' },
  UNSUPPORTED: {
    retryable: false,
    meaning: 'The other side does not speak this protocol version or know this operation.',
  },
  UNAVAILABLE: { retryable: true, meaning: 'No node could be reached, or the cluster has no leader.' },
  NOT_LEADER: { retryable: true, meaning: 'The node could not pass the request to a leader; nothing was queued.' },
  NODE_BEHIND: { retryable: true, meaning: 'The node has not yet applied what this client has already seen.' },
  BUSY: { retryable: true, meaning: 'A bounded queue is full, or 1,024 results are unacknowledged.' },
  TIMEOUT: { retryable: true, meaning: 'The call did not finish in its time.' },
  ABORTED: { retryable: false, meaning: "The caller's signal ended the call." },
  OUT_OF_ORDER: { retryable: true, meaning: 'A command came before one that precedes it; it had no effect.' },
  RESULT_FORGOTTEN: { retryable: false, meaning: 'The result of this command was acknowledged already and is gone.' },
  SESSION_EXPIRED: { retryable: true, meaning: 'The session has ended; its locks and ephemeral keys are gone.' },
  INVALID_CREDENTIALS: { retryable: false, meaning: 'The credentials are not those of the session that they name.' },
  KEY_EXISTS: {
    retryable: true,
    meaning: 'Somebody else has put the very key that was to be created next under a prefix; nothing was changed.',
  },
  CONFLICT: {
    retryable: true,
    meaning: 'What a transaction had read was changed by others, in each of its attempts.',
  },
  LOCK_TIMEOUT: { retryable: true, meaning: 'The lock was not granted in time; the place in the queue was given up.' },
  LOCK_LOST: { retryable: false, meaning: 'The lock is not, or no longer surely, held.' },
  STALE_TOKEN: { retryable: false, meaning: 'A fenced resource has seen a higher fencing token; it was not changed.' },
  COMPACTED: { retryable: false, meaning: 'The revision asked for has been compacted away.' },
  FUTURE_REVISION: { retryable: false, meaning: 'The revision asked for does not exist yet.' },
  COUNTER_OVERFLOW: { retryable: false, meaning: 'The counter would leave the range of 64 bits; it was not changed.' },
  TOO_MANY_LOCKS: { retryable: false, meaning: 'The session holds or waits for 10,000 locks already.' },
  QUOTA_EXCEEDED: {
    retryable: true,
    meaning: 'The state has no room for more: nothing was changed. What takes no more room than before is not refused.',
  },
  TOO_MANY_EPHEMERAL_KEYS: { retryable: false, meaning: 'The session owns 10,000 ephemeral keys already.' },
  VIEW_TOO_LARGE: { retryable: false, meaning: 'There is more in the range of a view than it may hold.' },
  CLUSTER_CHANGED: { retryable: false, meaning: 'The endpoint belongs to another cluster than before.' },
  CLOSED: { retryable: false, meaning: 'The client was closed.' },
  INTERNAL: { retryable: false, meaning: 'A fault of the service itself; please report it.' },
} as const satisfies Record<string, { readonly retryable: boolean; readonly meaning: string }>;

export type ErrorCode = keyof typeof errorTable;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
