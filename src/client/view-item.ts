import { ConclaveError } from './error.ts';
import type { Entry, StandardSchema } from './types.ts';
import type { ViewChange, ViewEvent } from './view-types.ts';

/** An entry with what the schema made of it: a value, or an error. */
export type ViewItem<T> =
  | { readonly entry: Entry; readonly value: T; readonly error: undefined }
  | { readonly entry: Entry; readonly value: undefined; readonly error: ConclaveError };

/** `key`: as made by `keyString`. */
export interface KeyChange<T> {
  readonly key: string;
  readonly before: ViewItem<T> | undefined;
  readonly after: ViewItem<T> | undefined;
}

/** From one revision to another. */
export interface ViewStep<T> {
  readonly revision: number;
  readonly changes: readonly KeyChange<T>[];
  readonly combined: boolean;
}

/** Without a schema, `T` is Entry. Never rejects: whatever a schema does is that one value's problem. */
export async function itemOf<T>(entry: Entry, schema: StandardSchema<T> | undefined): Promise<ViewItem<T>> {
  if (schema === undefined) return { entry, value: entry as T, error: undefined };
  try {
    return { entry, value: await entry.parse(schema), error: undefined };
  } catch (error) {
    return { entry, value: undefined, error: error instanceof ConclaveError ? error : thrownBySchema(entry, error) };
  }
}

function thrownBySchema({ key }: Entry, cause: unknown): ConclaveError {
  const message = `the schema threw when it was given the value of '${key}': ${String(cause)}`;
  return new ConclaveError('INVALID_VALUE', message, { cause });
}

export function itemBytes<T>(item: ViewItem<T> | undefined): number {
  return item === undefined ? 0 : item.entry.keyBytes.length + item.entry.value.length;
}

/** By code unit, which for `keyString` is the order of the bytes. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** What the program is told. */
export function viewChange<T>({ revision, changes, combined }: ViewStep<T>): ViewChange<T> {
  const inOrder = [...changes].sort((a, b) => compareKeys(a.key, b.key));
  return { revision, events: inOrder.map(viewEvent), combined };
}

function viewEvent<T>({ before, after }: KeyChange<T>): ViewEvent<T> {
  const previous = before?.value;
  if (after === undefined) return { type: 'delete', key: before?.entry.key ?? '', previous };
  const { entry, value, error } = after;
  const { key } = entry;
  return error === undefined
    ? { type: 'put', key, value, entry, previous }
    : { type: 'invalid', key, error, entry, previous };
}
