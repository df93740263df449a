import { keyBytes, keyString } from '../../../wire/bytes.ts';
import type {
  CreateSequential,
  Delete,
  DeleteCommand,
  KeyOperation,
  KeyRange,
  Put,
  PutCommand,
  ReadBody,
  TransactionCondition,
} from '../../../wire/operation.ts';
import type { ResultBody, TransactionOperationDone, WireEntry } from '../../../wire/result.ts';
import { inRange } from '../linearizability.ts';
import { CellTable, type RegisterStep } from '../models/register.ts';
import { type ClaimedRevisions, foundBy, isKeyCondition, ofRevision } from './key-conditions.ts';
import type { PossibleEffect } from './records.ts';
import { type Path, pathTaken, possiblePaths } from './transaction-path.ts';

type RangeRead = Extract<ReadBody, { readonly kind: 'range' }>;
type RangeDone = Extract<ResultBody, { readonly kind: 'range' }>;

const noRevisions: ClaimedRevisions = new Map();

/** What is known about the values of a history before any of its keys is looked at. */
export interface KnownValues {
  /** Values that somebody asked about or was shown; all others are one like the other. */
  readonly asked: ReadonlySet<string>;
  /** Revisions that conditions name; all others are one like the other. */
  readonly askedRevisions: ReadonlySet<number>;
  /** The revision of a value that only one operation writes to its key, if anybody was shown it. By `valueKey`. */
  readonly revisions: ReadonlyMap<string, number>;
  /** Of each key, the revisions that are known to be those of one of its values, and the value if anybody was shown it. */
  readonly claimed: ReadonlyMap<string, ClaimedRevisions>;
  /** The keys that a creation without an answer may have made. */
  creatable(effect: PossibleEffect): readonly string[];
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

  /** Several for what has no answer and may have gone one way or the other. */
  project(effect: PossibleEffect): readonly KeySteps[] {
    const { answer } = effect;
    const { body } = effect.record;
    const steps = new Steps();
    switch (body.kind) {
      case 'put':
        this.#put(steps, body, effect);
        break;
      case 'delete':
        this.#delete(steps, body, effect);
        break;
      case 'createSequential':
        if (answer?.kind !== 'createSequential') {
          return this.#values.creatable(effect).map((key) => this.#creation(key, body, effect).all);
        }
        return [this.#creation(keyString(answer.key), body, effect).all];
      case 'transaction': {
        const paths = answer?.kind === 'transaction' ? [pathTaken(body, answer)] : possiblePaths(body);
        return paths.map((path) => this.#path(path, effect).all).filter(({ size }) => size > 0);
      }
      case 'get':
        if (answer?.kind === 'get' && isNewest(body)) steps.see(keyString(body.key), answer.entry);
        break;
      case 'range':
        if (answer?.kind === 'range' && isNewest(body)) this.#range(steps, body, answer);
        break;
      case 'count':
        if (answer?.kind === 'count' && isNewest(body)) this.#count(steps, body.range, answer.count);
        break;
    }
    return steps.all.size === 0 ? [] : [steps.all];
  }

  #put(steps: Steps, body: PutCommand, effect: PossibleEffect): void {
    const { answer } = effect;
    const key = keyString(body.key);
    const written = answer?.kind !== 'put' || answer.refused !== true;
    const told = body.previous === true && answer?.kind === 'put' ? { entry: answer.previous } : undefined;
    if (told !== undefined) steps.see(key, told.entry);
    // What was told says more than that there was something, or nothing.
    if (body.ifAbsent === true && (told === undefined || (told.entry === undefined) !== written)) {
      steps.push(key, { kind: written ? 'is' : 'isNot', value: null });
    }
    this.#unchanged(steps, key, body, written, told);
    if (written) this.#write(steps, body, effect);
  }

  #delete(steps: Steps, body: DeleteCommand, effect: PossibleEffect): void {
    const { answer } = effect;
    const key = keyString(body.key);
    if (answer?.kind !== 'delete') {
      this.#unchanged(steps, key, body, true);
      this.#write(steps, body, effect);
      return;
    }
    const told = body.previous === true ? { entry: answer.previous } : undefined;
    if (told !== undefined) steps.see(key, told.entry);
    this.#unchanged(steps, key, body, answer.deleted, told);
    // One whose condition did not hold does not say that nothing was there.
    if (answer.deleted && told?.entry !== undefined) steps.push(key, { kind: 'clear' });
    else if (answer.deleted || body.ifModRevision === undefined) steps.seeDeleted(key, answer.deleted);
  }

