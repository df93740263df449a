import { type ErrorCode, errorTable } from '../wire/errors.ts';
import type { EndpointReport, Failure } from './core/effect.ts';

/** The same in every copy of this package, so that `instanceof` holds across copies. */
const brand: unique symbol = Symbol.for('conclave.ConclaveError');

export interface ErrorDetails {
  readonly outcome?: 'not-applied' | 'unknown' | undefined;
  readonly cause?: unknown;
  readonly oldestRevision?: number | undefined;
  readonly endpoints?: readonly EndpointReport[] | undefined;
}

/** Everything that this package throws, but for what the program's own code throws. */
export class ConclaveError extends Error {
  /** Stable; the README has a table. */
  readonly code: string;
  /** The same call may succeed later. Whether a repetition is harmless, `outcome` tells. */
  readonly retryable: boolean;
  /** 'not-applied': the call surely has had and will have no effect. */
  readonly outcome: 'not-applied' | 'unknown';
  /** COMPACTED: the oldest revision still to be had. */
  readonly oldestRevision?: number;
  /** UNAVAILABLE: what is known of each endpoint. */
  readonly endpoints?: readonly EndpointReport[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    // As the web does it, so that what filters aborted calls by name finds ours.
    this.name = code === 'ABORTED' ? 'AbortError' : 'ConclaveError';
    this.code = code;
    this.retryable = errorTable[code].retryable;
    this.outcome = details.outcome ?? 'not-applied';
    if (details.oldestRevision !== undefined) this.oldestRevision = details.oldestRevision;
    if (details.endpoints !== undefined) this.endpoints = details.endpoints;
    Object.defineProperty(this, brand, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

export function errorOf(failure: Failure, cause?: unknown): ConclaveError {
  const { code, message, outcome, oldestRevision, endpoints } = failure;
  return new ConclaveError(code, message, {
    outcome,
    cause,
    oldestRevision: oldestRevision === 0 ? undefined : oldestRevision,
    endpoints,
  });
}

export function abortError(signal: AbortSignal): ConclaveError {
  return new ConclaveError('ABORTED', 'the call was aborted', { cause: signal.reason });
}

export function invalidArgument(message: string): ConclaveError {
  return new ConclaveError('INVALID_ARGUMENT', message);
}

export function lockLost(name: string, outcome: 'not-applied' | 'unknown'): ConclaveError {
  return new ConclaveError('LOCK_LOST', `the lock '${name}' is not, or no longer surely, held`, { outcome });
}
