import { keyString } from '../../../wire/bytes.ts';
import type { Transaction, TransactionCondition, TransactionOperation } from '../../../wire/operation.ts';
import type { TransactionOperationDone, WireEntry } from '../../../wire/result.ts';
import { inRange } from '../linearizability.ts';
import { CellTable, type RegisterCondition, type RegisterStep } from '../models/register.ts';
import type { PossibleEffect } from './records.ts';

/** What is known about the values of a history before any of its keys is looked at. */
export interface KnownValues {
  /** Values that somebody asked about or was shown; all others are one like the other. */
  readonly asked: ReadonlySet<string>;
  /** Revisions that conditions name; all others are one like the other. */
  readonly askedRevisions: ReadonlySet<number>;
  /** The revision of a value that only one operation writes to its key, if anybody was shown it. By `valueKey`. */
  readonly revisions: ReadonlyMap<string, number>;
  /** Of each key, the revisions that are known to be those of one of its values, and the value if anybody was shown it. */
  readonly claimed: ReadonlyMap<string, ReadonlyMap<number, string | undefined>>;
}

export type KeySteps = ReadonlyMap<string, readonly RegisterStep[]>;

/** One that is known, and that nobody asks about. */
const unaskedRevision = -1;

/** A value as the history of a key names it. */
export function valueKey(key: string, value: string): string {
  return `${key.length}/${key}${value}`;
}

/**
 * Operations on several keys, as what they have found and done in each one. If a whole history is linearizable, then so is what it
 * shows of one key: so this finds no fault in a right history. What it cannot see is whether several keys were changed at once; the
 * comparison with the log sees that.
 */
export class KeyProjection {
  readonly #keys: ReadonlySet<string>;
  readonly #values: KnownValues;
  readonly #cells = new CellTable();

  constructor(keys: ReadonlySet<string>, values: KnownValues) {
    this.#keys = keys;
    this.#values = values;
  }

  /** Several for a transaction without an answer: it may have gone one way or the other. */
  project(effect: PossibleEffect): readonly KeySteps[] {
    const { answer } = effect;
    const { body } = effect.record;
    const steps = new Map<string, RegisterStep[]>();
    switch (body.kind) {
      case 'put':
        this.#write(steps, body, effect);
        break;
      case 'delete':
        if (answer?.kind === 'delete') this.#seeDeleted(steps, keyString(body.key), answer.deleted);
        else this.#write(steps, body, effect);
        break;
      case 'transaction':
        if (answer?.kind !== 'transaction') return this.#unansweredTransaction(body, effect);
        this.#transaction(steps, body, answer, effect);
        break;
      case 'get':
        if (answer?.kind === 'get' && isNewest(body)) this.#see(steps, keyString(body.key), answer.entry);
        break;
      case 'range': {
        if (answer?.kind !== 'range' || !isNewest(body)) break;
        const shown = new Map(answer.entries.map((entry) => [keyString(entry.key), entry]));
        const last = [...shown.keys()].at(-1);
        for (const key of this.#keys) {
          if (!inRange(body.range, key) || (answer.more && (last === undefined || key > last))) continue;
          this.#see(steps, key, shown.get(key));
        }
        break;
      }
    }
    return steps.size === 0 ? [] : [steps];
  }

