import btree from 'sorted-btree';
import { keyString } from '../wire/bytes.ts';
import { ConclaveError } from './error.ts';
import { compareKeys, itemBytes, type KeyChange, type ViewItem } from './view-item.ts';

export interface ViewBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** The keys of a view in byte order. */
export class ViewContent<T> {
  readonly #bounds: ViewBounds;
  readonly #items = new btree.default<string, ViewItem<T>>(undefined, compareKeys);
  #bytes = 0;

  constructor(bounds: ViewBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): ViewItem<T> | undefined {
    return this.#items.get(key);
  }

  put(item: ViewItem<T>): void {
    const key = keyString(item.entry.keyBytes);
    this.#bytes += itemBytes(item) - itemBytes(this.#items.get(key));
    this.#items.set(key, item);
  }

  delete(key: string): void {
    this.#bytes -= itemBytes(this.#items.get(key));
    this.#items.delete(key);
  }

  /** As they are now: later changes do not show in it. Shares what does not change. */
  snapshot(): Iterable<ViewItem<T>> {
    return this.#items.clone().values();
  }

  /** For after each page and each revision, so that neither order nor a revision's own deletions matter. */
  assertWithinBounds(): void {
    const { maxEntries, maxBytes } = this.#bounds;
    if (this.size > maxEntries) {
      throw new ConclaveError('VIEW_TOO_LARGE', `the view has more than maxEntries, which is ${maxEntries}`);
    }
    if (this.#bytes > maxBytes) {
      throw new ConclaveError('VIEW_TOO_LARGE', `the view has more than maxBytes, which is ${maxBytes}`);
    }
  }

  /** What leads from another content to this one. A revision changes a key at most once, so it names what a key holds. */
  changesSince(earlier: ViewContent<T>): readonly KeyChange<T>[] {
    const changes: KeyChange<T>[] = [];
    for (const [key, before] of earlier.#items.entries()) {
      const after = this.#items.get(key);
      if (after?.entry.modRevision !== before.entry.modRevision) changes.push({ key, before, after });
    }
    for (const [key, after] of this.#items.entries()) {
      if (!earlier.#items.has(key)) changes.push({ key, before: undefined, after });
    }
    return changes;
  }
}
