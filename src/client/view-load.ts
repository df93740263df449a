import type { KeyRange } from '../wire/operation.ts';
import type { CallLimits } from './arguments.ts';
import { readPages } from './range-pages.ts';
import type { Client, StandardSchema } from './types.ts';
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
  let revision = 0;
  const pages = readPages(range, {}, false, (what, at) => {
    return client.range(what, { ...limitsOfCall(), ...at, limit: pageEntries });
  });
  for await (const page of pages) {
    revision = page.revision;
    for (const item of await Promise.all(page.entries.map((entry) => itemOf(entry, schema)))) content.put(item);
    content.assertWithinBounds();
  }
  return { revision, content };
}
