import type { Revision } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { LockDetails, LockHolder, LockParty, LockState } from '../wire/lock-operation.ts';
import type { Acquisition } from './acquisition.ts';
import type { Locks } from './locks.ts';

export function lockState(locks: Locks, name: string): LockState {
  const lock = locks.get(name);
  const first = lock?.holders.first;
  return {
    kind: 'lockState',
    holder: first && holderOf(first),
    holders: lock?.holders.count ?? 0,
    waiters: lock?.waiterCount ?? 0,
    closed: lock?.closure !== undefined,
  };
}

/** As asked for by a read: `limit` 0 is as many as an answer may list. */
export function inspectLock(locks: Locks, name: string, limit: number): LockDetails {
  const listed = limit === 0 ? limits.lockParties : Math.min(limit, limits.lockParties);
  return lockDetails(locks, name, { holders: listed, waiters: listed });
}

/** `listed`: so many of each are in the lists. */
export function lockDetails(
  locks: Locks,
  name: string,
  listed: { readonly holders: number; readonly waiters: number },
): LockDetails {
  const lock = locks.get(name);
  const waiters: LockParty[] = [];
  for (const waiter of lock?.waiters() ?? []) {
    if (waiters.length === listed.waiters) break;
    waiters.push(partyOf(waiter));
  }
  return {
    kind: 'lockDetails',
    holders: (lock?.holders.list(listed.holders) ?? []).map(partyOf),
    waiters,
    holderCount: lock?.holders.count ?? 0,
    waiterCount: lock?.waiterCount ?? 0,
    closedSince: lock?.closure?.sinceRevision ?? (0 as Revision),
    delayMs: lock?.closure?.delayMs ?? 0,
  };
}

/** Whether the lock is held with that fencing token: permits have none. */
export function isHeldWith(locks: Locks, name: string, token: number): boolean {
  const first = locks.get(name)?.holders.first;
  return first !== undefined && first.mode !== 'permit' && first.token === token;
}

function holderOf({ sessionId, sequence, token, mode }: Acquisition): LockHolder {
  return { sessionId, sequence, token, mode };
}

function partyOf(acquisition: Acquisition): LockParty {
  const { askedRevision, note } = acquisition;
  return { ...holderOf(acquisition), askedRevision, note };
}
