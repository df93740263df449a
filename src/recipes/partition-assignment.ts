/** Undefined: nobody is to own it. */
export type Assignment = readonly (string | undefined)[];

/**
 * Who is to own which of the partitions: every member as many as the others, give or take one, and no partition moves that need not. Of the
 * same arguments it makes the same, whoever asks. Members are in an order that all agree on.
 */
export function assignPartitions(previous: Assignment, members: readonly string[], count: number): Assignment {
  if (members.length === 0) return new Array<undefined>(count).fill(undefined);
  const kept = new Map<string, number[]>(members.map((id) => [id, []]));
  const free: number[] = [];
  for (let partition = 0; partition < count; partition++) {
    const owned = kept.get(previous[partition] ?? '');
    if (owned === undefined) free.push(partition);
    else owned.push(partition);
  }
  const room = roomFor(kept, count);
  for (const [id, owned] of kept) free.push(...owned.splice(room.get(id) ?? 0));
  free.sort((a, b) => a - b);
  const assignment = new Array<string>(count);
  for (const [id, owned] of kept) {
    while (owned.length < (room.get(id) ?? 0)) owned.push(free.shift() as number);
    for (const partition of owned) assignment[partition] = id;
  }
  return assignment;
}

/** How many each is to own. One more than others for those who own the most: what they keep does not move. */
function roomFor(kept: ReadonlyMap<string, readonly number[]>, count: number): ReadonlyMap<string, number> {
  const least = Math.floor(count / kept.size);
  const withOneMore = count % kept.size;
  const byOwned = [...kept].sort(([, a], [, b]) => b.length - a.length);
  return new Map(byOwned.map(([id], index) => [id, index < withOneMore ? least + 1 : least]));
}