  #transaction(
    steps: Map<string, RegisterStep[]>,
    { if: conditions, then: thenOperations, else: elseOperations }: Transaction,
    { succeeded, results }: { readonly succeeded: boolean; readonly results: readonly TransactionOperationDone[] },
    effect: PossibleEffect,
  ): void {
    this.#conditions(steps, conditions, succeeded);
    for (const [at, operation] of (succeeded ? thenOperations : elseOperations).entries()) {
      const result = results[at];
      const key = keyString(operation.key);
      if (operation.kind === 'get') {
        if (result?.kind === 'get') this.#see(steps, key, result.entry);
      } else if (operation.kind === 'delete' && result?.kind === 'delete') {
        this.#seeDeleted(steps, key, result.deleted);
      } else {
        this.#write(steps, operation, effect);
      }
    }
  }

  #unansweredTransaction(
    { if: conditions, then: thenOperations, else: elseOperations }: Transaction,
    effect: PossibleEffect,
  ): readonly KeySteps[] {
    return [true, false].map((succeeded) => {
      const steps = new Map<string, RegisterStep[]>();
      this.#conditions(steps, conditions, succeeded);
      for (const operation of succeeded ? thenOperations : elseOperations) {
        if (operation.kind === 'get') continue;
        // Of what it has written to one key, only the last shows.
        const ofKey = stepsOf(steps, keyString(operation.key));
        if (isWrite(ofKey.at(-1))) ofKey.pop();
        this.#write(steps, operation, effect);
      }
      return steps;
    });
  }

  /** Of several conditions that failed together, nobody knows which one did. */
  #conditions(
    steps: Map<string, RegisterStep[]>,
    conditions: readonly TransactionCondition[],
    succeeded: boolean,
  ): void {
    if (!succeeded && conditions.length !== 1) return;
    for (const condition of conditions) {
      if (condition.kind === 'lockHeld') continue;
      const key = keyString(condition.key);
      const found = this.#condition(condition, key, succeeded);
      if (found !== undefined) stepsOf(steps, key).push(found);
    }
  }

  #condition(
    condition: Exclude<TransactionCondition, { readonly kind: 'lockHeld' }>,
    key: string,
    held: boolean,
  ): RegisterCondition | undefined {
    switch (condition.kind) {
      case 'exists':
        return { kind: held ? 'isNot' : 'is', value: null };
      case 'absent':
        return { kind: held ? 'is' : 'isNot', value: null };
      case 'valueIs':
        return { kind: held ? 'is' : 'isNot', value: keyString(condition.value) };
      case 'modRevisionIs': {
        const { modRevision: revision } = condition;
        if (revision === 0) return { kind: held ? 'is' : 'isNot', value: null };
        const claimed = this.#values.claimed.get(key);
        // That it was not one which nothing known has, says nothing.
        if (claimed?.has(revision) !== true) return held ? { kind: 'revisionIsUnknown' } : undefined;
        if (!held) return { kind: 'revisionIsNot', revision };
        // By its value, so that an unanswered write of it is known to be needed, though only a read of the past has shown it.
        const value = claimed.get(revision);
        return value === undefined ? { kind: 'revisionIs', revision } : { kind: 'is', value, revision };
      }
    }
  }

  #write(
    steps: Map<string, RegisterStep[]>,
    operation: Exclude<TransactionOperation, { readonly kind: 'get' }>,
    { record, revision }: PossibleEffect,
  ): void {
    const key = keyString(operation.key);
    if (operation.kind === 'delete') {
      stepsOf(steps, key).push({ kind: 'clear' });
      return;
    }
    const { asked, askedRevisions, revisions } = this.#values;
    const value = keyString(operation.value);
    const owner = operation.ephemeral ? (record.command?.sessionId ?? 0) : 0;
    const modRevision = revision === 0 ? (revisions.get(valueKey(key, value)) ?? 0) : revision;
    const isShown = asked.has(value) || modRevision === 0 || askedRevisions.has(modRevision);
    const cell = this.#cells.cell(asked.has(value) ? value : undefined, owner, isShown ? modRevision : unaskedRevision);
    stepsOf(steps, key).push({ kind: 'set', cell });
  }

  #see(steps: Map<string, RegisterStep[]>, key: string, entry: WireEntry | undefined): void {
    stepsOf(steps, key).push(
      entry === undefined
        ? { kind: 'is', value: null }
        : { kind: 'is', value: keyString(entry.value), owner: entry.sessionId, revision: entry.modRevision },
    );
  }

  #seeDeleted(steps: Map<string, RegisterStep[]>, key: string, deleted: boolean): void {
    const found = stepsOf(steps, key);
    if (deleted) found.push({ kind: 'isNot', value: null }, { kind: 'clear' });
    else found.push({ kind: 'is', value: null });
  }
}

function isWrite(step: RegisterStep | undefined): boolean {
  return step?.kind === 'set' || step?.kind === 'clear';
}

function stepsOf(steps: Map<string, RegisterStep[]>, key: string): RegisterStep[] {
  const known = steps.get(key);
  if (known !== undefined) return known;
  const fresh: RegisterStep[] = [];
  steps.set(key, fresh);
  return fresh;
}

function isNewest({ revision, consistency }: { readonly revision: number; readonly consistency: string }): boolean {
  return revision === 0 && consistency === 'linearizable';
}
