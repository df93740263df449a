import type { OperationEvent } from '../../checkers/event-history.ts';
import { lockNames } from '../../checkers/event-locks.ts';

/** Who held a lock, as clients saw it. */
export interface LockHold {
  readonly holder: string;
  readonly token: number;
  readonly startMs: number;
  readonly endMs: number;
  /** `next`: nothing is known of its end but that another got the lock. */
  readonly endedBy: 'unlock' | 'lost' | 'next' | 'end of run';
}

const nsPerMs = 1_000_000;

/**
 * Every hold of a lock, not of permits, from the answer to `lock` until the answer to `unlock`; what was not unlocked lasts until the next
 * is granted.
 */
export function lockHolds(
  operations: readonly OperationEvent[],
  lengthMs: number,
): readonly { readonly name: string; readonly holds: readonly LockHold[] }[] {
  const unlocks = new Map<string, Extract<OperationEvent, { readonly op: 'unlock' }>>();
  const grants = new Map<string, { holder: string; token: number; isShared: boolean; grantedNs: number }[]>();
  for (const operation of operations) {
    if (operation.op === 'unlock' && operation.outcome === 'ok') {
      const by = operation.mode === 'shared' ? operation.process : '';
      for (const name of lockNames(operation)) unlocks.set(`${name} ${operation.token} ${by}`, operation);
    }
    if (operation.op !== 'lock' || operation.outcome !== 'ok' || operation.mode === 'permit') continue;
    const { process: holder, token, mode, end } = operation;
    for (const name of lockNames(operation)) {
      const granted = grants.get(name) ?? [];
      granted.push({ holder, token, isShared: mode === 'shared', grantedNs: end });
      grants.set(name, granted);
    }
  }
  return [...grants].sort(byName).map(([name, granted]) => {
    const ordered = granted.sort((a, b) => a.token - b.token);
    const holds = ordered.map(({ holder, token, isShared, grantedNs }, index): LockHold => {
      const startMs = grantedNs / nsPerMs;
      const unlock = unlocks.get(`${name} ${token} ${isShared ? holder : ''}`);
      let next = index + 1;
      while (ordered[next]?.token === token) next += 1;
      const nextNs = ordered[next]?.grantedNs;
      if (unlock?.outcome === 'ok') {
        return { holder, token, startMs, endMs: unlock.end / nsPerMs, endedBy: unlock.result ? 'unlock' : 'lost' };
      }
      if (nextNs === undefined) return { holder, token, startMs, endMs: lengthMs, endedBy: 'end of run' };
      return { holder, token, startMs, endMs: Math.max(startMs, nextNs / nsPerMs), endedBy: 'next' };
    });
    return { name, holds };
  });
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
