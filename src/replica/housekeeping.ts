import type { Machine } from '../machine/machine.ts';
import type { Ballot } from '../wire/ballot.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { InternalBody } from '../wire/operation.ts';
import { encodeOperation } from '../wire/operation-codec.ts';
import { replicaLimits } from './limits.ts';
import type { DueDelay } from './lock-delay-clock.ts';

/** When a bound is passed, so much of it is kept: compactions are few, and none is long. */
const keptPart = 15 / 16;

/** The revision through which history should be forgotten now, if any. */
export function compactionDue(machine: Machine): Revision | undefined {
  const { revisions, bytes } = machine.historySize;
  const { historyRevisions, historyBytes } = replicaLimits;
  if (revisions <= historyRevisions && bytes <= historyBytes) return undefined;
  return machine.compactionKeeping(historyRevisions * keptPart, historyBytes * keptPart);
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
