import { assert } from '../wire/assert.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { Acquisition } from './acquisition.ts';
import { type Closure, isGrantable, type Lock } from './lock.ts';

/** That locks and acquisitions fit together, and nobody waits who could hold. @throws AssertionFailure */
export function verifyLocks(
  locks: ReadonlyMap<string, Lock>,
  acquisitions: readonly Acquisition[],
  revision: Revision,
  isLive: (sessionId: SessionId) => boolean,
): void {
  const all = new Set(acquisitions);
  let parts = 0;
  for (const lock of locks.values()) {
    assert(!lock.isIdle, 'a lock that is free leaves nothing behind');
    verifyHolders(lock, revision);
    let lastAsked = 0;
    for (const waiter of lock.waiters()) {
      assert(waiter.token === 0 && waiter.askedRevision > lastAsked, 'a queue is in the order of asking');
      lastAsked = waiter.askedRevision;
      assert(all.has(waiter) && waiter.names.includes(lock.name), 'who waits has an acquisition');
      parts += 1;
    }
    for (const holder of lock.holders.all())
      assert(all.has(holder) && holder.names.includes(lock.name), 'a holder has one');
    parts += lock.holders.count;
    const { firstWaiter } = lock;
    assert(firstWaiter === undefined || !isGrantable(locks, firstWaiter), 'nobody waits who could hold');
  }
  for (const { sessionId, names } of acquisitions) {
    assert(isLive(sessionId), 'who holds or waits has a live session');
    parts -= names.length;
  }
  assert(parts === 0, 'an acquisition waits for or holds each of its locks');
}

/** @throws AssertionFailure */
export function verifyClosures(locks: ReadonlyMap<string, Lock>, closed: ReadonlyMap<string, Closure>): void {
  const closedLocks = [...locks.values()].filter(({ closure }) => closure !== undefined);
  assert(
    closedLocks.length === closed.size && closedLocks.every(({ name, closure }) => closed.get(name) === closure),
    'delays are found by name',
  );
}

function verifyHolders({ holders }: Lock, revision: Revision): void {
  const { first, count } = holders;
  if (first === undefined) return;
  const tokens = new Set<number>();
  for (const { mode, token, askedRevision } of holders.all()) {
    assert(mode === first.mode && (mode !== 'exclusive' || count === 1), 'those who hold a lock go together');
    assert(token > 0 && token <= revision, 'a holder has a token');
    assert(mode !== 'exclusive' || token >= askedRevision, 'a token is not older than its request');
    tokens.add(token);
  }
  const distinct = first.mode === 'permit' ? count : 1;
  assert(tokens.size === distinct, 'a period has one token, and each permit an id of its own');
}
