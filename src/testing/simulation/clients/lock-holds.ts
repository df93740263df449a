import { emptyBytes } from '../../../wire/bytes.ts';
import type { LockAcquire } from '../../../wire/lock-operation.ts';
import type { SessionLock } from '../../../wire/session-info.ts';
import type { HoldRecord } from '../../checkers/history.ts';

/** What a client holds by one grant: one lock, or several at once. */
export function holdsOf(
  { name, terms }: LockAcquire,
  owner: Pick<HoldRecord, 'client' | 'sessionId' | 'generation' | 'sequence' | 'token'>,
  times: Pick<HoldRecord, 'fromUs' | 'untilUs'>,
): readonly HoldRecord[] {
  const names = [name, ...(terms?.otherNames ?? [])];
  const mode = terms?.mode ?? 'exclusive';
  return names.map((each) => ({ ...owner, name: each, mode, permits: terms?.permits ?? 0, ...times }));
}

/** How what is carried over by a resumption had been asked for; nobody knows the note any more. */
export function requestOf({ name, otherNames, mode, permits }: SessionLock): LockAcquire {
  const terms = { mode, permits, otherNames, delayMs: 0, note: emptyBytes };
  return { kind: 'lockAcquire', name, wait: true, terms };
}

export function isShared({ terms }: LockAcquire): boolean {
  return terms !== undefined && terms.mode !== 'exclusive';
}
