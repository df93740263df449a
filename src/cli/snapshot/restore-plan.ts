import { type Restoration, unraisableCounter } from '../../machine/restored-state.ts';
import type { Revision } from '../../wire/identifiers.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { highestRevision } from './highest-revision.ts';
import type { Backup } from './read-backup.ts';

export interface RestorationWish {
  /** As the restoration of another member has chosen it. */
  readonly revision: number | undefined;
  readonly minRevision: number | undefined;
  readonly raiseCounters: bigint;
}

/**
 * With which revision the new cluster begins, unless it is given: above that of the backup, and at least the time in microseconds, which
 * is above whatever the old cluster has given out since, at up to a million changes a second.
 *
 * @throws UsageFailure, CommandFailure
 */
export function planRestoration(
  { state, header }: Pick<Backup, 'state' | 'header'>,
  { revision, minRevision, raiseCounters }: RestorationWish,
  nowMs: number,
): Restoration {
  const least = header.revision + 1;
  if (revision !== undefined && revision < least) {
    throw new UsageFailure(`--revision ${revision} is not above that of the backup, which is ${header.revision}`);
  }
  const chosen = revision ?? Math.max(least, Math.floor(nowMs * 1_000), minRevision ?? 0);
  if (chosen > highestRevision) {
    throw new CommandFailure(
      'REVISION_TOO_HIGH',
      `revision ${chosen} is above ${highestRevision}: is the clock right?`,
    );
  }
  const counter = unraisableCounter(state, raiseCounters);
  if (counter !== undefined) {
    throw new CommandFailure(
      'COUNTER_OVERFLOW',
      `raised by ${raiseCounters}, the counter ${counter} would leave 64 bits`,
    );
  }
  return { revision: chosen as Revision, raiseCounters };
}
