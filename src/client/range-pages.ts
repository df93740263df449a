import { limits } from '../wire/limits.ts';
import type { KeyRange } from '../wire/operation.ts';
import { keyRangeOf } from './arguments.ts';
import type { KeyEntry, OrderOptions, RangeResult } from './keyspace-types.ts';
import type { Selector } from './types.ts';

/** Where and when a page is to be read. */
type PageOptions = Pick<OrderOptions, 'revision' | 'consistency'>;

/**
 * A range, page by page, each asked for when the one before it is used up, and all as of one revision: that of the first. Rejects
 * with COMPACTED if the history of that revision goes away before the last page.
 */
export async function* readPages<E extends KeyEntry>(
  range: KeyRange,
  { revision, consistency }: PageOptions,
  descending: boolean,
  read: (what: Selector, options: PageOptions) => Promise<RangeResult<E>>,
): AsyncGenerator<RangeResult<E>, void, undefined> {
  let left: KeyRange | undefined = range;
  let options: PageOptions = { revision, consistency };
  while (left !== undefined) {
    const page: RangeResult<E> = await read(selectorOf(left.from, left.to), options);
    // Before the program has the entries, and may change their bytes.
    const last = page.entries.at(-1);
    left = page.more && last !== undefined ? rangeBehind(left, last.keyBytes.slice(), descending) : undefined;
    yield page;
    // The past is the same on all nodes: the later pages need no question to the leader.
    options = { revision: page.revision, consistency: 'stale' };
  }
}

export function selectorOf(from: Uint8Array, to: KeyRange['to']): Selector {
  if (to === 'single') return from;
  return to === 'unbounded' ? { from } : { from, to };
}

function rangeBehind({ from, to }: KeyRange, key: Uint8Array, descending: boolean): KeyRange | undefined {
  if (descending) return { from, to: key };
  const next = firstAfter(key);
  return next === undefined ? undefined : { from: next, to };
}

/** The first key that may come behind it. Nothing that begins with a key of the greatest length does: it would be longer. */
function firstAfter(key: Uint8Array): Uint8Array | undefined {
  if (key.length >= limits.keyBytes) {
    const { to } = keyRangeOf({ prefix: key });
    return typeof to === 'string' ? undefined : to;
  }
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
