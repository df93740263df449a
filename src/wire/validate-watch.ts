import type { WireError } from './result.ts';
import { validateKeyRange } from './validate.ts';
import type { WatchTarget } from './watch.ts';
import { wireError } from './wire-error.ts';

/** What is wrong with what is to be watched, if anything: asked by the SDK before it sends, and by the node. */
export function validateWatchTarget(target: WatchTarget): WireError | undefined {
  const { kind, range, events, keysOnly, withoutPrevious } = target;
  if (kind !== 'keys' && (events !== 'all' || keysOnly || withoutPrevious)) {
    return wireError('INVALID_ARGUMENT', `nothing can be left out of what happens to ${kind}`);
  }
  return validateKeyRange(range);
}
