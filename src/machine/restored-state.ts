import { assert } from '../wire/assert.ts';
import { emptyBytes } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import type { KeyRange } from '../wire/operation.ts';
import { counterHigh } from './counters.ts';
import type { Checksum } from './hash.ts';
import { noSession } from './key-owners.ts';
import { State } from './state.ts';

/** How the state of a backup becomes the one with which a new cluster begins. */
export interface Restoration {
  /** Above that of the backup: every fencing token, session id and number of a key in sequence is a revision, and has to be new. */
  readonly revision: Revision;
  /** Added to every counter, so that what was drawn after the backup is not drawn again. 0 or more. */
  readonly raiseCounters: bigint;
}

const everyKey: KeyRange = { from: emptyBytes, to: 'unbounded' };

/**
 * What outlives the end of a cluster: keys that no session owns, with their numbers, and counters. Sessions are gone with their clients,
 * and with them ephemeral keys, locks, places in queues, lock-delays and remembered results. History begins at the new revision. No
 * ballot has been opened: those of the new cluster begin anew.
 */
export function restoredState(backup: State, { revision, raiseCounters }: Restoration, checksum: Checksum): State {
  assert(revision > backup.history.revision, 'a restored state is newer than its backup');
  assert(
    raiseCounters >= 0n && unraisableCounter(backup, raiseCounters) === undefined,
    'counters can be raised so far',
  );
  const restored = new State(checksum, undefined, revision);
  for (const version of backup.keyspace.range(everyKey, backup.history.revision)) {
    if (version.sessionId === noSession) restored.keyspace.restoreSettled(version);
  }
  for (const [name, value] of backup.counters.all()) {
    const raised = value + raiseCounters;
    if (raised !== 0n) restored.counters.restore(name, raised);
  }
  return restored;
}

/** The name of a counter that would leave the range of 64 bits. */
export function unraisableCounter(backup: State, raiseCounters: bigint): string | undefined {
  for (const [name, value] of backup.counters.all()) if (value + raiseCounters > counterHigh) return name;
  return undefined;
}
