import type { TimedOperation } from '../wgl/model.ts';

/** How an operation depends on the contents of its object, and what it leaves there. */
export interface Footprint {
  /** It can only have ended so with this content; null: with none; undefined: it does not name one. */
  readonly finds: string | null | undefined;
  /** It can only have ended so with certain other contents: not with some value, or with any at all. */
  readonly findsOther: boolean;
  readonly changes: boolean;
  /** The content that it leaves, if it changes anything; null: none; undefined: one that nobody asks about. */
  readonly leaves: string | null | undefined;
  /** What it leaves goes away by itself, with its session. */
  readonly mayVanish: boolean;
}

interface Judged<Operation> {
  readonly timed: TimedOperation<Operation>;
  readonly footprint: Footprint;
}

/**
 * Operations that were never answered are what makes the search long: each stays open to the end, and doubles what may have happened.
 * Two things can be known about them beforehand, without changing the verdict:
 *
 * - *Nobody needs it.* It leaves a content that no operation has found, and none that was still open when it began depends on the
 *   contents in another way. An order with it in it stays legal without it, since all between it and the next write had to hold with
 *   a content that nobody asked about: so it is left out.
 * - *Somebody saw it.* It alone leaves a content that an answered operation has found. Then it did take effect, before that answer: so
 *   it is given that answer's end as its own.
 *
 * Each may make another one known, so it goes on until nothing changes. Histories in which every value is written once profit most.
 */
export function settleUnanswered<Operation>(
  operations: readonly TimedOperation<Operation>[],
  footprintOf: (operation: Operation) => Footprint,
): readonly TimedOperation<Operation>[] {
  if (operations.every(isAnswered)) return operations;
  let judged: readonly Judged<Operation>[] = operations.map((timed) => ({
    timed,
    footprint: footprintOf(timed.operation),
  }));
  while (true) {
    const before = judged;
    judged = capSeen(dropUnneeded(before));
    if (judged.length === before.length && judged.every(({ timed }, at) => timed === before[at]?.timed)) break;
  }
  return judged.map(({ timed }) => timed);
}

function dropUnneeded<Operation>(judged: readonly Judged<Operation>[]): readonly Judged<Operation>[] {
  const found = new Map<string | null | undefined, number>();
  let otherUntil = Number.NEGATIVE_INFINITY;
  for (const { timed, footprint } of judged) {
    const { finds, findsOther } = footprint;
    if (finds !== undefined) found.set(finds, Math.max(found.get(finds) ?? Number.NEGATIVE_INFINITY, timed.end));
    if (findsOther) otherUntil = Math.max(otherUntil, timed.end);
  }
  return judged.filter(({ timed, footprint }) => {
    if (isAnswered(timed)) return true;
    const { changes, leaves, mayVanish } = footprint;
    if (!changes) return false;
    const neededUntil = (content: string | null | undefined): number => found.get(content) ?? Number.NEGATIVE_INFINITY;
    const until = Math.max(otherUntil, neededUntil(leaves), mayVanish ? neededUntil(null) : Number.NEGATIVE_INFINITY);
    return until >= timed.start;
  });
}

function capSeen<Operation>(judged: readonly Judged<Operation>[]): readonly Judged<Operation>[] {
  const writers = new Map<string, number>();
  const foundBy = new Map<string, number>();
  for (const { timed, footprint } of judged) {
    const { finds, leaves } = footprint;
    if (typeof leaves === 'string') writers.set(leaves, (writers.get(leaves) ?? 0) + 1);
    if (typeof finds !== 'string' || finds === leaves || !isAnswered(timed)) continue;
    foundBy.set(finds, Math.min(foundBy.get(finds) ?? Number.POSITIVE_INFINITY, timed.end));
  }
  return judged.map((item) => {
    const { leaves } = item.footprint;
    if (isAnswered(item.timed) || typeof leaves !== 'string' || writers.get(leaves) !== 1) return item;
    const end = foundBy.get(leaves);
    // An answer from before its start is for the search to refute.
    if (end === undefined || end < item.timed.start) return item;
    return { ...item, timed: { ...item.timed, end } };
  });
}

function isAnswered({ end }: TimedOperation<unknown>): boolean {
  return end !== Number.POSITIVE_INFINITY;
}
