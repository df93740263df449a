import { keyString } from '../../../wire/bytes.ts';
import type { Comparison, TransactionCondition } from '../../../wire/operation.ts';
import type { RegisterCondition } from '../models/register.ts';

export type KeyCondition = Exclude<TransactionCondition, { readonly kind: 'lockHeld' | 'counterCompare' }>;

/** What is known about the revisions of a key before it is looked at. */
export type ClaimedRevisions = ReadonlyMap<number, string | undefined>;

const present: RegisterCondition = { kind: 'isNot', value: null };
const absent: RegisterCondition = { kind: 'is', value: null };

export function isKeyCondition(condition: TransactionCondition): condition is KeyCondition {
  return condition.kind !== 'lockHeld' && condition.kind !== 'counterCompare';
}

/**
 * What it says about a key that the condition held, or that it did not; undefined: nothing that a register can tell. A register
 * has a value, an owner and a revision, of which not even all are known; of other numbers it says only whether they are those of a key.
 *
 * `claimed` undefined: the operation has written the key itself, in a revision that nobody knew, so that revisions say nothing.
 */
export function foundBy(
  condition: KeyCondition,
  held: boolean,
  claimed: ClaimedRevisions | undefined,
): RegisterCondition | undefined {
  switch (condition.kind) {
    case 'exists':
      return held ? present : absent;
    case 'absent':
      return held ? absent : present;
    case 'valueIs':
      return ofValue('equal', keyString(condition.value), held);
    case 'modRevisionIs':
      return ofRevision(condition.modRevision, held, claimed);
    case 'keyCompare': {
      const { field, comparison, number } = condition;
      const names = field === 'modified' && (comparison === 'equal' || comparison === 'unequal');
      if (names) return ofRevision(number, held === (comparison === 'equal'), claimed);
      return ofExistence(comparison, number, held);
    }
    case 'valueCompare':
      return ofValue(condition.comparison, keyString(condition.value), held);
    case 'ownedBy':
      return held === (condition.sessionId !== 0) ? present : undefined;
  }
}

function ofValue(comparison: Comparison, value: string, held: boolean): RegisterCondition | undefined {
  if (comparison === 'less' || comparison === 'greater') return held ? present : undefined;
  return { kind: held === (comparison === 'equal') ? 'is' : 'isNot', value };
}

/** The key was, or was not, of that modRevision. */
export function ofRevision(
  revision: number,
  held: boolean,
  claimed: ClaimedRevisions | undefined,
): RegisterCondition | undefined {
  if (revision === 0) return held ? absent : present;
  if (claimed === undefined) return held ? present : undefined;
  // That it was not one which nothing known has, says nothing.
  if (!claimed.has(revision)) return held ? { kind: 'revisionIsUnknown' } : undefined;
  if (!held) return { kind: 'revisionIsNot', revision };
  // By its value, so that an unanswered write of it is known to be needed, though only a read of the past has shown it.
  const value = claimed.get(revision);
  return value === undefined ? { kind: 'revisionIs', revision } : { kind: 'is', value, revision };
}

/** Of numbers that are 0 if the key is absent, and 1 or more if it is there. */
function ofExistence(comparison: Comparison, number: number, held: boolean): RegisterCondition | undefined {
  const fits = (found: number): boolean => compares(found, comparison, number) === held;
  if (!fits(0)) return present;
  return [1, number - 1, number, number + 1].some((found) => found >= 1 && fits(found)) ? undefined : absent;
}

function compares(found: number, comparison: Comparison, number: number): boolean {
  switch (comparison) {
    case 'equal':
      return found === number;
    case 'unequal':
      return found !== number;
    case 'less':
      return found < number;
    case 'greater':
      return found > number;
  }
}
