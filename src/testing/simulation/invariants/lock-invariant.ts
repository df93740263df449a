import type { LockDetails, LockParty } from '../../../wire/lock-operation.ts';
import { type AcquisitionHistory, acquisitionKey, type ReferenceLog } from '../../checkers/reference-log.ts';
import { describe } from '../../checkers/structural-equality.ts';
import type { ObservedMachine } from './observed-machine.ts';
import { stateAt } from './state-invariant.ts';
import { violated } from './violation.ts';

/** By whom a lock is wanted, or held. */
interface Wanted {
  readonly first: AcquisitionHistory;
  /** All want it exclusively, and no other lock with it. */
  readonly isPlain: boolean;
}

/**
 * 20 and 21, read off the state itself at each slot that touches a lock, in the order of slots: a lock that is wanted is held, by one
 * whose session lives and who has waited longest; those who hold it together may do so; and no holder of a name has a token that is not
 * larger than all before. Where several locks are wanted at once, or a delay keeps one closed, who waits in vain is for the model to say.
 */
export class LockInvariant {
  readonly #log: ReferenceLog;
  readonly #tokens = new Map<string, number>();

  constructor(log: ReferenceLog) {
    this.#log = log;
  }

  check(nodeId: string, machine: ObservedMachine, names: Iterable<string>): void {
    const { revision } = machine;
    const wanted = this.#wantedAt(revision);
    for (const name of names) {
      const result = machine.read({ kind: 'lockInspect', name, consistency: 'stale', limit: 0 });
      if (result.kind === 'lockDetails') {
        this.#checkLock(`${nodeId}, revision ${revision}, ${name}`, name, machine, result, wanted.get(name));
      }
    }
  }

  #wantedAt(revision: number): ReadonlyMap<string, Wanted> {
    const wanted = new Map<string, Wanted>();
    for (const acquisition of this.#log.acquisitions.values()) {
      if (stateAt(acquisition, revision) === 'gone') continue;
      const { names, mode, askedRevision } = acquisition;
      const isPlain = names.length === 1 && mode === 'exclusive';
      for (const name of names) {
        const other = wanted.get(name);
        const first = other === undefined || askedRevision < other.first.askedRevision ? acquisition : other.first;
        wanted.set(name, { first, isPlain: isPlain && other?.isPlain !== false });
      }
    }
    return wanted;
  }

  #checkLock(
    at: string,
    name: string,
    machine: ObservedMachine,
    { holders, closedSince }: LockDetails,
    wanted: Wanted | undefined,
  ): void {
    const [holder] = holders;
    if (holder === undefined) {
      if (wanted?.isPlain === true && closedSince === 0) {
        violated('a wanted lock is held', `${at}: session ${wanted.first.sessionId} waits in vain`);
      }
      return;
    }
    for (const { sessionId } of holders) {
      if (machine.session(sessionId) === undefined) violated('the holder lives', `${at}: session ${sessionId}`);
    }
    this.#checkTogether(at, holders);
    const { sessionId, sequence, token } = holder;
    if (wanted?.isPlain === false) {
      if (holder.mode !== 'permit') this.#checkToken(at, name, token, undefined);
      return;
    }
    const first = wanted?.first;
    if (first?.sessionId !== sessionId || first.sequence !== sequence) {
      const rightful = `${first?.sessionId}/${first?.sequence}`;
      violated('first come, first served', `${at}: ${sessionId}/${sequence} before ${rightful}`);
    }
    this.#checkToken(at, name, token, first);
  }

  #checkTogether(at: string, holders: readonly LockParty[]): void {
    const [first] = holders;
    if (first === undefined || holders.length === 1) return;
    const { mode, token } = first;
    const tokens = new Set(holders.map((holder) => holder.token));
    const fits =
      holders.every((holder) => holder.mode === mode) &&
      (mode === 'shared'
        ? tokens.size === 1 && tokens.has(token)
        : mode === 'permit' && tokens.size === holders.length);
    if (!fits) violated('who holds a lock together may do so', `${at}: ${describe(holders)}`);
    if (mode === 'permit' && holders.length > this.#mostPermits(holders)) {
      violated('no more holders than permits', `${at}: ${describe(holders)}`);
    }
  }

  #mostPermits(holders: readonly LockParty[]): number {
    return Math.max(
      ...holders.map(
        ({ sessionId, sequence }) => this.#log.acquisitions.get(acquisitionKey(sessionId, sequence))?.permits ?? 0,
      ),
    );
  }

  /** The owner of the highest token so far is known by the token itself: the revision of its grant. */
  #checkToken(at: string, name: string, token: number, holder: AcquisitionHistory | undefined): void {
    const highest = this.#tokens.get(name) ?? 0;
    if (token < highest) violated('tokens rise for ever', `${at}: ${token} after ${highest}`);
    if (token === highest) return;
    this.#tokens.set(name, token);
    if (holder !== undefined && token < holder.askedRevision)
      violated('tokens rise for ever', `${at}: ${token} is older than the request`);
  }
}
