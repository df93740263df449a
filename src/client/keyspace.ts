import { equalBytes } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import type { DeleteCommand, PutCommand } from '../wire/operation.ts';
import type { Result } from '../wire/result.ts';
import {
  booleanOf,
  bytesOf,
  callLimits,
  consistencyOf,
  keyRangeOf,
  kindOf,
  optionsObject,
  revisionOf,
  wholeNumber,
} from './arguments.ts';
import type { ProgramCommand } from './core/input.ts';
import type { Driver } from './driver.ts';
import { entryOf, keyEntryOf, keyText, optionalEntryOf } from './entry.ts';
import { invalidArgument } from './error.ts';
import type {
  ConditionalPutOptions,
  DeleteOptions,
  DeleteResult,
  KeyEntry,
  OrderOptions,
  PutOptions,
  PutResult,
  RangeOptions,
  RangeResult,
  ScanOptions,
} from './keyspace-types.ts';
import { readPages } from './range-pages.ts';
import { unexpected } from './transaction.ts';
import type { Bytes, CallOptions, Entry, ReadOptions, Selector } from './types.ts';

const uint32High = 2 ** 32 - 1;
const pageSize = { standard: 1_000, high: 10_000 } as const;

export type AnyRangeOptions = RangeOptions & { readonly keysOnly?: boolean | undefined };
export type AnyScanOptions = ScanOptions & { readonly keysOnly?: boolean | undefined };

/** The calls that concern keys, each as `Client` has it. */
export class Keyspace {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async get(key: Bytes, options?: ReadOptions): Promise<Entry | undefined> {
    const body = { kind: 'get', key: bytesOf(key, 'a key'), ...placeOf(options) } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'get') throw unexpected('an entry', result.body.kind);
    return optionalEntryOf(result.body.entry);
  }

  async put(key: Bytes, value: Bytes, options?: ConditionalPutOptions): Promise<PutResult> {
    const { body, revision } = await this.#command(putOf(key, value, options), options);
    if (body.kind !== 'put') throw unexpected('a put', body.kind);
    return { revision, written: body.refused !== true, previous: optionalEntryOf(body.previous) };
  }

  async delete(key: Bytes, options?: DeleteOptions): Promise<DeleteResult> {
    const bytes = bytesOf(key, 'a key');
    const asked: DeleteCommand = { kind: 'delete', key: bytes, ...askedOf(bytes, optionsObject(options)) };
    const { body, revision } = await this.#command(asked, options);
    if (body.kind !== 'delete') throw unexpected('a deletion', body.kind);
    return { revision, deleted: body.deleted, previous: optionalEntryOf(body.previous) };
  }

  async createSequential(prefix: Bytes, value: Bytes, options?: CallOptions & Pick<PutOptions, 'ephemeral'>) {
    const command = {
      kind: 'createSequential',
      prefix: bytesOf(prefix, 'a prefix'),
      value: bytesOf(value, 'a value'),
      ephemeral: booleanOf(options?.ephemeral, 'ephemeral'),
    } as const;
    const { body, revision } = await this.#command(command, options);
    if (body.kind !== 'createSequential') throw unexpected('a new key', body.kind);
    return { key: keyText(body.key), keyBytes: new Uint8Array(body.key), revision };
  }

  async range(what: Selector, options?: AnyRangeOptions): Promise<RangeResult<Entry> | RangeResult<KeyEntry>> {
    const keysOnly = booleanOf(options?.keysOnly, 'keysOnly');
    const body = {
      kind: 'range',
      range: keyRangeOf(what),
      ...placeOf(options),
      limit: options?.limit === undefined ? 0 : wholeNumber(options.limit, 'limit', 1, uint32High),
      ...(isDescending(options) && { order: 'descending' as const }),
      ...(keysOnly && { keysOnly }),
    } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'range') throw unexpected('a range', result.body.kind);
    const { entries, more } = result.body;
    const { revision } = result;
    return keysOnly
      ? { revision, entries: entries.map(keyEntryOf), more }
      : { revision, entries: entries.map(entryOf), more };
  }

  async count(what: Selector, options?: ReadOptions): Promise<number> {
    const body = { kind: 'count', range: keyRangeOf(what), ...placeOf(options) } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'count') throw unexpected('a number of keys', result.body.kind);
    return result.body.count;
  }

  /** Arguments are looked at when it is called, as those of every other call are. */
  scan(what: Selector, options?: AnyScanOptions): AsyncGenerator<Entry | KeyEntry, void, undefined> {
    const { signal, timeoutMs } = callLimits(options);
    const keysOnly = booleanOf(options?.keysOnly, 'keysOnly');
    const descending = isDescending(options);
    const limit = wholeNumber(options?.pageSize ?? pageSize.standard, 'pageSize', 1, pageSize.high);
    const place = placeOf(options);
    const from = { revision: options?.revision, consistency: place.consistency };
    const page = { signal, timeoutMs, keysOnly, limit, order: options?.order };
    return entriesOf(
      readPages<Entry | KeyEntry>(keyRangeOf(what), from, descending, (part, at) =>
        this.range(part, { ...page, ...at }),
      ),
    );
  }

  async compact(revision: number, options?: CallOptions): Promise<{ readonly floor: number }> {
    const command = { kind: 'compactHistory', revision: wholeNumber(revision, 'revision', 1) as Revision } as const;
    const { body } = await this.#command(command, options);
    if (body.kind !== 'compactHistory') throw unexpected('a compaction', body.kind);
    return { floor: body.floor };
  }

  async #command(body: ProgramCommand, options: CallOptions | undefined): Promise<Result> {
    const { result } = await this.#driver.call<'result'>({ kind: 'command', body }, callLimits(options));
    return result;
  }
}

