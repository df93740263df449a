import type { Bytes, CallOptions, Entry } from './types.ts';

/**
 * One attempt of a transaction, handed to the function given to `client.transact`. All that it reads is of one revision; what it
 * writes is kept back and, at the end, committed as a whole. It ends with the function: used later, it throws CLOSED.
 */
export interface Transaction {
  /**
   * The key as it was at the revision of the first read, or as this attempt has written it: then createRevision, modRevision and
   * version are 0, for it has none yet.
   */
  get(key: Bytes): Promise<Entry | undefined>;
  /** Throws TOO_MANY_OPERATIONS with the 1,025th key that is written. The last write of a key counts. */
  put(key: Bytes, value: Bytes): void;
  delete(key: Bytes): void;
}

export interface TransactOptions extends CallOptions {
  /** How often the function is run at most, 1 to 1,000; default 16. */
  readonly attempts?: number | undefined;
}

/** What `client.transact` resolves to. */
export interface Transacted<T> {
  /** What the function returned in the attempt that counted. */
  readonly value: T;
  /** Of the commit; of what was read, if nothing was written; 0 if there was neither. */
  readonly revision: number;
  /** How often the function was run. */
  readonly attempts: number;
}
