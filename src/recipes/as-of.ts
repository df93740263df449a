import type { ReadOptions } from '../client/index.ts';

/**
 * To read more of what was read at that revision: the past is the same on all nodes, so the one at hand will do. Before the first change of
 * all there is no revision that could be named; then it is read as it is now.
 */
export function asOf(revision: number): Pick<ReadOptions, 'revision' | 'consistency'> {
  return revision === 0 ? {} : { revision, consistency: 'stale' };
}
