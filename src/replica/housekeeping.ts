import type { Machine } from '../machine/machine.ts';
import type { Ballot } from '../wire/ballot.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { InternalBody } from '../wire/operation.ts';
import { encodeOperation } from '../wire/operation-codec.ts';
import type { Settings } from '../wire/settings.ts';
import { replicaLimits } from './limits.ts';
import type { DueDelay } from './lock-delay-clock.ts';

/** When a bound is passed, so much of it is kept: compactions are few, and none is long. */
const keptPart = 15 / 16;

/** With less than this part of the quota left there is little room. */
const scarceShare = 1 / 16;
/** And with less than this, as one command may want so much. */
const scarceBytes = limits.frameBytes;
/** Then history, which stands in the way of what would be kept, may take so much of it. */
const historyShare = 1 / 64;

/** The revision through which history should be forgotten now, if any. */
export function compactionDue(machine: Machine): Revision | undefined {
  const { settings } = machine.governance;
  const historyRevisions = settings.historyRevisions || replicaLimits.historyRevisions;
  const historyBytes = settings.historyBytes || replicaLimits.historyBytes;
  const { revisions, bytes } = machine.historySize;
  if (revisions > historyRevisions || bytes > historyBytes) {
    return machine.compactionKeeping(historyRevisions * keptPart, historyBytes * keptPart);
  }
  return presses(machine) ? machine.compactionKeeping(Math.floor(revisions / 2), Number.POSITIVE_INFINITY) : undefined;
}

/** History takes room that is needed. What was deleted is in it until it is compacted, whatever the bounds of history itself. */
function presses(machine: Machine): boolean {
  const { quotaBytes, residentBytes } = machine.governance;
  const left = quotaBytes - residentBytes.total;
  const isScarce = left < Math.max(quotaBytes * scarceShare, scarceBytes);
  return isScarce && residentBytes.history > quotaBytes * historyShare;
}

/** All of them take the place of all, unless others have been made in between. */
export function encodeChangeSettings(settings: Settings): Uint8Array {
  return encodeInternal({ kind: 'changeSettings', ...settings });
}

export function encodeRaiseFeatureLevel(level: number): Uint8Array {
  return encodeInternal({ kind: 'raiseFeatureLevel', level });
}

export function encodeExpire(sessionId: SessionId, generation: number, ballot: Ballot): Uint8Array {
  return encodeInternal({ kind: 'expireSession', sessionId, generation, ballot });
}

/** A leader's first command: what earlier leaders had decided by their clocks has no effect after it. */
export function encodeOpenBallot(ballot: Ballot): Uint8Array {
  return encodeInternal({ kind: 'openBallot', ballot });
}

export function encodeCompact(revision: Revision): Uint8Array {
  return encodeInternal({ kind: 'compact', revision });
}

export function encodeEndLockDelay({ name, sinceRevision }: DueDelay): Uint8Array {
  return encodeInternal({ kind: 'endLockDelay', name, sinceRevision });
}

function encodeInternal(body: InternalBody): Uint8Array {
  return encodeOperation({ requestId: 0, command: undefined, seenRevision: 0 as Revision, body });
}
