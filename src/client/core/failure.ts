import type { ErrorCode } from '../../wire/errors.ts';
import type { WireError } from '../../wire/result.ts';
import type { EndpointReport, Failure } from './effect.ts';

export type Outcome = Failure['outcome'];

export function failure(code: ErrorCode, message: string, outcome: Outcome): Failure {
  return { code, message, outcome, oldestRevision: 0, endpoints: undefined };
}

export function failureOf(error: WireError, outcome: Outcome): Failure {
  const { code, message, oldestRevision } = error;
  return { code, message, outcome, oldestRevision, endpoints: undefined };
}

export function unreachable(endpoints: readonly EndpointReport[]): Failure {
  const message = `no node could be reached: ${endpoints.map(({ endpoint, reason }) => `${endpoint} (${reason})`).join(', ')}`;
  return { ...failure('UNAVAILABLE', message, 'not-applied'), endpoints };
}

export function clusterChanged(outcome: Outcome): Failure {
  return failure('CLUSTER_CHANGED', 'the endpoints belong to another cluster than before', outcome);
}

/** What an error result says about the attempt that it answers. */
type Verdict =
  /** Refused before it was queued: to be sent again. */
  | 'refused'
  /** The replicated state had no use for the number yet: to be sent again, after those before it. */
  | 'outOfOrder'
  /** It may have had an effect: to be sent again, which finds out. */
  | 'ambiguous'
  | 'sessionEnded'
  /** Refused for good before it was queued, so that its number may not have been taken. */
  | 'rejected'
  /** The answer of the replicated state. */
  | 'final';

const verdicts: Partial<Record<ErrorCode, Verdict>> = {
  NOT_LEADER: 'refused',
  BUSY: 'refused',
  NODE_BEHIND: 'refused',
  OUT_OF_ORDER: 'outOfOrder',
  UNAVAILABLE: 'ambiguous',
  TIMEOUT: 'ambiguous',
  SESSION_EXPIRED: 'sessionEnded',
  INVALID_ARGUMENT: 'rejected',
  KEY_TOO_LARGE: 'rejected',
  VALUE_TOO_LARGE: 'rejected',
  FRAME_TOO_LARGE: 'rejected',
  TOO_MANY_OPERATIONS: 'rejected',
  PROTOCOL_ERROR: 'rejected',
  UNSUPPORTED: 'rejected',
  INTERNAL: 'rejected',
};

export function verdictOf(code: ErrorCode): Verdict {
  return verdicts[code] ?? 'final';
}
