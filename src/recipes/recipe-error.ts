import { ConclaveError } from '../client/index.ts';

/** What can go wrong in a recipe, besides what goes wrong in the client (`ConclaveError`). */
export const recipeErrors = {
  NOT_A_MEMBER:
    'The membership or registration has ended: it was left, replaced by another program, or its client was closed.',
  BARRIER_BROKEN: 'A participant has died or given up before all had arrived; nobody passes in this round.',
  LATCH_BROKEN: 'Somebody who was to count down has died before; nobody will open the latch.',
  LEASE_LOST: 'The task is no longer leased with this token: somebody else may have it, or it is done.',
  TASK_FAILED: 'A task was given up after its last attempt, or is such that nobody can run it.',
  SHUT_DOWN: 'The pool takes no more tasks.',
  ROLLED_BACK:
    'A participant could not prepare, or the coordinator was lost before it had decided; nothing was committed.',
  OUTCOME_UNKNOWN: 'The distributed transaction comes to its end without this program, which cannot know how.',
  NO_INSTANCE: 'Nobody is registered under the name of the service.',
} as const;

export type RecipeErrorCode = keyof typeof recipeErrors;

export interface RecipeErrorDetails {
  /** Default 'not-applied'. */
  readonly outcome?: 'not-applied' | 'unknown' | undefined;
  readonly cause?: unknown;
}

/** What recipes throw of their own. Errors of the client pass through them unchanged. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError';
  /** Stable; the README has a table. */
  readonly code: RecipeErrorCode;
  /** 'not-applied': the call surely has had and will have no effect. */
  readonly outcome: 'not-applied' | 'unknown';

  constructor(code: RecipeErrorCode, message: string, details: RecipeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.outcome = details.outcome ?? 'not-applied';
  }
}

/** The same error of the client, of a call that has or may have had an effect before it failed. What recipes throw says it itself. */
export function withUnknownOutcome(error: unknown): unknown {
  if (!(error instanceof ConclaveError) || error.outcome === 'unknown') return error;
  const { code, message, oldestRevision, endpoints } = error;
  return new ConclaveError(code as ConstructorParameters<typeof ConclaveError>[0], message, {
    outcome: 'unknown',
    cause: error.cause ?? error,
    oldestRevision,
    endpoints,
  });
}
