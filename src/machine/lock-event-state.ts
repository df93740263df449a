import { emptyBytes } from '../wire/bytes.ts';
import { limits } from '../wire/limits.ts';
import type { LockDetails } from '../wire/lock-operation.ts';
import { lockDetails } from './lock-read.ts';
import type { Locks } from './locks.ts';

/**
 * What the events of a lock say of it: the first of those who hold it, with the note of the very first, and how many wait. More would be
 * kept, and told, at each change.
 */
export function lockEventState(locks: Locks, name: string): LockDetails {
  const details = lockDetails(locks, name, { holders: limits.lockEventHolders, waiters: 0 });
  if (details.holders.length < 2) return details;
  return {
    ...details,
    holders: details.holders.map((party, at) => (at === 0 ? party : { ...party, note: emptyBytes })),
  };
}
