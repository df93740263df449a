import type { ErrorCode } from './errors.ts';
import type { Revision } from './identifiers.ts';
import type { WireError } from './result.ts';

/** `oldestRevision`: for COMPACTED only. */
export function wireError(code: ErrorCode, message: string, oldestRevision = 0 as Revision): WireError {
  return { kind: 'error', code, message, oldestRevision };
}
