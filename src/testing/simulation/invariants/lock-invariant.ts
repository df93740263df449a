import type { AcquisitionHistory, ReferenceLog } from '../../checkers/reference-log.ts';
import type { ObservedMachine } from './observed-machine.ts';
import { stateAt } from './state-invariant.ts';
import { violated } from './violation.ts';

/**
 * 20 and 21, read off the state itself at each slot that touches a lock, in the order of slots: a lock that is wanted is held, by one
 * whose session lives and who has waited longest; and no holder of a name has a token that is not larger than all before.
 */
export class LockInvariant {
  readonly #log: ReferenceLog;
  readonly #tokens = new Map<string, number>();

  constructor(log: ReferenceLog) {
    this.#log = log;
  }

  check(nodeId: string, machine: ObservedMachine, names: Iterable<string>): void {
    const { revision } = machine;
    const oldest = new Map<string, AcquisitionHistory>();
    for (const acquisition of this.#log.acquisitions.values()) {
      const { name, askedRevision } = acquisition;
      if (stateAt(acquisition, revision) === 'gone') continue;
      const other = oldest.get(name);
      if (other === undefined || askedRevision < other.askedRevision) oldest.set(name, acquisition);
    }
    for (const name of names) {
      const at = `${nodeId}, revision ${revision}, ${name}`;
      const result = machine.read({ kind: 'lockGet', name, consistency: 'stale' });
      const holder = result.kind === 'lockState' ? result.holder : undefined;
      const first = oldest.get(name);
      if (holder === undefined) {
        if (first !== undefined) violated('a wanted lock is held', `${at}: session ${first.sessionId} waits in vain`);
        continue;
      }
      const { sessionId, sequence, token } = holder;
      if (machine.session(sessionId) === undefined) violated('the holder lives', `${at}: session ${sessionId}`);
      if (first?.sessionId !== sessionId || first.sequence !== sequence) {
        violated(
          'first come, first served',
          `${at}: ${sessionId}/${sequence} before ${first?.sessionId}/${first?.sequence}`,
        );
      }
      this.#checkToken(at, name, token, first);
    }
  }

  /** The owner of the highest token so far is known by the token itself: the revision of its grant. */
  #checkToken(at: string, name: string, token: number, holder: AcquisitionHistory): void {
    const highest = this.#tokens.get(name) ?? 0;
    if (token < highest) violated('tokens rise for ever', `${at}: ${token} after ${highest}`);
    if (token === highest) return;
    this.#tokens.set(name, token);
    if (token < holder.askedRevision) violated('tokens rise for ever', `${at}: ${token} is older than the request`);
  }
}
