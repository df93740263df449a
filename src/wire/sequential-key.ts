/** Of the number in a key that `createSequential` has made: more than any revision has, so that the order of bytes is that of numbers. */
export const sequentialDigits = 20;

/** What stands behind the prefix: ASCII, so that it is the same as bytes, as text and as `keyString`. */
export function sequentialNumber(revision: number): string {
  return String(revision).padStart(sequentialDigits, '0');
}
