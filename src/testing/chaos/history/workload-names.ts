/**
 * The names and values of the chaos workload, as its actors write them and `judgeChaos` reads them.
 *
 * Keys, counters and locks have names of their own kind. What is written by transactions is a *group*: keys that are only ever written
 * and read whole, and so are one register. The history has a group under its own name, which is that of no key, and without revisions.
 */

/** Single keys, which are watched. */
export const registerPrefix = 'register/';
/** Groups of two keys, both of which always hold the same value; they are watched. */
export const pairPrefix = 'pair/';
/** Groups of keys whose balances have a constant sum. */
export const accountsPrefix = 'accounts/';
/** Keys that are written under the condition that a lock is held. */
export const guardedPrefix = 'guarded/';
/** Ephemeral keys, one for each session. */
export const sessionPrefix = 'session/';
export const counterPrefix = 'counter/';
export const lockPrefix = 'lock/';
export const lockNames: readonly string[] = [1, 2, 3].map((number) => `${lockPrefix}${number}`);
/** A semaphore, and how many may hold it. */
export const permitName = 'permit/1';
export const permits = 3;
/** Outside of the store: registers whose number is raised by the holders of a lock. */
export const tallyPrefix = 'tally/';
/** Outside of the store: registers that are also written by those who have lost the lock. */
export const latePrefix = 'late/';

export const watchedPrefixes = [registerPrefix, pairPrefix] as const;

/** The last key that is written under a prefix that is watched. */
export function markerKey(prefix: string): string {
  return `${prefix}~end`;
}

/** As the history calls the group whose keys begin with that. */
export function groupName(prefix: string): string {
  return `group:${prefix}`;
}

export function groupPrefix(name: string): string | undefined {
  return name.startsWith('group:') ? name.slice('group:'.length) : undefined;
}

export const pairMembers: readonly string[] = ['x', 'y'];
export const accountMembers: readonly string[] = ['a', 'b', 'c', 'd'];
export const initialBalance = 100;

/** What was read of a group: null if nothing is there; parts that are absent show as `-`. */
export function groupValue(parts: readonly (string | undefined)[]): string | null {
  return parts.every((part) => part === undefined) ? null : parts.map((part) => part ?? '-').join(' ');
}

export function groupParts(value: string): readonly string[] {
  return value.split(' ');
}

/** An amount, and a tag that makes the value one that is written once. */
export function accountValue(balance: number, tag: string): string {
  return `${balance}@${tag}`;
}

export function balanceOf(value: string): number {
  return Number(value.split('@')[0]);
}

/** `step` 0: the claim of a new holder, which leaves the number as it was; larger: its increments. */
export function tallyValue(count: number, token: number, step: number): string {
  return `${count}@${token}.${step}`;
}

export function readTally(value: string | null): { readonly count: number; readonly step: number } {
  if (value === null) return { count: 0, step: 0 };
  const match = /^(\d+)@\d+\.(\d+)$/.exec(value);
  return { count: Number(match?.[1]), step: Number(match?.[2]) };
}

/** A value that names the token under which it was written, and is written once. */
export function guardedValue(token: number, tag: string): string {
  return `${token}@${tag}`;
}

export function guardedToken(value: string): number {
  return Number(value.split('@')[0]);
}

/** The process that reads what is there in the end. */
export const finalProcess = 'final';

/** As the service lists the session of a worker. Those of the faults have other names: nobody but they closes them. */
export function workerSessionName(worker: string): string {
  return `worker/${worker}`;
}

export function isWorkerSessionName(name: string): boolean {
  return name.startsWith('worker/');
}

/** The process of the session lines that a worker writes of itself. */
export function sessionProcess(worker: string): string {
  return `${worker}/session`;
}

export function isSessionProcess(process: string): boolean {
  return process.endsWith('/session');
}
