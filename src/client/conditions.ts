import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { KeyCompare, TransactionCondition, Comparison as WireComparison } from '../wire/operation.ts';
import { bigintOf, bytesOf, kindOf, nameOf, wholeNumber } from './arguments.ts';
import { invalidArgument } from './error.ts';
import type { Comparison, KeyEntry } from './keyspace-types.ts';
import type { Lock } from './lock-types.ts';
import type { Bytes, Condition } from './types.ts';

type ConditionData =
  | { readonly kind: 'exists'; readonly key: Bytes }
  | { readonly kind: 'absent'; readonly key: Bytes }
  | { readonly kind: 'valueIs'; readonly key: Bytes; readonly value: Bytes }
  | { readonly kind: 'unchanged'; readonly key: Bytes; readonly modRevision: number }
  | { readonly kind: 'lockHeld'; readonly lock: Pick<Lock, 'name' | 'token'> }
  | {
      readonly kind: KeyCompare['field'];
      readonly key: Bytes;
      readonly comparison: Comparison;
      readonly number: number;
    }
  | { readonly kind: 'value'; readonly key: Bytes; readonly comparison: Comparison; readonly value: Bytes }
  | { readonly kind: 'owner'; readonly key: Bytes; readonly session: string | undefined }
  | { readonly kind: 'counter'; readonly name: string; readonly comparison: Comparison; readonly value: bigint };

const comparisons: Readonly<Record<Comparison, WireComparison>> = {
  '=': 'equal',
  '!=': 'unequal',
  '<': 'less',
  '>': 'greater',
};

function makeCondition(data: ConditionData): Condition {
  return Object.freeze(data);
}

/**
 * What a transaction asks before it does anything. A comparison reads from left to right: what is stored, the sign, what is given.
 * An absent key has version and revisions 0, no owner and no value.
 */
export const cond = {
  exists(key: Bytes): Condition {
    return makeCondition({ kind: 'exists', key });
  },
  absent(key: Bytes): Condition {
    return makeCondition({ kind: 'absent', key });
  },
  valueIs(key: Bytes, value: Bytes): Condition {
    return makeCondition({ kind: 'valueIs', key, value });
  },
  /** The value, in the order of its bytes. Of an absent key, `!=` alone holds. */
  value(key: Bytes, comparison: Comparison, value: Bytes): Condition {
    return makeCondition({ kind: 'value', key, comparison, value });
  },
  /** How often the key has been put since it was created. */
  version(key: Bytes, comparison: Comparison, version: number): Condition {
    return makeCondition({ kind: 'version', key, comparison, number: version });
  },
  createRevision(key: Bytes, comparison: Comparison, revision: number): Condition {
    return makeCondition({ kind: 'created', key, comparison, number: revision });
  },
  modRevision(key: Bytes, comparison: Comparison, revision: number): Condition {
    return makeCondition({ kind: 'modified', key, comparison, number: revision });
  },
  /** The key has not been put or deleted since this entry was read. */
  unchanged(entry: KeyEntry): Condition {
    return makeCondition({ kind: 'unchanged', key: entry.keyBytes, modRevision: entry.modRevision });
  },
  /** The session that an ephemeral key dies with, as `entry.session` and `client.session.id` tell it; `undefined`: none. */
  owner(key: Bytes, session: string | undefined): Condition {
    return makeCondition({ kind: 'owner', key, session });
  },
  /** The last number that was given out, or that was set; 0 at first. */
  counter(name: string, comparison: Comparison, value: bigint): Condition {
    return makeCondition({ kind: 'counter', name, comparison, value });
  },
  /** The lock is still held with that token: a write that is fenced by construction. */
  lockHeld(lock: Pick<Lock, 'name' | 'token'>): Condition {
    return makeCondition({ kind: 'lockHeld', lock });
  },
};

/** `onLock` is told of every lock that a condition names. */
export function conditionOf(condition: Condition, onLock: (lock: object) => void): TransactionCondition {
  const data = condition as ConditionData;
  switch (data?.kind) {
    case 'exists':
    case 'absent':
      return { kind: data.kind, key: bytesOf(data.key, 'a key') };
    case 'valueIs':
      return { kind: 'valueIs', key: bytesOf(data.key, 'a key'), value: bytesOf(data.value, 'a value') };
    case 'unchanged': {
      const modRevision = wholeNumber(data.modRevision, 'the revision of an entry', 1) as Revision;
      return { kind: 'modRevisionIs', key: bytesOf(data.key, 'a key'), modRevision };
    }
    case 'lockHeld': {
      const { lock } = data;
      if (typeof lock !== 'object' || lock === null) throw invalidArgument('cond.lockHeld takes a lock');
      onLock(lock);
      const token = wholeNumber(lock.token, 'the token of a lock', 1);
      return { kind: 'lockHeld', name: nameOf(lock.name, 'the name of a lock'), token };
    }
    case 'version':
    case 'created':
    case 'modified': {
      const number = wholeNumber(data.number, 'the number that a key is compared with', 0);
      const comparison = comparisonOf(data.comparison);
      return { kind: 'keyCompare', key: bytesOf(data.key, 'a key'), field: data.kind, comparison, number };
    }
    case 'value': {
      const comparison = comparisonOf(data.comparison);
      return {
        kind: 'valueCompare',
        key: bytesOf(data.key, 'a key'),
        comparison,
        value: bytesOf(data.value, 'a value'),
      };
    }
    case 'owner':
      return { kind: 'ownedBy', key: bytesOf(data.key, 'a key'), sessionId: sessionIdOf(data.session) };
    case 'counter': {
      const name = nameOf(data.name, 'the name of a counter');
      const value = bigintOf(data.value, 'the number that a counter is compared with');
      return { kind: 'counterCompare', name, comparison: comparisonOf(data.comparison), value };
    }
    default:
      throw invalidArgument('a condition of a transaction is made by cond');
  }
}

function comparisonOf(comparison: unknown): WireComparison {
  if (typeof comparison === 'string' && Object.hasOwn(comparisons, comparison)) {
    return comparisons[comparison as Comparison];
  }
  throw invalidArgument(`a comparison is '=', '!=', '<' or '>', not ${String(comparison)}`);
}

/** 0: nobody. */
function sessionIdOf(session: unknown): SessionId {
  if (session === undefined) return 0 as SessionId;
  if (typeof session !== 'string') throw invalidArgument(`a session is named by its id, not by ${kindOf(session)}`);
  const id = /^[1-9][0-9]*$/.test(session) ? Number(session) : 0;
  if (id > 0 && Number.isSafeInteger(id)) return id as SessionId;
  throw invalidArgument(`'${session}' is no id of a session: it is empty until one is open`);
}
