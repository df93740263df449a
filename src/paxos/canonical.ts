import { AssertionFailure } from '../wire/assert.ts';
import type { PaxosState } from './state.ts';

/** A copy that shares only what nobody ever writes to: options, genesis, members, and bytes. */
export function cloneState(state: PaxosState): PaxosState {
  const { options, genesis, ruling, successor, members, departing, ...data } = state;
  return { options, genesis, ruling, successor, members, departing, ...cloneData(data) };
}

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
  if (data instanceof Map) {
    const copy = new Map<unknown, unknown>();
    for (const [key, value] of data) copy.set(key, cloneAny(value));
    return copy;
  }
  if (data instanceof Set) return new Set(data);
  // Copying the whole object first keeps its hidden class, which a loop over its keys would lose.
  const copy: Record<string, unknown> = { ...data };
  for (const [key, value] of Object.entries(copy)) {
    if (typeof value === 'object' && value !== null) copy[key] = cloneAny(value);
  }
  return copy;
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
  const values = data as Readonly<Record<string, unknown>>;
  const entries = Object.keys(values)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${encodeCanonically(values[key])}`);
  return `{${entries.join(',')}}`;
}

function encodeEntries(entries: readonly (readonly [unknown, unknown])[]): string {
  return entries
    .map(([key, value]) => `${encodeCanonically(key)}:${encodeCanonically(value)}`)
    .sort()
    .join(',');
}
