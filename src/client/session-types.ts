import type { CallOptions, ReadOptions } from './types.ts';

/** All live sessions of the cluster, for operators. */
export interface Sessions {
  /**
   * In the order of their opening: those behind `after`, at most `limit` (1 to 1,000, which is the default), and no more than fit in a
   * frame of 4 MiB. `more`: go on with `after` the last one's id.
   */
  list(
    options?: CallOptions & {
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
      readonly consistency?: ReadOptions['consistency'];
    },
  ): Promise<{ readonly revision: number; readonly sessions: readonly SessionInfo[]; readonly more: boolean }>;
  /** `undefined` if it has ended, or never was. */
  get(
    id: string,
    options?: CallOptions & { readonly consistency?: ReadOptions['consistency'] },
  ): Promise<SessionInfo | undefined>;
  /**
   * Ends another session at once, as if it had expired: its ephemeral keys, locks and places in queues are gone in `revision`, and whoever
   * waits is served. An operator's deed: that session's client is told with its next keep-alive only, and may trust its locks until then.
   * Until then nothing protects what they protect but their fencing tokens. `closed: false`: it was gone already. Rejects with
   * INVALID_ARGUMENT for this client's own session, which `close()` of the client ends.
   */
  close(id: string, options?: CallOptions): Promise<{ readonly closed: boolean; readonly revision: number }>;
}

/** A lock, a permit, or several locks at once, that a session holds. */
export interface SessionLock {
  /** Of several locks at once, the first. */
  readonly name: string;
  readonly names: readonly string[];
  readonly mode: 'exclusive' | 'shared' | 'permit';
  /** The fencing token; undefined of a permit, which has none. */
  readonly token: number | undefined;
  /** The id of a permit. */
  readonly permit: number | undefined;
}

/** A session, but for its secret, and for the time it has left: that the leader alone counts, and nobody else knows. */
export interface SessionInfo {
  /** Also the revision at which it was opened. */
  readonly id: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly ttlMs: number;
  /** 1, and one more with each resumption. */
  readonly generation: number;
  /** How many it owns. */
  readonly ephemeralKeys: number;
  /** Held, in the order of asking. */
  readonly locks: readonly SessionLock[];
  /** The names of the locks that it waits for, in the order of asking. */
  readonly waitingFor: readonly string[];
  /** It has more locks and places than are told here: they do not fit in a frame of 4 MiB. */
  readonly truncated: boolean;
}
