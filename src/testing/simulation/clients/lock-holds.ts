import type { LockAcquire } from '../../../wire/lock-operation.ts';
import type { HoldRecord } from '../../checkers/history.ts';

/** What a client holds by one grant: one lock, or several at once. */
export function holdsOf(
  { name, terms }: LockAcquire,
  owner: Pick<HoldRecord, 'client' | 'sessionId' | 'sequence' | 'token'>,
  times: Pick<HoldRecord, 'fromUs' | 'untilUs'>,
): readonly HoldRecord[] {
  const names = [name, ...(terms?.otherNames ?? [])];
  const mode = terms?.mode ?? 'exclusive';
  return names.map((each) => ({ ...owner, name: each, mode, permits: terms?.permits ?? 0, ...times }));
}

export function isShared({ terms }: LockAcquire): boolean {
  return terms !== undefined && terms.mode !== 'exclusive';
}
