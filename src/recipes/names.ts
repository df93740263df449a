import { ConclaveError } from '../client/index.ts';

/**
 * Where a recipe of that name keeps its keys: `KIND/NAME/`. The name is escaped as in a URL, so that it may contain slashes, and no
 * name's keys lie among those of another.
 */
export function keyPrefix(kind: string, name: string): string {
  return `${kind}/${escapedName(name, `the name of the ${kind}`)}/`;
}

export function escapedName(name: string, what: string): string {
  if (typeof name !== 'string' || name === '') throw invalidArgument(`${what} is a text that is not empty`);
  if (/\p{Surrogate}/u.test(name)) throw invalidArgument(`${what} is not well-formed Unicode`);
  return encodeURIComponent(name);
}

/** The part of a key behind its prefix, as it was before it was escaped; as it stands, if somebody else has put it. */
export function nameIn(key: string, prefix: string): string {
  const escaped = key.slice(prefix.length);
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
}

export function wholeNumber(value: unknown, what: string, low: number, high: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value;
  throw invalidArgument(`${what} is a whole number from ${low} to ${high}, not ${String(value)}`);
}

export function invalidArgument(message: string): ConclaveError {
  return new ConclaveError('INVALID_ARGUMENT', message);
}
