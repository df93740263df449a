import { isWellFormed, utf8Length } from './bytes.ts';
import { limits } from './limits.ts';
import type { WireError } from './result.ts';
import { wireError } from './wire-error.ts';

export type Problem = WireError | undefined;

const int64Low = -(2n ** 63n);
const int64High = 2n ** 63n - 1n;
export const uint32High = 2 ** 32 - 1;

export function validateKey(key: Uint8Array): Problem {
  return key.length === 0 ? invalid('a key is not empty') : tooLong('key', key.length);
}

export function validateValue(value: Uint8Array): Problem {
  if (value.length <= limits.valueBytes) return undefined;
  return wireError('VALUE_TOO_LARGE', `the value has ${value.length} bytes, more than ${limits.valueBytes}`);
}

export function validateName(name: string): Problem {
  if (name === '') return invalid('a name is not empty');
  if (!isWellFormed(name)) return invalid('a name is well-formed Unicode: no half of a surrogate pair');
  return tooLong('name', utf8Length(name));
}

export function tooLong(what: 'key' | 'name', length: number): Problem {
  const high = what === 'key' ? limits.keyBytes : limits.nameBytes;
  return length <= high ? undefined : wireError('KEY_TOO_LARGE', `the ${what} has ${length} bytes, more than ${high}`);
}

export function wholeNumber(what: string, value: number, low: number, high: number = Number.MAX_SAFE_INTEGER): Problem {
  if (Number.isSafeInteger(value) && value >= low && value <= high) return undefined;
  return invalid(`${what} is a whole number from ${low} to ${high}, not ${value}`);
}

export function integer64(what: string, value: bigint): Problem {
  if (value >= int64Low && value <= int64High) return undefined;
  return invalid(`${what} is more than 64 bits: ${value}`);
}

export function invalid(message: string): WireError {
  return wireError('INVALID_ARGUMENT', message);
}
