import type { Revision, Sequence, SessionId } from '../wire/identifiers.ts';
import type { LockMode } from '../wire/lock-operation.ts';
import type { HeldLock } from './applied.ts';
import { type Checksum, type Hashed, hasher, recordKind, type StateHash } from './hash.ts';
import { acquisitionBytes } from './resident-bytes.ts';
import { compareText } from './sorted-map.ts';

/** What is asked for. */
export interface LockRequest {
  /** Ascending, each once. More than one only if exclusive. */
  readonly names: readonly string[];
  readonly mode: LockMode;
  /** Of a permit: how many may be held; else 0. */
  readonly permits: number;
  /** Should the holder's session expire. */
  readonly delayMs: number;
  readonly note: Uint8Array;
}

/** One request for a lock, or for several, owned by the command that made it: two of one session exclude each other. */
export interface Acquisition extends LockRequest, Hashed {
  readonly sessionId: SessionId;
  /** The number of the `lockAcquire` command. */
  readonly sequence: Sequence;
  /** When it was asked for: each queue is in this order. */
  readonly askedRevision: Revision;
  /**
   * 0 while it waits. Exclusive: the revision of the grant. Shared: that of the first grant of the period. Permit: an id, the
   * revision of the asking.
   */
  token: number;
  note: Uint8Array;
}

/** As its owner sees it. `gone`: never there, released, withdrawn, or of a session that ended. */
export type AcquisitionState =
  | { readonly state: 'queued' }
  | { readonly state: 'held'; readonly token: number }
  | { readonly state: 'gone' };

export function stateOf(acquisition: Acquisition | undefined): AcquisitionState {
  if (acquisition === undefined) return { state: 'gone' };
  return acquisition.token === 0 ? { state: 'queued' } : { state: 'held', token: acquisition.token };
}

export const modeNumber = { exclusive: 0, shared: 1, permit: 2 } as const;

function hashAcquisition(acquisition: Acquisition, checksum: Checksum, into: Hashed): void {
  const { names, note } = acquisition;
  const record = hasher.begin(recordKind.acquisition).integer(names.length);
  for (const name of names) record.text(name);
  record
    .integer(acquisition.sessionId)
    .integer(acquisition.sequence)
    .integer(acquisition.askedRevision)
    .integer(acquisition.token)
    .bits32(modeNumber[acquisition.mode])
    .bits32(acquisition.permits)
    .integer(acquisition.delayMs)
    .bits32(note.length)
    .bits32(note.length === 0 ? 0 : checksum(note))
    .finish(into);
}

/** Its hash is made anew. */
export function countAcquisition(acquisition: Acquisition, checksum: Checksum, hash: StateHash): void {
  hashAcquisition(acquisition, checksum, acquisition);
  hash.add(acquisition);
  hash.resident.kept += acquisitionBytes(acquisition);
}

/** Before anything of it changes. */
export function discountAcquisition(acquisition: Acquisition, hash: StateHash): void {
  hash.remove(acquisition);
  hash.resident.kept -= acquisitionBytes(acquisition);
}

/** Of all of them, each once, in order. */
export function namesOf(acquisitions: readonly Acquisition[]): readonly string[] {
  const [only] = acquisitions;
  if (only !== undefined && acquisitions.length === 1) return only.names;
  return [...new Set(acquisitions.flatMap(({ names }) => names))].sort(compareText);
}

/** Those that are held, each under its first name. */
export function heldLocks(acquisitions: Iterable<Acquisition>): readonly HeldLock[] {
  return Array.from(acquisitions)
    .filter(({ token }) => token !== 0)
    .flatMap(({ names: [name], sessionId, sequence }) => (name === undefined ? [] : [{ name, sessionId, sequence }]));
}
