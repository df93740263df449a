import btree from 'sorted-btree';

/** Ordered by the map's comparison, whatever the history; `clone` takes constant time and shares nodes until they change. */
export const SortedMap = btree.default;
export type SortedMap<Key, Value> = btree.default<Key, Value>;

/** By code unit, which for `keyString` is the order of the bytes. */
export function compareText(a: string, b: string): number {
  // What is most often so comes first.
  if (a < b) return -1;
  return a === b ? 0 : 1;
}

export function compareNumbers(a: number, b: number): number {
  return a - b;
}
