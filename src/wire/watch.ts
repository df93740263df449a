import type { SessionId } from './identifiers.ts';
import type { LockDetails } from './lock-operation.ts';
import type { KeyRange } from './operation.ts';
import type { WireEntry } from './result.ts';

export const watchKinds = ['keys', 'locks', 'counters', 'sessions'] as const;
export type WatchKind = (typeof watchKinds)[number];

/** Which events of keys a watch is told. */
export const keyEventFilters = ['all', 'put', 'delete'] as const;
export type KeyEventFilter = (typeof keyEventFilters)[number];

/** What a watch is on, and what its events leave out. Watches with equal targets are told the same bytes. */
export interface WatchTarget {
  readonly kind: WatchKind;
  /** Of keys, of names in UTF-8, or of the ids of sessions in decimal. */
  readonly range: KeyRange;
  /** The next three are of watches on keys; others have them as in `everything`. */
  readonly events: KeyEventFilter;
  /** Entries come with empty values. */
  readonly keysOnly: boolean;
  readonly withoutPrevious: boolean;
}

/** Nothing is left out. */
export const everything = { events: 'all', keysOnly: false, withoutPrevious: false } as const;

export type WireEvent = WireKeyEvent | WireObjectEvent;

/** What a revision did to one key, in net effect. */
export type WireKeyEvent =
  | {
      readonly type: 'put';
      readonly key: Uint8Array;
      readonly entry: WireEntry;
      readonly previous: WireEntry | undefined;
    }
  | { readonly type: 'delete'; readonly key: Uint8Array; readonly previous: WireEntry | undefined };

/** What a revision did to one lock, counter or session, in net effect. */
export type WireObjectEvent = WireLockEvent | WireCounterEvent | WireSessionEvent;

export interface WireLockEvent {
  readonly type: 'lock';
  readonly name: string;
  /** Since this revision; at most `limits.lockEventHolders` holders, and of those who wait only the number. */
  readonly state: LockDetails;
}

export interface WireCounterEvent {
  readonly type: 'counter';
  readonly name: string;
  readonly value: bigint;
  readonly previous: bigint;
}

export const sessionChanges = ['opened', 'closed', 'expired'] as const;

export interface WireSessionEvent {
  readonly type: 'session';
  readonly change: (typeof sessionChanges)[number];
  readonly sessionId: SessionId;
  readonly name: string;
  readonly ttlMs: number;
}
