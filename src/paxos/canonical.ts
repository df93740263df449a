import { AssertionFailure } from '../wire/assert.ts';

/**
 * Copies plain data: objects, arrays, maps, sets and primitives. Byte arrays are shared, because nobody writes to them once
 * they are values.
 */
export function cloneData<T>(data: T): T {
  return cloneAny(data) as T;
}

function cloneAny(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || data instanceof Uint8Array) return data;
  if (Array.isArray(data)) return data.map(cloneAny);
  if (data instanceof Map) return new Map([...data].map(([key, value]) => [key, cloneAny(value)]));
  if (data instanceof Set) return new Set(data);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, cloneAny(value)]));
}

/** Equal data give equal text, in whatever order they were built; different data give different text. */
export function encodeCanonically(data: unknown): string {
  switch (typeof data) {
    case 'string':
      return JSON.stringify(data);
    case 'number':
      return Object.is(data, -0) ? '0' : String(data);
    case 'boolean':
    case 'undefined':
      return String(data);
    case 'object':
      return encodeObject(data);
    default:
      throw new AssertionFailure(`no canonical form for a ${typeof data}`);
  }
}

function encodeObject(data: object | null): string {
  if (data === null) return 'null';
  if (data instanceof Uint8Array) return `<${Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('')}>`;
  if (Array.isArray(data)) return `[${data.map(encodeCanonically).join(',')}]`;
  if (data instanceof Set) return `s{${[...data].map(encodeCanonically).sort().join(',')}}`;
  if (data instanceof Map) return `m{${encodeEntries([...data])}}`;
  return `{${encodeEntries(Object.entries(data))}}`;
}

function encodeEntries(entries: readonly (readonly [unknown, unknown])[]): string {
  return entries
    .map(([key, value]) => `${encodeCanonically(key)}:${encodeCanonically(value)}`)
    .sort()
    .join(',');
}
