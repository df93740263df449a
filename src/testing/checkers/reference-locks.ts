import type { Revision } from '../../wire/identifiers.ts';
import type { LockAcquire, LockCommand, LockDetails, LockParty, LockState } from '../../wire/lock-operation.ts';
import type { CommandId } from '../../wire/operation.ts';
import type { ResultBody } from '../../wire/result.ts';
import type { SessionLock } from '../../wire/session-info.ts';
import { type AcquisitionHistory, acquisitionKey, refusal, type Version, valueAt } from './reference-log.ts';
import { bytesOfAcquisition } from './reference-sizes.ts';

type Owner = Omit<CommandId, 'acknowledged'>;
type SessionId = CommandId['sessionId'];
type Sequence = CommandId['sequence'];

interface Delay {
  readonly sinceRevision: number;
  readonly delayMs: number;
}

const freeLock: LockDetails = {
  kind: 'lockDetails',
  holders: [],
  waiters: [],
  holderCount: 0,
  waiterCount: 0,
  closedSince: 0 as Revision,
  delayMs: 0,
};

/**
 * The locks of the reference model, as one list of requests in the order of asking. After each change whoever may hold now is granted:
 * no older request waits for one of its names, none of them is closed, and it goes together with all who hold them.
 */
export class ReferenceLocks {
  readonly acquisitions = new Map<string, AcquisitionHistory>();
  #active: AcquisitionHistory[] = [];
  readonly #delays = new Map<string, Delay>();
  readonly #versions = new Map<string, Version<LockDetails>[]>();

  /** Of all that were ever asked for. */
  names(): Iterable<string> {
    return this.#versions.keys();
  }

  detailsAt(name: string, revision: number): LockDetails {
    return valueAt(this.#versions.get(name), revision) ?? freeLock;
  }

  stateAt(name: string, revision: number): LockState {
    const { holders, holderCount, waiterCount, closedSince } = this.detailsAt(name, revision);
    const [first] = holders;
    const holder = first && {
      sessionId: first.sessionId,
      sequence: first.sequence,
      token: first.token,
      mode: first.mode,
    };
    return { kind: 'lockState', holder, holders: holderCount, waiters: waiterCount, closed: closedSince !== 0 };
  }

  /** Now, for a transaction. */
  isHeldWith(name: string, token: number): boolean {
    const [first] = this.#holders(name);
    return first !== undefined && first.mode !== 'permit' && first.token === token;
  }

  /** Those that wait or hold. */
  active(): Iterable<AcquisitionHistory> {
    return this.#active;
  }

  delayed(): Iterable<string> {
    return this.#delays.keys();
  }

  /**
   * `advance`: begins the revision in which the command takes effect, if it has any. `admits`: whether there is room for so many bytes
   * more.
   */
  execute(body: LockCommand, owner: Owner, admits: (growth: number) => boolean, advance: () => number): ResultBody {
    const { sessionId } = owner;
    switch (body.kind) {
      case 'lockAcquire': {
        if (!body.wait && !this.#isFree(body)) return { kind: 'lock', state: 'refused', token: 0 };
        if (!admits(bytesOfAcquisition(termsOf(body)))) return refusal('QUOTA_EXCEEDED');
        const { token } = this.#acquire(body, owner, advance());
        return { kind: 'lock', state: token === undefined ? 'queued' : 'held', token: token ?? 0 };
      }
      case 'lockCancel': {
        const state = this.#stateOf(body.name, sessionId, body.sequence);
        if (state === 'gone') return { kind: 'lockCancelled', state: 'absent' };
        const by = state === 'held' ? 'released' : 'withdrawn';
        this.#endAll([this.#find(sessionId, body.sequence)], advance(), by);
        return { kind: 'lockCancelled', state: by };
      }
      case 'lockRelease': {
        const released = this.#stateOf(body.name, sessionId, body.sequence) === 'held';
        if (released) this.#endAll([this.#find(sessionId, body.sequence)], advance(), 'released');
        return { kind: 'lockReleased', released };
      }
      case 'lockForceRelease': {
        const holders = this.#holders(body.name).filter((holder) => holder.token === body.token);
        if (holders.length > 0) this.#endAll(holders, advance(), 'force');
        return { kind: 'lockForceReleased', released: holders.length };
      }
      case 'lockSetNote': {
        const noted = this.#stateOf(body.name, sessionId, body.sequence) !== 'gone';
        if (!noted) return { kind: 'lockNoted', noted };
        const acquisition = this.#find(sessionId, body.sequence);
        if (!admits(body.note.length - acquisition.note.length)) return refusal('QUOTA_EXCEEDED');
        this.#setNote(acquisition, body.note, advance());
        return { kind: 'lockNoted', noted };
      }
    }
  }

  #stateOf(name: string, sessionId: SessionId, sequence: Sequence): 'queued' | 'held' | 'gone' {
    const acquisition = this.acquisitions.get(acquisitionKey(sessionId, sequence));
    if (acquisition === undefined || acquisition.endedRevision !== undefined) return 'gone';
    if (!acquisition.names.includes(name)) return 'gone';
    return acquisition.token === undefined ? 'queued' : 'held';
  }

  /** Whether a request that does not wait would be granted. */
  #isFree(request: LockAcquire): boolean {
    const { names, mode, permits } = termsOf(request);
    const isWantedByOthers = this.#active.some((other) => other.token === undefined && sharesName(other, names));
    return !isWantedByOthers && this.#admits(names, mode, permits);
  }