async function* entriesOf<E>(pages: AsyncIterable<RangeResult<E>>): AsyncGenerator<E, void, undefined> {
  for await (const { entries } of pages) yield* entries;
}

function putOf(key: Bytes, value: Bytes, options: ConditionalPutOptions | undefined): PutCommand {
  const bytes = bytesOf(key, 'a key');
  const asked = optionsObject(options);
  const ifAbsent = booleanOf(asked.ifAbsent, 'ifAbsent');
  if (ifAbsent && asked.ifUnchanged !== undefined) {
    throw invalidArgument('a put has ifAbsent or ifUnchanged, not both: what is absent has no revision');
  }
  return {
    kind: 'put',
    key: bytes,
    value: bytesOf(value, 'a value'),
    ephemeral: booleanOf(asked.ephemeral, 'ephemeral'),
    ...(ifAbsent && { ifAbsent }),
    ...askedOf(bytes, asked),
  };
}

function askedOf(key: Uint8Array, { ifUnchanged, previous }: DeleteOptions): Omit<DeleteCommand, 'kind' | 'key'> {
  return {
    ...(ifUnchanged !== undefined && { ifModRevision: modRevisionOf(key, ifUnchanged) }),
    ...(booleanOf(previous, 'previous') && { previous: true }),
  };
}

function modRevisionOf(key: Uint8Array, unchanged: KeyEntry | number): Revision {
  if (typeof unchanged === 'number') return wholeNumber(unchanged, 'ifUnchanged', 1) as Revision;
  if (typeof unchanged !== 'object' || unchanged === null || !(unchanged.keyBytes instanceof Uint8Array)) {
    throw invalidArgument(`ifUnchanged is an entry or its modRevision, not ${kindOf(unchanged)}`);
  }
  if (!equalBytes(unchanged.keyBytes, key)) throw invalidArgument('ifUnchanged is an entry of another key');
  return wholeNumber(unchanged.modRevision, 'the revision of an entry', 1) as Revision;
}

function placeOf(options: ReadOptions | undefined) {
  return { revision: revisionOf(options?.revision, 'revision'), consistency: consistencyOf(options) };
}

function isDescending(options: OrderOptions | undefined): boolean {
  const { order } = optionsObject(options);
  if (order === undefined || order === 'ascending') return false;
  if (order === 'descending') return true;
  throw invalidArgument(`order is 'ascending' or 'descending', not ${String(order)}`);
}
