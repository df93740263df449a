import type { CallOptions, Entry, ReadOptions } from './types.ts';

/** What is stored, against what is given; values in the order of their bytes. */
export type Comparison = '=' | '!=' | '<' | '>';

/** An entry that came without its value, because only keys were asked for: there is none to be mistaken for an empty one. */
export type KeyEntry = Omit<Entry, 'value' | 'text' | 'json' | 'parse'>;

export interface PutOptions extends CallOptions {
  /** The key is deleted when this client's session ends. */
  readonly ephemeral?: boolean | undefined;
  /** `previous` is to tell what was there before. */
  readonly previous?: boolean | undefined;
}

/** No condition is given, so that none can fail. */
export interface NoCondition {
  readonly ifAbsent?: false | undefined;
  readonly ifUnchanged?: undefined;
}

/** One of the two; both is INVALID_ARGUMENT. */
export interface ConditionalPutOptions extends PutOptions {
  /** Written only if there is no such key. */
  readonly ifAbsent?: boolean | undefined;
  /** Written only if the key has not been put or deleted since this entry was read, or since this `modRevision`. */
  readonly ifUnchanged?: KeyEntry | number | undefined;
}

/**
 * What a put has done. `revision` is that of the put; of one that was refused, which changes nothing and takes no revision, the one
 * that it found. Without a condition none is refused, so that the type of `written` is `true`, and who looks at `revision` alone
 * misses nothing.
 */
export interface PutResult<Written extends boolean = boolean> {
  readonly revision: number;
  /** False: the condition did not hold. */
  readonly written: Written;
  /** What was there, if `previous` was asked for and there was anything; after a refusal it still is. */
  readonly previous: Entry | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** Deleted only if the key has not been put since this entry was read, or since this `modRevision`. */
  readonly ifUnchanged?: KeyEntry | number | undefined;
  /** `previous` is to tell what was there before. */
  readonly previous?: boolean | undefined;
}

export interface DeleteResult {
  readonly revision: number;
  /** False: there was no such key, or it was not as the condition says. */
  readonly deleted: boolean;
  /** What was there, if `previous` was asked for and there was anything; if `deleted` is false, it still is. */
  readonly previous: Entry | undefined;
}

export interface OrderOptions extends ReadOptions {
  /** Of the keys, in byte order. Default 'ascending'. */
  readonly order?: 'ascending' | 'descending' | undefined;
}

export interface RangeOptions extends OrderOptions {
  /** At most so many, counted from the side at which the order begins. */
  readonly limit?: number | undefined;
}

/** Values are left out, and neither read nor sent. */
export interface KeysOnly {
  readonly keysOnly: true;
}

export interface WithValues {
  readonly keysOnly?: false | undefined;
}

export interface RangeResult<E = Entry> {
  readonly revision: number;
  readonly entries: readonly E[];
  /** There are others behind the last one. */
  readonly more: boolean;
}

export interface ScanOptions extends OrderOptions {
  /** How many entries are asked for at a time, 1 to 10,000; default 1,000. */
  readonly pageSize?: number | undefined;
}
