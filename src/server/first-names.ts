import { setImmediate as nextTurn } from 'node:timers/promises';

export interface NamePage {
  readonly prefix: string;
  /** Only names behind it; empty: from the first. */
  readonly after: string;
  /** At least 1. */
  readonly limit: number;
}

/** So many names are looked at before other things have their turn. */
const namesPerTurn = 10_000;

/**
 * The first names with the prefix, in order, out of names in no order, which may come and go meanwhile. In one pass, and in space for
 * twice the limit: nobody sorts a million names for a page of them, and nothing else waits for the whole pass.
 */
export async function firstNames(
  names: Iterable<string>,
  { prefix, after, limit }: NamePage,
): Promise<readonly string[]> {
  const kept: string[] = [];
  let last: string | undefined;
  const cut = (): void => {
    kept.sort(byCodeUnit).splice(limit);
    if (kept.length === limit) last = kept.at(-1);
  };
  let looked = 0;
  for (const name of names) {
    looked += 1;
    if (looked % namesPerTurn === 0) await nextTurn();
    if (!name.startsWith(prefix) || (after !== '' && name <= after)) continue;
    if (last !== undefined && name >= last) continue;
    kept.push(name);
    if (kept.length === 2 * limit) cut();
  }
  cut();
  return kept;
}

function byCodeUnit(a: string, b: string): number {
  if (a < b) return -1;
  return a === b ? 0 : 1;
}
