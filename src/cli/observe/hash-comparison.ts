import type { SlotHash } from '../../rpc/inspection-client.ts';

/** The states of several nodes after one slot, as far as each has been seen there. */
export interface HashComparison {
  /** Null: no two of them were seen after the same slot. */
  readonly slot: number | null;
  /** Null: they could not be compared, or there is but one. */
  readonly same: boolean | null;
  readonly members: readonly ComparedHash[];
}

export interface ComparedHash {
  readonly id: string;
  /** The slot of the comparison; of one that was not seen there, the newest at which it was. */
  readonly slot: number | null;
  readonly hash: string | null;
  readonly isCompared: boolean;
}

/** Compares at the newest slot at which all have been seen; if there is none, at the newest of those at which most have. */
export function compareHashes(seen: ReadonlyMap<string, readonly SlotHash[]>): HashComparison {
  const bySlot = new Map<number, Map<string, string>>();
  for (const [id, hashes] of seen) {
    for (const { slot, hash } of hashes) {
      const there = bySlot.get(slot) ?? new Map<string, string>();
      bySlot.set(slot, there.set(id, hash));
    }
  }
  let slot: number | null = null;
  for (const [candidate, there] of bySlot) {
    const best = slot === null ? 1 : (bySlot.get(slot)?.size ?? 1);
    if (there.size > best || (there.size === best && slot !== null && candidate > slot)) slot = candidate;
  }
  const compared = slot === null ? new Map<string, string>() : (bySlot.get(slot) ?? new Map<string, string>());
  const members = [...seen].map(([id, hashes]): ComparedHash => {
    const hash = compared.get(id);
    if (hash !== undefined) return { id, slot, hash, isCompared: true };
    const newest = hashes.at(-1);
    return { id, slot: newest?.slot ?? null, hash: newest?.hash ?? null, isCompared: false };
  });
  return { slot, same: slot === null ? null : new Set(compared.values()).size === 1, members };
}

/** All of them were seen at one slot, or there is nothing to compare with. */
export function isComplete({ members }: HashComparison): boolean {
  return members.length < 2 || members.every(({ isCompared }) => isCompared);
}

/** For people. */
export function verdictOf(comparison: HashComparison): string {
  const { slot, same, members } = comparison;
  if (same === false) return `the states after slot ${slot} DIFFER`;
  if (members.length === 0) return 'no member tells the hash of its state';
  if (members.length === 1) return 'one member alone tells its hash: there is nothing to compare it with';
  if (same === null) return 'no two members were seen after the same slot';
  const missing = members.filter(({ isCompared }) => !isCompared).map(({ id }) => id);
  if (missing.length === 0) return `the states after slot ${slot} are the same`;
  return `the states after slot ${slot} are the same, but ${missing.join(', ')} was not seen there`;
}
