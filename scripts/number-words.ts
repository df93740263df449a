import { InvalidArgumentError } from 'commander';

/** Reads a whole number in these bounds, both included. */
export function wholeNumber(lowest: number, highest = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const bounds = highest === Number.MAX_SAFE_INTEGER ? `${lowest} or more` : `${lowest} to ${highest}`;
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`not a whole number: ${bounds}`);
  };
}

/** Of minutes, seconds: fractions are welcome. @throws InvalidArgumentError */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('not a positive number');
}
