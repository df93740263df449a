import { assert } from '../wire/assert.ts';
import type { SessionId } from '../wire/identifiers.ts';
import type { KeyChange } from './key-change.ts';
import { compareText } from './sorted-map.ts';

/** Of keys that nobody owns. */
export const noSession = 0 as SessionId;

/** The keys that each session owns: follows from the keys that there are. */
export class KeyOwners {
  readonly #owned = new Map<SessionId, Set<string>>();

  constructor(origin?: KeyOwners) {
    if (origin === undefined) return;
    for (const [sessionId, keys] of origin.#owned) this.#owned.set(sessionId, new Set(keys));
  }

  /** In order. */
  keysOf(sessionId: SessionId): readonly string[] {
    return [...(this.#owned.get(sessionId) ?? [])].sort(compareText);
  }

  /** How many keys the session would own after these changes. */
  countAfter(sessionId: SessionId, changes: readonly KeyChange[]): number {
    let count = this.#owned.get(sessionId)?.size ?? 0;
    for (const change of changes) {
      if (this.owns(sessionId, change.key)) count -= 1;
      if (change.value !== undefined && change.sessionId === sessionId) count += 1;
    }
    return count;
  }

  owns(sessionId: SessionId, key: string): boolean {
    return this.#owned.get(sessionId)?.has(key) === true;
  }

  /** Either of them may be nobody, or both the same. */
  change(key: string, from: SessionId, to: SessionId): void {
    if (from === to) return;
    if (from !== noSession) this.#disown(from, key);
    if (to === noSession) return;
    const keys = this.#owned.get(to);
    if (keys === undefined) this.#owned.set(to, new Set([key]));
    else keys.add(key);
  }

  /** @throws AssertionFailure unless these are all the keys that are owned */
  verify(owned: Iterable<readonly [string, SessionId]>): void {
    let count = 0;
    for (const [key, sessionId] of owned) {
      count += 1;
      assert(this.owns(sessionId, key), 'an owner knows its key');
    }
    for (const keys of this.#owned.values()) {
      assert(keys.size > 0, 'a session without keys takes no room');
      count -= keys.size;
    }
    assert(count === 0, 'an owner knows its keys only');
  }

  #disown(sessionId: SessionId, key: string): void {
    const keys = this.#owned.get(sessionId);
    if (keys === undefined) return;
    keys.delete(key);
    if (keys.size === 0) this.#owned.delete(sessionId);
  }
}
