import { InvalidArgumentError } from 'commander';

/** A revision, a token, a number of things: at least 1, and no more than can be counted exactly. @throws InvalidArgumentError */
export function parsePositive(text: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('It is a whole number, at least 1.');
}

/** The value of a counter, of 64 bits with a sign. @throws InvalidArgumentError */
export function parseCounterValue(text: string): bigint {
  const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && value === BigInt.asIntN(64, value)) return value;
  throw new InvalidArgumentError('It is a whole number of at most 64 bits.');
}
