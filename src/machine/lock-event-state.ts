import { limits } from '../wire/limits.ts';
import type { LockDetails } from '../wire/lock-operation.ts';
import { lockDetails } from './lock-read.ts';
import type { Locks } from './locks.ts';

/** What the events of a lock say of it: the first of those who hold it, and how many wait. A list of them would be kept at each change. */
export function lockEventState(locks: Locks, name: string): LockDetails {
  return lockDetails(locks, name, { holders: limits.lockEventHolders, waiters: 0 });
}
