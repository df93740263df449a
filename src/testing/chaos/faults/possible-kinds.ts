import { type ChaosFaultKind, traitsOf } from './fault-kinds.ts';
import type { MeansByName } from './means.ts';

/** What is not done on this machine, and why. */
export interface Skipped {
  readonly what: string;
  readonly why: string;
}

/** Of the kinds that are wanted, those that the machine can do. */
export function possibleKinds(
  wanted: readonly ChaosFaultKind[],
  means: MeansByName,
): { readonly kinds: readonly ChaosFaultKind[]; readonly skipped: readonly Skipped[] } {
  const skipped: Skipped[] = [];
  const kinds = wanted.filter((kind) => {
    const { needs } = traitsOf(kind);
    if (needs === undefined) return true;
    const found = means[needs];
    if (!found.available) skipped.push({ what: kind, why: found.why });
    return found.available;
  });
  return { kinds, skipped };
}
