import { compareText } from './sorted-map.ts';

export interface NamePage {
  readonly prefix: string;
  /** Only names behind it; empty: from the first. */
  readonly after: string;
  /** At least 1. */
  readonly limit: number;
}

/**
 * The first names with the prefix, in order, out of names in no order. In one pass, in time for them, and space for twice the limit:
 * nobody sorts a million names for a page of them.
 */
export function firstNames(names: Iterable<string>, { prefix, after, limit }: NamePage): readonly string[] {
  const kept: string[] = [];
  let last: string | undefined;
  const cut = (): void => {
    kept.sort(compareText).splice(limit);
    if (kept.length === limit) last = kept.at(-1);
  };
  for (const name of names) {
    if (!name.startsWith(prefix) || (after !== '' && compareText(name, after) <= 0)) continue;
    if (last !== undefined && compareText(name, last) >= 0) continue;
    kept.push(name);
    if (kept.length === 2 * limit) cut();
  }
  cut();
  return kept;
}
