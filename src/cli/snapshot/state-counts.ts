import { noSession } from '../../machine/key-owners.ts';
import type { State } from '../../machine/state.ts';
import { emptyBytes } from '../../wire/bytes.ts';

/** How much of everything a state holds. */
export interface StateCounts {
  readonly keys: number;
  /** Of them, those that die with a session. */
  readonly ephemeralKeys: number;
  /** Of keys and values. */
  readonly keyBytes: number;
  /** Those that are not 0. */
  readonly counters: number;
  readonly sessions: number;
  /** Names that are held or waited for. */
  readonly locks: number;
}

export function stateCounts({ keyspace, history, counters, sessions, locks }: State): StateCounts {
  let keys = 0;
  let ephemeralKeys = 0;
  let keyBytes = 0;
  for (const { keyString, value, sessionId } of keyspace.range(
    { from: emptyBytes, to: 'unbounded' },
    history.revision,
  )) {
    keys += 1;
    // One code unit stands for one byte.
    keyBytes += keyString.length + value.length;
    if (sessionId !== noSession) ephemeralKeys += 1;
  }
  return {
    keys,
    ephemeralKeys,
    keyBytes,
    counters: [...counters.all()].length,
    sessions: sessions.count,
    locks: new Set(locks.all().flatMap(({ names }) => names)).size,
  };
}
