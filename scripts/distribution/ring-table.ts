import { HashRing } from '../../src/recipes/index.ts';

/** What so many members of weight 1 make of the keys, and what moves when one more comes. Shares are of all keys. */
export interface RingRow {
  readonly members: number;
  readonly virtualNodes: number;
  readonly evenShare: number;
  readonly leastShare: number;
  readonly mostShare: number;
  /** To the one that joins. */
  readonly movedShare: number;
  /** From one to another of those that were there. */
  readonly movedBetweenOthersShare: number;
}

export const ringHeader = [
  'members',
  'virtual nodes',
  'least share, of even',
  'most share, of even',
  'moves to one that joins',
  'of its even share',
  'moves between others',
] as const;

export function ringRow(members: number, virtualNodes: number, keys: number): RingRow {
  const ids = Array.from({ length: members + 1 }, (_, index) => ({ id: `member-${index}` }));
  const before = new HashRing(ids.slice(0, members), { virtualNodes });
  const after = new HashRing(ids, { virtualNodes });
  const newcomer = `member-${members}`;
  const owned = new Map<string, number>();
  const moved = { toNewcomer: 0, betweenOthers: 0 };
  for (let index = 0; index < keys; index++) {
    const owner = before.owner(`key-${index}`) ?? '';
    const next = after.owner(`key-${index}`);
    owned.set(owner, (owned.get(owner) ?? 0) + 1);
    if (next === newcomer) moved.toNewcomer += 1;
    else if (next !== owner) moved.betweenOthers += 1;
  }
  const counts = ids.slice(0, members).map(({ id }) => owned.get(id) ?? 0);
  return {
    members,
    virtualNodes,
    evenShare: 1 / members,
    leastShare: Math.min(...counts) / keys,
    mostShare: Math.max(...counts) / keys,
    movedShare: moved.toNewcomer / keys,
    movedBetweenOthersShare: moved.betweenOthers / keys,
  };
}

export function ringCells(row: RingRow): readonly string[] {
  const { members, virtualNodes, evenShare, leastShare, mostShare, movedShare, movedBetweenOthersShare } = row;
  return [
    String(members),
    String(virtualNodes),
    percent(leastShare / evenShare),
    percent(mostShare / evenShare),
    percent(movedShare),
    percent(movedShare * (members + 1)),
    percent(movedBetweenOthersShare),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
