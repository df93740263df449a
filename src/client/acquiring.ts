import { emptyBytes } from '../wire/bytes.ts';
import { limits } from '../wire/limits.ts';
import type { LockAcquire, LockMode } from '../wire/lock-operation.ts';
import {
  booleanOf,
  bytesOf,
  type CallLimits,
  callLimits,
  kindOf,
  nameOf,
  optionsObject,
  wholeNumber,
} from './arguments.ts';
import type { ResumedLock } from './core/effect.ts';
import type { Driver } from './driver.ts';
import { invalidArgument, lockLost } from './error.ts';
import type { HeldGrant } from './held-grant.ts';
import { LockHandle, PermitHandle } from './lock-handle.ts';
import type { LockOptions, PermitOptions } from './lock-types.ts';
import { unexpected } from './transaction.ts';
import type { CallOptions } from './types.ts';

type Terms = Pick<LockOptions, 'delayMs' | 'note'>;

/** Undefined: it was tried for and is not free. */
export async function acquireLock(
  driver: Driver,
  name: string,
  wait: boolean,
  options: LockOptions | undefined,
): Promise<LockHandle | undefined> {
  const mode = booleanOf(optionsObject(options).shared, 'shared') ? 'shared' : 'exclusive';
  return await lockOf(driver, [nameOf(name, 'the name of a lock')], mode, wait, options);
}

/** Several at once, all or none. */
export async function acquireAll(
  driver: Driver,
  names: readonly string[],
  wait: boolean,
  options: LockOptions | undefined,
): Promise<LockHandle | undefined> {
  if (!Array.isArray(names)) throw invalidArgument(`the names of locks are an array, not ${kindOf(names)}`);
  if (booleanOf(optionsObject(options).shared, 'shared')) throw invalidArgument('several locks at once are not shared');
  const each = names.map((name) => nameOf(name, 'the name of a lock'));
  if (new Set(each).size < each.length) throw invalidArgument('each lock is named once');
  if (each.length === 0) throw invalidArgument('at least one lock is named');
  return await lockOf(driver, each.sort(), 'exclusive', wait, options);
}

export async function acquirePermit(
  driver: Driver,
  name: string,
  wait: boolean,
  options: PermitOptions,
): Promise<PermitHandle | undefined> {
  const permits = wholeNumber(optionsObject(options).permits, 'permits', 1, limits.permits);
  const request = lockRequest([nameOf(name, 'the name of a semaphore')], 'permit', permits, wait, options);
  return await acquire(driver, request, options, (lockId, token) => new PermitHandle(driver, lockId, name, token));
}

/** What the session that was resumed held, but for permits. */
export function resumedLocksOf(driver: Driver, locks: readonly ResumedLock[]): readonly LockHandle[] {
  return locks.flatMap(({ lockId, name, otherNames, mode, token }) =>
    mode === 'permit' ? [] : [new LockHandle(driver, lockId, [name, ...otherNames], mode, token)],
  );
}

export function resumedPermitsOf(driver: Driver, locks: readonly ResumedLock[]): readonly PermitHandle[] {
  return locks.flatMap(({ lockId, name, mode, token }) =>
    mode === 'permit' ? [new PermitHandle(driver, lockId, name, token)] : [],
  );
}

export function granted<T>(held: T | undefined): T {
  if (held === undefined) throw unexpected('a place in the queue', 'a refusal');
  return held;
}

/** Releases it in the end. The task's own error wins; that it was lost meanwhile is an error too. */
export async function during<H extends HeldGrant, T>(held: H, task: (held: H) => T | PromiseLike<T>): Promise<T> {
  let value: T;
  try {
    value = await task(held);
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
  const { lost } = held;
  // It was held to the end: that the service could not be told so does not undo what the task did.
  const released = await held.release().catch(() => 'released');
  if (lost || released === 'lost') throw lockLost(held.name, 'unknown');
  return value;
}

export function taskOf<F>(task: F, caller: string): F {
  if (typeof task !== 'function') throw invalidArgument(`${caller} takes a function`);
  return task;
}

async function lockOf(
  driver: Driver,
  names: readonly string[],
  mode: 'exclusive' | 'shared',
  wait: boolean,
  options: LockOptions | undefined,
): Promise<LockHandle | undefined> {
  const request = lockRequest(names, mode, 0, wait, options);
  return await acquire(driver, request, options, (id, token) => new LockHandle(driver, id, names, mode, token));
}

async function acquire<H>(
  driver: Driver,
  request: LockAcquire,
  options: CallOptions | undefined,
  handle: (lockId: number, token: number) => H,
): Promise<H | undefined> {
  const { wait } = request;
  const callLimit: CallLimits = wait ? callLimits(options, Number.POSITIVE_INFINITY) : callLimits(options);
  const lockId = driver.newCallId();
  const answer = await driver.call<'lockHeld' | 'lockRefused'>({ kind: 'lock', request }, callLimit, lockId);
  return answer.type === 'lockHeld' ? handle(lockId, answer.token) : undefined;
}

/** The plain request, which is by far the most frequent, carries no terms. */
function lockRequest(
  [name = '', ...otherNames]: readonly string[],
  mode: LockMode,
  permits: number,
  wait: boolean,
  options: Terms | undefined,
): LockAcquire {
  const { delayMs, note } = optionsObject(options);
  if (mode === 'exclusive' && otherNames.length === 0 && delayMs === undefined && note === undefined) {
    return { kind: 'lockAcquire', name, wait };
  }
  const terms = {
    mode,
    permits,
    otherNames,
    delayMs: delayMs === undefined ? 0 : wholeNumber(delayMs, 'delayMs', 0, limits.lockDelayMs),
    note: note === undefined ? emptyBytes : bytesOf(note, 'a note'),
  };
  return { kind: 'lockAcquire', name, wait, terms };
}
