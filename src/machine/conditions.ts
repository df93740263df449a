import { compareBytes, equalBytes, keyString } from '../wire/bytes.ts';
import type { Comparison, KeyCompare, TransactionCondition } from '../wire/operation.ts';
import { isHeldWith } from './lock-read.ts';
import type { State } from './state.ts';
import type { Version } from './version.ts';

/** Keys as the one who asks sees them. */
export interface KeyView {
  get(key: string): Version | undefined;
}

/**
 * A key that is absent has version and revisions 0 and no owner. Its value equals none: of all comparisons with a value, only
 * `unequal` holds, so that it is always the opposite of `equal`.
 */
export function conditionHolds(state: State, keys: KeyView, condition: TransactionCondition): boolean {
  if (condition.kind === 'lockHeld') return isHeldWith(state.locks, condition.name, condition.token);
  if (condition.kind === 'counterCompare') {
    const value = state.counters.get(condition.name);
    return compares(condition.comparison, value < condition.value, value > condition.value);
  }
  const found = keys.get(keyString(condition.key));
  switch (condition.kind) {
    case 'exists':
      return found !== undefined;
    case 'absent':
      return found === undefined;
    case 'valueIs':
      return found !== undefined && equalBytes(found.value, condition.value);
    case 'modRevisionIs':
      return (found?.modRevision ?? 0) === condition.modRevision;
    case 'keyCompare': {
      const number = numberOf(found, condition.field);
      return compares(condition.comparison, number < condition.number, number > condition.number);
    }
    case 'valueCompare': {
      if (found === undefined) return condition.comparison === 'unequal';
      const order = compareBytes(found.value, condition.value);
      return compares(condition.comparison, order < 0, order > 0);
    }
    case 'ownedBy':
      return (found?.sessionId ?? 0) === condition.sessionId;
  }
}

function numberOf(found: Version | undefined, field: KeyCompare['field']): number {
  if (found === undefined) return 0;
  if (field === 'version') return found.version;
  return field === 'created' ? found.createRevision : found.modRevision;
}

function compares(comparison: Comparison, less: boolean, greater: boolean): boolean {
  switch (comparison) {
    case 'equal':
      return !less && !greater;
    case 'unequal':
      return less || greater;
    case 'less':
      return less;
    case 'greater':
      return greater;
  }
}
