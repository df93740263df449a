import type { Bytes, CallOptions, ReadOptions } from './types.ts';

export interface LockOptions extends CallOptions {
  /**
   * Held beside all others that are shared, by readers say. They have one token, larger than that of the writer before them; a writer who
   * waits keeps newcomers out. Default false: alone.
   */
  readonly shared?: boolean | undefined;
  /**
   * 0 (default) to 3,600,000. If the session of the holder expires, the lock stays closed for so long, so that what it had begun comes to
   * its end before the next one begins. A release opens it at once, and so does the closing of the client.
   */
  readonly delayMs?: number | undefined;
  /** For others to read, at most 4 KiB; see `Lock.setNote` and `Client.locks`. */
  readonly note?: Bytes | undefined;
}

/** Of several locks at once, which are exclusive. */
export type SeveralLocksOptions = Omit<LockOptions, 'shared'>;

export interface PermitOptions extends CallOptions {
  /** 1 to 1,000,000: how many may be held at a time. All who use the name should say the same. */
  readonly permits: number;
  readonly note?: Bytes | undefined;
}

/** What this client has been granted: a lock or a permit. */
export interface Held extends AsyncDisposable {
  /** Of several locks at once, the first. */
  readonly name: string;
  /**
   * Aborts when it is lost, not when it is released. `aborted` and `throwIfAborted()` are judged by the clock when read; the event
   * follows at the first such read or timer turn.
   */
  readonly signal: AbortSignal;
  /** Surely held now, unless an operator has just taken it away. False after `release()` was called. */
  readonly held: boolean;
  /** How long it is surely held if nothing more is heard of the service; 0 if it is not held. */
  readonly remainingMs: number;
  /** Throws LOCK_LOST. */
  assertHeld(): void;
  /** Replaces the note that others can read. Rejects with LOCK_LOST, not applied, if it is not held any more. */
  setNote(note: Bytes, options?: CallOptions): Promise<void>;
  /** Never rejects for a lost lock; disposal never rejects at all. */
  release(): Promise<'released' | 'lost'>;
}

/**
 * Owned by one acquisition, not by the session: two `lock` calls of one client exclude each other. Not re-entrant.
 *
 * What a lock says of itself is judged by the clock when it is read. After a stall of the process (garbage collection, a
 * suspended machine) JavaScript may run other code first: code that does not ask is stopped only by a resource that
 * rejects tokens older than the newest it has seen.
 */
export interface Lock extends Held {
  /** Ascending; one, but for several locks at once. */
  readonly names: readonly string[];
  readonly mode: 'exclusive' | 'shared';
  /** The fencing token: larger than every one granted before it for this name, but for that of those who share it. */
  readonly token: number;
}

/** One of a number of permits. It fences nothing: others hold permits at the same time, and its id says nothing of their order. */
export interface Permit extends Held {
  /** Of no other permit, ever, of this name. */
  readonly id: number;
}

/** Who has a part in a lock. */
export interface LockParty {
  readonly session: string;
  readonly mode: 'exclusive' | 'shared' | 'permit';
  /** The fencing token; undefined while it waits, and of a permit. */
  readonly token: number | undefined;
  /** The id of a permit that is held. */
  readonly permit: number | undefined;
  /** When it was asked for. */
  readonly askedRevision: number;
  readonly note: Uint8Array;
  /** Bytes that are not UTF-8 show as U+FFFD. */
  readonly noteText: string;
}

export interface LockInfo {
  readonly name: string;
  readonly revision: number;
  /** In the order of their grants; at most `limit`. */
  readonly holders: readonly LockParty[];
  /** In the order of the queue; at most `limit`. */
  readonly waiters: readonly LockParty[];
  /** All of them. */
  readonly holderCount: number;
  readonly waiterCount: number;
  /** A lock-delay that keeps it closed. How much of it is left only the leader knows. */
  readonly delay: { readonly sinceRevision: number; readonly delayMs: number } | undefined;
}

export interface LockReadOptions extends Omit<ReadOptions, 'revision'> {
  /** 1 to 100, which is the default. */
  readonly limit?: number | undefined;
}

/** Looking at locks, and an operator's hand on them. A name that nobody holds or waits for is free, and no error. */
export interface LockDesk {
  get(name: string, options?: LockReadOptions): Promise<LockInfo>;
  /** The first of those who hold it. */
  holder(name: string, options?: LockReadOptions): Promise<LockParty | undefined>;
  waiters(name: string, options?: LockReadOptions): Promise<readonly LockParty[]>;
  /**
   * Whether the lock was held with that token at some moment during the call: for a resource that can ask the service, and wants to
   * turn away also a holder after whom nobody has come yet. It does not replace the comparison of tokens: the lock may be lost the next
   * moment. Never true of permits.
   */
  verifyToken(name: string, token: number, options?: Omit<ReadOptions, 'revision'>): Promise<boolean>;
  /**
   * Takes the lock away from all who hold it with this token (or this permit id); of several locks at once, all of them. They learn of it
   * when the news reaches them, and may believe until then that they hold it: only fencing protects from what they do meanwhile. The next
   * grant has a larger token, as always. `released` 0: nobody held it with that token.
   */
  forceRelease(
    name: string,
    token: number,
    options?: CallOptions,
  ): Promise<{ readonly released: number; readonly revision: number }>;
}
