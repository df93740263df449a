import type { Revision, SessionId } from '../wire/identifiers.ts';
import { Version } from './version.ts';

/** What a command does to a key, in net effect. */
export interface KeyChange {
  readonly key: string;
  /** Undefined: the key, which exists, is deleted. */
  readonly value: Uint8Array | undefined;
  /** Owner, or 0, as for a deletion. */
  readonly sessionId: SessionId;
  /** Deleted first, by the same command: it is created anew. */
  readonly recreated: boolean;
}

/** What the change makes of the key in that revision; the hash is not yet in it. */
export function successor(
  existing: Version | undefined,
  change: KeyChange,
  value: Uint8Array,
  revision: Revision,
): Version {
  const base = change.recreated ? undefined : existing;
  const deleted = change.value === undefined;
  return new Version(
    change.key,
    value,
    deleted ? (0 as Revision) : (base?.createRevision ?? revision),
    revision,
    deleted ? 0 : (base?.version ?? 0) + 1,
    change.sessionId,
  );
}
