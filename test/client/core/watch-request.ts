import type { WatchRequest } from '../../../src/client/core/input.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import type { KeyRange } from '../../../src/wire/operation.ts';
import { everything } from '../../../src/wire/watch.ts';

/** Of keys. */
export function watchRequest(range: KeyRange, fromRevision = 0, progress = false): WatchRequest {
  const target = { ...everything, kind: 'keys', range } as const;
  return { kind: 'watch', target, fromRevision: fromRevision as Revision, progress };
}
