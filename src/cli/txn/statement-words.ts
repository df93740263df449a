import type { Comparison } from '../../client/index.ts';
import { UsageFailure } from '../failure.ts';
import { parseCounterValue } from '../number-words.ts';
import type { Statement, Word } from './written-transaction.ts';

/** How a statement with a certain first word is read. */
export interface Reading<T> {
  /** How it is written; as many words as a statement has. */
  readonly form: string;
  /** Given the words behind the first. @throws Error that says what is wrong with them */
  readonly read: (words: readonly Word[]) => T;
}

/** @throws UsageFailure that names the place */
export function readStatement<T>(
  { words: [verb, ...others], place }: Statement,
  readings: Readonly<Record<string, Reading<T>>>,
  what: 'condition' | 'operation',
): T {
  const name = typeof verb === 'string' ? verb : '';
  const reading = Object.hasOwn(readings, name) ? readings[name] : undefined;
  if (reading === undefined) {
    throw new UsageFailure(`${place}: '${name}' is no ${what}; there are ${Object.keys(readings).join(', ')}`);
  }
  if (others.length !== reading.form.split(' ').length - 1) {
    throw new UsageFailure(`${place}: ${name} is written ${reading.form}; what has blanks stands in double quotes`);
  }
  try {
    return reading.read(others);
  } catch (error) {
    throw new UsageFailure(`${place}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

export function textOf(word: Word | undefined): string {
  if (typeof word === 'string') return word;
  throw new Error('a name is text');
}

export function comparisonOf(word: Word | undefined): Comparison {
  if (word === '=' || word === '!=' || word === '<' || word === '>') return word;
  throw new Error(`a comparison is =, !=, < or >, not ${typeof word === 'string' ? `'${word}'` : 'bytes'}`);
}

export function wholeNumberOf(word: Word | undefined, low = 0): number {
  const number = typeof word === 'string' && /^\d{1,16}$/.test(word) ? Number(word) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= low) return number;
  throw new Error(`${shown(word)} is no whole number from ${low} on`);
}

export function counterValueOf(word: Word | undefined): bigint {
  try {
    return parseCounterValue(textOf(word));
  } catch (error) {
    throw new Error(`${shown(word)} is no whole number of at most 64 bits`, { cause: error });
  }
}

function shown(word: Word | undefined): string {
  return typeof word === 'string' ? `'${word}'` : 'this';
}
