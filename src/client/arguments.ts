import { isWellFormed, utf8Bytes } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import type { Consistency, KeyRange } from '../wire/operation.ts';
import { invalidArgument } from './error.ts';
import type { CallOptions, ReadOptions, Selector } from './types.ts';

/** Of every call but those that wait for their turn (locks, permits, campaigns) and watches, which have none. */
export const defaultTimeoutMs = 5_000;

/** What a call may be given to end it. */
export interface CallLimits {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** A copy: what the program does with its array afterwards changes nothing. */
export function bytesOf(value: unknown, what: string): Uint8Array {
  if (typeof value === 'string') {
    if (!isWellFormed(value)) throw invalidArgument(`${what} has half of a surrogate pair, which UTF-8 cannot express`);
    return utf8Bytes(value);
  }
  if (value instanceof Uint8Array) return new Uint8Array(value);
  throw invalidArgument(`${what} is a string or a Uint8Array, not ${kindOf(value)}`);
}

export function nameOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw invalidArgument(`${what} is a string, not ${kindOf(value)}`);
  return value;
}

export function callLimits(options: CallOptions | undefined, standardTimeoutMs = defaultTimeoutMs): CallLimits {
  const { signal, timeoutMs } = optionsObject(options);
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw invalidArgument(`signal is an AbortSignal, not ${kindOf(signal)}`);
  }
  if (timeoutMs !== undefined && (typeof timeoutMs !== 'number' || !(timeoutMs > 0))) {
    throw invalidArgument(`timeoutMs is a number above 0, not ${String(timeoutMs)}`);
  }
  return { signal, timeoutMs: timeoutMs ?? standardTimeoutMs };
}

export function signalOf(options: { readonly signal?: AbortSignal | undefined } | undefined): AbortSignal | undefined {
  return callLimits(options).signal;
}

export function consistencyOf(options: ReadOptions | undefined): Consistency {
  const { consistency } = optionsObject(options);
  if (consistency === undefined) return 'linearizable';
  if (consistency === 'linearizable' || consistency === 'stale') return consistency;
  throw invalidArgument(`consistency is 'linearizable' or 'stale', not ${String(consistency)}`);
}

/** 0 if none was given. */
export function revisionOf(revision: unknown, what: string): Revision {
  return (revision === undefined ? 0 : wholeNumber(revision, what, 1)) as Revision;
}

export function wholeNumber(value: unknown, what: string, low: number, high = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value;
  throw invalidArgument(`${what} is a whole number from ${low} to ${high}, not ${String(value)}`);
}

export function bigintOf(value: unknown, what: string): bigint {
  if (typeof value === 'bigint') return value;
  throw invalidArgument(`${what} is a bigint, not ${kindOf(value)}`);
}

export function booleanOf(value: unknown, what: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw invalidArgument(`${what} is a boolean, not ${kindOf(value)}`);
}

export function keyRangeOf(selector: Selector): KeyRange {
  if (typeof selector === 'string' || selector instanceof Uint8Array) {
    return { from: bytesOf(selector, 'a key'), to: 'single' };
  }
  if (typeof selector !== 'object' || selector === null) {
    throw invalidArgument(`a selector is a key, { prefix } or { from, to }, not ${kindOf(selector)}`);
  }
  if ('prefix' in selector) {
    if ('from' in selector || 'to' in selector) throw invalidArgument('a selector has either prefix or from and to');
    const prefix = bytesOf(selector.prefix, 'prefix');
    return { from: prefix, to: endOfPrefix(prefix) };
  }
  const from = bytesOf(selector.from, 'from');
  return { from, to: selector.to === undefined ? 'unbounded' : bytesOf(selector.to, 'to') };
}

/** The first key behind all those that begin with `prefix`. */
function endOfPrefix(prefix: Uint8Array): KeyRange['to'] {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  if (length === 0) return 'unbounded';
  const end = prefix.slice(0, length);
  end[length - 1] = (end[length - 1] as number) + 1;
  return end;
}

export function optionsObject<T extends object>(options: T | undefined): Partial<T> {
  if (options === undefined) return {};
  if (typeof options === 'object' && options !== null) return options;
  throw invalidArgument(`options are an object, not ${kindOf(options)}`);
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : typeof value;
}

function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
}
