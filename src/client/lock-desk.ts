import type { SessionId } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { LockDetails, LockParty as WireParty } from '../wire/lock-operation.ts';
import { callLimits, consistencyOf, nameOf, optionsObject, wholeNumber } from './arguments.ts';
import type { Driver } from './driver.ts';
import { keyText } from './entry.ts';
import type { LockDesk, LockInfo, LockParty, LockReadOptions } from './lock-types.ts';
import { unexpected } from './transaction.ts';
import type { CallOptions, ReadOptions } from './types.ts';

/** Locks, as one looks at them from outside. */
export class LockInspector implements LockDesk {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async get(name: string, options?: LockReadOptions): Promise<LockInfo> {
    const { limit } = optionsObject(options);
    const body = {
      kind: 'lockInspect',
      name: nameOf(name, 'the name of a lock'),
      consistency: consistencyOf(options),
      limit: limit === undefined ? 0 : wholeNumber(limit, 'limit', 1, limits.lockParties),
    } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'lockDetails') throw unexpected('a lock', result.body.kind);
    return { name, revision: result.revision, ...lockPartsOf(result.body) };
  }

  async holder(name: string, options?: LockReadOptions): Promise<LockParty | undefined> {
    return (await this.get(name, options)).holders[0];
  }

  async waiters(name: string, options?: LockReadOptions): Promise<readonly LockParty[]> {
    return (await this.get(name, options)).waiters;
  }

  async verifyToken(name: string, token: number, options?: Omit<ReadOptions, 'revision'>): Promise<boolean> {
    const wanted = wholeNumber(token, 'token', 1);
    const consistency = consistencyOf(options);
    const body = { kind: 'lockGet', name: nameOf(name, 'the name of a lock'), consistency } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'lockState') throw unexpected('a lock', result.body.kind);
    const { holder } = result.body;
    return holder !== undefined && holder.mode !== 'permit' && holder.token === wanted;
  }

  async forceRelease(
    name: string,
    token: number,
    options?: CallOptions,
  ): Promise<{ readonly released: number; readonly revision: number }> {
    const body = {
      kind: 'lockForceRelease',
      name: nameOf(name, 'the name of a lock'),
      token: wholeNumber(token, 'token', 1),
    } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'command', body }, callLimits(options));
    if (result.body.kind !== 'lockForceReleased') throw unexpected('a forced release', result.body.kind);
    return { released: result.body.released, revision: result.revision };
  }
}

/** All but what it is called, and when it was so. */
export function lockPartsOf(details: LockDetails): Omit<LockInfo, 'name' | 'revision'> {
  const { holders, waiters, holderCount, waiterCount, closedSince, delayMs } = details;
  return {
    holders: holders.map(partyOf),
    waiters: waiters.map(partyOf),
    holderCount,
    waiterCount,
    delay: closedSince === 0 ? undefined : { sinceRevision: closedSince, delayMs },
  };
}

/** Copies the note: a slice would pin the whole frame. */
function partyOf({ sessionId, token, mode, askedRevision, note }: WireParty): LockParty {
  const isPermit = mode === 'permit';
  return {
    session: sessionText(sessionId),
    mode,
    token: isPermit || token === 0 ? undefined : token,
    permit: isPermit && token !== 0 ? token : undefined,
    askedRevision,
    note: new Uint8Array(note),
    noteText: keyText(note),
  };
}

function sessionText(sessionId: SessionId): string {
  return String(sessionId);
}
