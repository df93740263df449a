import { limits } from '../wire/limits.ts';
import type { KeyRange } from '../wire/operation.ts';
import { type CallLimits, keyRangeOf } from './arguments.ts';
import type { Client, Selector, StandardSchema } from './types.ts';
import { type ViewBounds, ViewContent } from './view-content.ts';
import { itemOf } from './view-item.ts';

/** Small enough that what is urgent does not wait long behind a page. */
const pageEntries = 1_000;

export interface LoadedView<T> {
  readonly revision: number;
  readonly content: ViewContent<T>;
}

export interface ViewPlan<T> {
  readonly range: KeyRange;
  readonly bounds: ViewBounds;
  readonly schema: StandardSchema<T> | undefined;
}

/**
 * The range as it was at one revision, that of the first page, page by page. Rejects with COMPACTED if the history of that revision
 * goes away before the last one. `limitsOfCall` is asked before each page.
 */
export async function loadView<T>(
  client: Pick<Client, 'range'>,
  { range, bounds, schema }: ViewPlan<T>,
  limitsOfCall: () => CallLimits,
): Promise<LoadedView<T>> {
  const content = new ViewContent<T>(bounds);
  let { from } = range;
  let revision: number | undefined;
  while (true) {
    // The past is the same on all nodes: the later pages need no question to the leader.
    const at = revision === undefined ? {} : ({ revision, consistency: 'stale' } as const);
    const page = await client.range(selectorOf(from, range.to), { ...limitsOfCall(), ...at, limit: pageEntries });
    revision ??= page.revision;
    for (const item of await Promise.all(page.entries.map((entry) => itemOf(entry, schema)))) content.put(item);
    content.assertWithinBounds();
    const last = page.entries.at(-1);
    if (!page.more || last === undefined) return { revision, content };
    const next = firstAfter(last.keyBytes);
    if (next === undefined) return { revision, content };
    from = next;
  }
}

export function selectorOf(from: Uint8Array, to: KeyRange['to']): Selector {
  if (to === 'single') return from;
  return to === 'unbounded' ? { from } : { from, to };
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
