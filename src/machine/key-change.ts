import { emptyBytes } from '../wire/bytes.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { VersionFields } from './version.ts';

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

/** What the change makes of the key in that revision. */
export function successor(
  existing: Pick<VersionFields, 'createRevision' | 'version'> | undefined,
  { key, value, sessionId, recreated }: KeyChange,
  revision: Revision,
): VersionFields {
  const base = recreated ? undefined : existing;
  const deleted = value === undefined;
  return {
    keyString: key,
    value: value ?? emptyBytes,
    createRevision: deleted ? (0 as Revision) : (base?.createRevision ?? revision),
    modRevision: revision,
    version: deleted ? 0 : (base?.version ?? 0) + 1,
    sessionId,
  };
}
