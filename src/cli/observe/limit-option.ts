import { InvalidArgumentError, Option } from 'commander';

/** How many are shown at most. */
export function limitOption(description: string): Option {
  return new Option('--limit <count>', description).argParser(parseCount);
}

/** @throws InvalidArgumentError */
export function parseCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 1 || !Number.isSafeInteger(count)) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return count;
}
