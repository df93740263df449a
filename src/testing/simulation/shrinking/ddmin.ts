/**
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002), of which only the reduction to
 * complements is used, since a chunk of a schedule rarely fails alone: a sublist that still fails, in its old order, and of which no
 * single item can be left out. Without the time for that it is as small as it got.
 *
 * @param fails whether this sublist still fails; that the whole list does is taken for granted
 * @param outOfTime asked before each try
 */
export function ddmin<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => boolean,
  outOfTime: () => boolean = () => false,
): readonly Item[] {
  // Often none of them matters, and one try shows it.
  if (items.length === 0 || outOfTime()) return items;
  if (fails([])) return [];
  let current = items;
  let chunk = Math.ceil(current.length / 2);
  while (current.length >= 2 && !outOfTime()) {
    const before = current.length;
    current = withoutChunks(current, chunk, fails, outOfTime);
    // One by one until none can go: one that was needed may no longer be once another has gone.
    if (chunk === 1 && current.length === before) return current;
    chunk = Math.max(1, Math.min(Math.floor(chunk / 2), Math.ceil(current.length / 2)));
  }
  return current;
}

/** Leaves out each chunk that is not needed, from the back: what comes late is needed least. */
function withoutChunks<Item>(
  items: readonly Item[],
  chunk: number,
  fails: (items: readonly Item[]) => boolean,
  outOfTime: () => boolean,
): readonly Item[] {
  let current = items;
  for (let to = current.length; to > 0; to -= chunk) {
    if (outOfTime()) break;
    const from = Math.max(0, to - chunk);
    const rest = [...current.slice(0, from), ...current.slice(to)];
    if (rest.length > 0 && fails(rest)) current = rest;
  }
  return current;
}