  /** `told`: what was there, if that is known from elsewhere. */
  #unchanged(
    steps: Steps,
    key: string,
    { ifModRevision }: PutCommand | DeleteCommand,
    held: boolean,
    told?: { readonly entry: WireEntry | undefined },
  ): void {
    if (ifModRevision === undefined) return;
    if (told !== undefined && (told.entry?.modRevision === ifModRevision) === held) return;
    steps.push(key, ofRevision(ifModRevision, held, this.#claimed(key)));
  }

  #creation(key: string, { value, ephemeral }: CreateSequential, effect: PossibleEffect): Steps {
    const steps = new Steps();
    steps.push(key, { kind: 'is', value: null });
    this.#write(steps, { kind: 'put', key: keyBytes(key), value, ephemeral }, effect);
    return steps;
  }

  #range(steps: Steps, body: RangeRead, { entries, more }: RangeDone): void {
    const shown = new Map(entries.map((entry) => [keyString(entry.key), entry]));
    const last = [...shown.keys()].at(-1);
    const isBehind = (key: string): boolean =>
      last === undefined || (body.order === 'descending' ? key < last : key > last);
    for (const key of this.#keys) {
      if (!inRange(body.range, key) || (more && isBehind(key))) continue;
      if (body.keysOnly === true) steps.push(key, { kind: shown.has(key) ? 'isNot' : 'is', value: null });
      else steps.see(key, shown.get(key));
    }
  }

  /** Which keys they were, only a number of none or of a single key tells. */
  #count(steps: Steps, range: KeyRange, count: number): void {
    if (count > 0 && range.to !== 'single') return;
    for (const key of this.#keys) {
      if (inRange(range, key)) steps.push(key, { kind: count > 0 ? 'isNot' : 'is', value: null });
    }
  }

  #path(path: Path, effect: PossibleEffect): Steps {
    const steps = new Steps();
    for (const step of path) {
      if (step.kind === 'conditions') this.#conditions(steps, step.conditions, step.held);
      else if (effect.answer === undefined) this.#unanswered(steps, step.operation, effect);
      else this.#answered(steps, step.operation, step.result, effect);
    }
    return steps;
  }

  #answered(
    steps: Steps,
    operation: KeyOperation,
    result: TransactionOperationDone | undefined,
    effect: PossibleEffect,
  ): void {
    const key = keyString(operation.key);
    if (operation.kind === 'get') {
      if (result?.kind === 'get') steps.see(key, result.entry);
    } else if (operation.kind === 'delete' && result?.kind === 'delete') {
      steps.seeDeleted(key, result.deleted);
    } else {
      this.#write(steps, operation, effect);
    }
  }

  #unanswered(steps: Steps, operation: KeyOperation, effect: PossibleEffect): void {
    if (operation.kind === 'get') return;
    // Of what it has written to one key, only the last shows.
    steps.dropLastWrite(keyString(operation.key));
    this.#write(steps, operation, effect);
  }

  /** Of several conditions that failed together, nobody knows which one did. */
  #conditions(steps: Steps, conditions: readonly TransactionCondition[], held: boolean): void {
    if (!held && conditions.length !== 1) return;
    for (const condition of conditions) {
      if (!isKeyCondition(condition)) continue;
      const key = keyString(condition.key);
      steps.push(key, foundBy(condition, held, steps.hasWritten(key) ? undefined : this.#claimed(key)));
    }
  }

  #claimed(key: string): ClaimedRevisions {
    return this.#values.claimed.get(key) ?? noRevisions;
  }

  #write(steps: Steps, operation: Put | Delete, { record, revision }: PossibleEffect): void {
    const key = keyString(operation.key);
    if (operation.kind === 'delete') {
      steps.push(key, { kind: 'clear' });
      return;
    }
    const { asked, askedRevisions, revisions } = this.#values;
    const value = keyString(operation.value);
    const owner = operation.ephemeral ? (record.command?.sessionId ?? 0) : 0;
    const modRevision = revision === 0 ? (revisions.get(valueKey(key, value)) ?? 0) : revision;
    const isShown = asked.has(value) || modRevision === 0 || askedRevisions.has(modRevision);
    const cell = this.#cells.cell(asked.has(value) ? value : undefined, owner, isShown ? modRevision : unaskedRevision);
    steps.push(key, { kind: 'set', cell });
  }
}

/** What an operation has found and done, by key. */
class Steps {
  readonly all = new Map<string, RegisterStep[]>();

  push(key: string, ...steps: readonly (RegisterStep | undefined)[]): void {
    for (const step of steps) {
      if (step === undefined) continue;
      const known = this.all.get(key);
      if (known === undefined) this.all.set(key, [step]);
      else known.push(step);
    }
  }

  see(key: string, entry: WireEntry | undefined): void {
    this.push(
      key,
      entry === undefined
        ? { kind: 'is', value: null }
        : { kind: 'is', value: keyString(entry.value), owner: entry.sessionId, revision: entry.modRevision },
    );
  }

  seeDeleted(key: string, deleted: boolean): void {
    if (deleted) this.push(key, { kind: 'isNot', value: null }, { kind: 'clear' });
    else this.push(key, { kind: 'is', value: null });
  }

  hasWritten(key: string): boolean {
    return this.all.get(key)?.some(isWrite) === true;
  }

  dropLastWrite(key: string): void {
    const steps = this.all.get(key);
    if (isWrite(steps?.at(-1))) steps?.pop();
  }
}

function isWrite(step: RegisterStep | undefined): boolean {
  return step?.kind === 'set' || step?.kind === 'clear';
}

function isNewest({ revision, consistency }: { readonly revision: number; readonly consistency: string }): boolean {
  return revision === 0 && consistency === 'linearizable';
}
