import btree from 'sorted-btree';

/** Ordered by the map's comparison, whatever the history; `clone` takes constant time and shares nodes until they change. */
export const SortedMap = btree.default;
export type SortedMap<Key, Value> = btree.default<Key, Value>;

/** By code unit, which for `keyString` is the order of the bytes. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function compareNumbers(a: number, b: number): number {
  return a - b;
}