  #acquire(request: LockAcquire, { sessionId, generation, sequence }: Owner, revision: number): AcquisitionHistory {
    const terms = termsOf(request);
    const acquisition: AcquisitionHistory = {
      ...terms,
      name: request.name,
      sessionId,
      sequence,
      generation,
      askedRevision: revision,
      token: undefined,
      grantedRevision: undefined,
      endedRevision: undefined,
      endedBy: undefined,
    };
    this.acquisitions.set(acquisitionKey(sessionId, sequence), acquisition);
    this.#active.push(acquisition);
    this.#settle(terms.names, revision);
    return acquisition;
  }

  endSession(sessionId: SessionId, revision: number, why: 'closed' | 'expired'): void {
    const own = this.#active.filter((acquisition) => acquisition.sessionId === sessionId);
    for (const { token, delayMs, names } of own) {
      if (why === 'closed' || token === undefined || delayMs === 0) continue;
      for (const name of names) {
        const before = this.#delays.get(name)?.delayMs ?? 0;
        this.#delays.set(name, { sinceRevision: revision, delayMs: Math.max(before, delayMs) });
      }
    }
    this.#endAll(own, revision, 'session');
  }

  hasDelay(name: string, sinceRevision: number): boolean {
    return this.#delays.get(name)?.sinceRevision === sinceRevision;
  }

  endDelay(name: string, revision: number): void {
    this.#delays.delete(name);
    this.#settle([name], revision);
  }

  #find(sessionId: SessionId, sequence: Sequence): AcquisitionHistory {
    const acquisition = this.acquisitions.get(acquisitionKey(sessionId, sequence));
    if (acquisition === undefined) throw new RangeError('no such acquisition');
    return acquisition;
  }

  /** The places in queues go; what is held stays. */
  withdraw(sessionId: SessionId, revision: number): void {
    const waiting = this.#active.filter((other) => other.sessionId === sessionId && other.token === undefined);
    if (waiting.length > 0) this.#endAll(waiting, revision, 'withdrawn');
  }

  /** In the order of asking. */
  heldBy(sessionId: SessionId): readonly SessionLock[] {
    return this.#active
      .filter((acquisition) => acquisition.sessionId === sessionId && acquisition.token !== undefined)
      .map(sessionLockOf);
  }

  #setNote(acquisition: AcquisitionHistory, note: Uint8Array, revision: number): void {
    acquisition.note = note.slice();
    this.#settle(acquisition.names, revision);
  }

  #endAll(ended: readonly AcquisitionHistory[], revision: number, by: AcquisitionHistory['endedBy']): void {
    for (const acquisition of ended) {
      acquisition.endedRevision = revision;
      acquisition.endedBy = by;
    }
    this.#active = this.#active.filter((acquisition) => !ended.includes(acquisition));
    this.#settle(
      ended.flatMap(({ names }) => names),
      revision,
    );
  }

  #settle(touched: readonly string[], revision: number): void {
    const changed = new Set(touched);
    for (let next = this.#grantable(); next !== undefined; next = this.#grantable()) {
      const [beside] = this.#holders(next.name);
      next.token = revision;
      next.grantedRevision = revision;
      if (next.mode === 'shared' && beside !== undefined) next.token = beside.token;
      if (next.mode === 'permit') next.token = next.askedRevision;
      for (const name of next.names) changed.add(name);
    }
    for (const name of changed) {
      const versions = this.#versions.get(name) ?? [];
      this.#versions.set(name, versions);
      versions.push({ revision, value: this.#details(name) });
    }
  }

  #grantable(): AcquisitionHistory | undefined {
    const waiting = this.#active.filter(({ token }) => token === undefined);
    return waiting.find(({ names, mode, permits }, at) => {
      const isFirst = !waiting.slice(0, at).some((older) => sharesName(older, names));
      return isFirst && this.#admits(names, mode, permits);
    });
  }

  #admits(names: readonly string[], mode: AcquisitionHistory['mode'], permits: number): boolean {
    return names.every((name) => {
      if (this.#delays.has(name)) return false;
      const holders = this.#holders(name);
      if (holders.length === 0) return true;
      if (holders.some((holder) => holder.mode !== mode)) return false;
      return mode === 'shared' || (mode === 'permit' && holders.length < permits);
    });
  }

  /** In the order of their grants. */
  #holders(name: string): readonly AcquisitionHistory[] {
    const holders = this.#active.filter(({ token, names }) => token !== undefined && names.includes(name));
    return holders.sort(
      (a, b) => (a.grantedRevision ?? 0) - (b.grantedRevision ?? 0) || a.askedRevision - b.askedRevision,
    );
  }

  #details(name: string): LockDetails {
    const holders = this.#holders(name).map(partyOf);
    const waiters = this.#active.filter(({ token, names }) => token === undefined && names.includes(name)).map(partyOf);
    const delay = this.#delays.get(name);
    return {
      kind: 'lockDetails',
      holders,
      waiters,
      holderCount: holders.length,
      waiterCount: waiters.length,
      closedSince: (delay?.sinceRevision ?? 0) as Revision,
      delayMs: delay?.delayMs ?? 0,
    };
  }
}

function termsOf({
  name,
  terms,
}: LockAcquire): Pick<AcquisitionHistory, 'names' | 'mode' | 'permits' | 'delayMs' | 'note'> {
  if (terms === undefined) return { names: [name], mode: 'exclusive', permits: 0, delayMs: 0, note: new Uint8Array() };
  const { mode, permits, otherNames, delayMs, note } = terms;
  return { names: [name, ...otherNames], mode, permits, delayMs, note: note.slice() };
}

function sharesName({ names }: AcquisitionHistory, others: readonly string[]): boolean {
  return names.some((name) => others.includes(name));
}

function partyOf({ sessionId, sequence, token, mode, askedRevision, note }: AcquisitionHistory): LockParty {
  return { sessionId, sequence, token: token ?? 0, mode, askedRevision: askedRevision as Revision, note };
}

export function sessionLockOf({ names, sequence, token, mode, permits }: AcquisitionHistory): SessionLock {
  const [name = '', ...otherNames] = names;
  return { name, otherNames, sequence, token: token ?? 0, mode, permits };
}
