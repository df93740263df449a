import type { Lock } from './lock-types.ts';
import type { Bytes, CallOptions, ReadOptions } from './types.ts';

export interface CampaignOptions extends CallOptions {
  /** What others read of the leader from its election on, its address perhaps; at most 4 KiB. See `Leadership.proclaim`. */
  readonly note?: Bytes | undefined;
  /** As of a lock: if the session of the leader expires, nobody is elected for so long. Default 0. */
  readonly delayMs?: number | undefined;
}

/** This client has been elected. It leads as long as the lock is held. */
export interface Leadership extends AsyncDisposable {
  /** For what a lock is good for: `assertHeld()`, `signal`, `held`, and its token, which fences what a former leader still does. */
  readonly lock: Lock;
  /** Replaces the note. Rejects with LOCK_LOST, not applied, if this client does not lead any more. */
  proclaim(note: Bytes, options?: CallOptions): Promise<void>;
  /** Makes room for the next candidate at once. 'lost': it did not lead any more. Disposal does the same, and never rejects. */
  resign(): Promise<'resigned' | 'lost'>;
}

export interface Leader {
  /** Of the session that leads. */
  readonly session: string;
  /** Larger than that of every leader before it. */
  readonly token: number;
  readonly note: Uint8Array;
  /** Bytes that are not UTF-8 show as U+FFFD. */
  readonly noteText: string;
}

/** Who leads at that revision; undefined: nobody. A leader comes again when it proclaims something else. */
export interface LeaderChange {
  readonly revision: number;
  readonly leader: Leader | undefined;
}

export interface ObserveOptions {
  /** Ends the loop, which then throws AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One out of all who campaign under a name leads, in the order of campaigning. It is the exclusive lock of that name, and everything that
 * is promised of locks is promised of it.
 */
export interface Election {
  readonly name: string;
  /** Waits to be elected, without a deadline unless `timeoutMs` gives one: LOCK_TIMEOUT, the candidacy given up first. */
  campaign(options?: CampaignOptions): Promise<Leadership>;
  /** Waits to be elected, runs the task, resigns. Rejects with LOCK_LOST if the leadership was lost meanwhile; the task's error wins. */
  lead<T>(task: (leadership: Leadership) => T | PromiseLike<T>, options?: CampaignOptions): Promise<T>;
  leader(options?: Omit<ReadOptions, 'revision'>): Promise<Leader | undefined>;
  /**
   * The present leader first, then every change, in order, through reconnections and the death of nodes: no leader is left out, and there
   * is never more than one at a revision. The loop throws COMPACTED if this client was cut off for longer than the service remembers.
   */
  observe(options?: ObserveOptions): AsyncIterable<LeaderChange>;
}
