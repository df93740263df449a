import type { Machine } from '../machine/machine.ts';
import type { Ballot } from '../wire/ballot.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { InternalBody } from '../wire/operation.ts';
import { encodeOperation } from '../wire/operation-codec.ts';
import { replicaLimits } from './limits.ts';

/** When a bound is passed, this part of the history goes, so that compactions are few. */
const compactedPart = 1 / 4;

/** The revision through which history should be forgotten now, if any. */
export function compactionDue(machine: Machine): Revision | undefined {
  const { revisions, bytes } = machine.historySize;
  if (revisions <= replicaLimits.historyRevisions && bytes <= replicaLimits.historyBytes) return undefined;
  const oldest = machine.oldestRevision;
  const through = Math.floor(oldest + (machine.revision - oldest) * compactedPart);
  return through > machine.compactedRevision ? (through as Revision) : undefined;
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

function encodeInternal(body: InternalBody): Uint8Array {
  return encodeOperation({ requestId: 0, command: undefined, seenRevision: 0 as Revision, body });
}
