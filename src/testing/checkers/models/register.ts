import type { Model } from '../wgl/model.ts';
import type { Footprint } from './unanswered-writes.ts';

/** What a key holds. Equal contents are one object: see `CellTable`. */
export interface Cell {
  /** 0: absent. */
  readonly number: number;
  /** Null: absent. Undefined: a value that nobody asks about. */
  readonly value: string | null | undefined;
  /** The session with which it goes; 0: none. */
  readonly owner: number;
  /** 0: not known to those who judge, or absent. Negative: known, and nobody asks about it. */
  readonly revision: number;
}

export const absentCell: Cell = { number: 0, value: null, owner: 0, revision: 0 };

/** Gives each content a number. */
export class CellTable {
  readonly #cells = new Map<string, Cell>();

  cell(value: string | undefined, owner = 0, revision = 0): Cell {
    const key = `${owner}/${revision}${value === undefined ? '' : `/${value}`}`;
    const known = this.#cells.get(key);
    if (known !== undefined) return known;
    const cell = { number: this.#cells.size + 1, value, owner, revision };
    this.#cells.set(key, cell);
    return cell;
  }
}

/**
 * What an operation has found and done in one key, in its order. Outcomes are resolved: a compare-and-swap that succeeded has found the
 * one value and set the other, one that failed has found that the value was not there. One of unknown outcome is written as it is
 * if it succeeds: if it fails it has no effect, and needs no place.
 */
export type RegisterStep =
  /** What is undefined is not known. */
  | { readonly kind: 'is'; readonly value: string | null; readonly owner?: number; readonly revision?: number }
  /** With `null`: something is there. */
  | { readonly kind: 'isNot'; readonly value: string | null }
  /**
   * The revision, larger than 0, is that of a cell that is known: one whose revision is not known cannot have it. `revisionIs` is for
   * the cells of answered writes: which unanswered ones are needed is told by their values (see `registerFootprint`).
   */
  | { readonly kind: 'revisionIs' | 'revisionIsNot'; readonly revision: number }
  /** It had a revision that is that of no cell of which it is known. */
  | { readonly kind: 'revisionIsUnknown' }
  | { readonly kind: 'set'; readonly cell: Cell }
  | { readonly kind: 'clear' }
  /** The session is over: what it owned is gone. */
  | { readonly kind: 'endSession'; readonly owner: number };

export type RegisterOperation = readonly RegisterStep[];

/** A key with put, get, compare-and-swap and delete; absent at first. */
export const registerModel: Model<Cell, RegisterOperation> = {
  initial: absentCell,
  step(cell, operation) {
    let now = cell;
    for (const step of operation) {
      if (step.kind === 'set') now = step.cell;
      else if (step.kind === 'clear') now = absentCell;
      else if (step.kind === 'endSession') now = now.owner === step.owner ? absentCell : now;
      else if (!holds(now, step)) return undefined;
    }
    return now;
  },
  isRead: (operation) => operation.every(isCondition),
  keyOf: ({ number }) => number,
};

/** What an operation has found, in contrast to what it has done. */
export type RegisterCondition = Exclude<RegisterStep, { readonly kind: 'set' | 'clear' | 'endSession' }>;

function isCondition({ kind }: RegisterStep): boolean {
  return kind !== 'set' && kind !== 'clear' && kind !== 'endSession';
}

function holds(cell: Cell, step: RegisterCondition): boolean {
  switch (step.kind) {
    case 'is':
      return (
        cell.value === step.value &&
        (step.owner === undefined || cell.owner === step.owner) &&
        (step.revision === undefined || cell.revision === 0 || cell.revision === step.revision)
      );
    case 'isNot':
      return cell.value !== step.value;
    case 'revisionIs':
      return cell.revision === step.revision;
    case 'revisionIsNot':
      return cell.revision !== step.revision;
    case 'revisionIsUnknown':
      return cell.revision === 0 && cell.value !== null;
  }
}

/** For `settleUnanswered`. */
export function registerFootprint(operation: RegisterOperation): Footprint {
  let finds: string | null | undefined;
  let findsOther = false;
  let changes = false;
  let leaves: string | null | undefined;
  let mayVanish = false;
  for (const step of operation) {
    if (step.kind === 'set') {
      changes = true;
      leaves = step.cell.value;
      mayVanish = step.cell.owner !== 0;
    } else if (step.kind === 'clear' || step.kind === 'endSession') {
      changes = true;
      leaves = null;
      mayVanish = false;
    } else if (changes) {
      // What it finds after it has written is its own.
    } else if (step.kind === 'is') {
      finds = step.value;
    } else if (step.kind !== 'revisionIs') {
      findsOther = true;
    }
  }
  return { finds, findsOther, changes, leaves, mayVanish };
}
