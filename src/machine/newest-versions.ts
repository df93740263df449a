import { assert } from '../wire/assert.ts';
import type { KeyNumber } from './key-numbers.ts';
import type { VersionId } from './version-store.ts';

/** 16 KiB: what is copied when one number of a shared page changes. */
const pageLength = 4_096;
/** A small state has one page, which grows to that. */
const firstLength = 64;

interface Page {
  readonly ids: Uint32Array;
  /** A copy of all reads it, too: it is not changed any more. */
  shared: boolean;
}

/** The newest version of each key, by its number. A copy takes time for pages, not for keys: they are shared until they change. */
export class NewestVersions {
  readonly #pages: Page[];

  constructor(origin?: NewestVersions) {
    this.#pages = [];
    for (const page of origin === undefined ? [] : origin.#pages) {
      page.shared = true;
      this.#pages.push({ ids: page.ids, shared: true });
    }
  }

  /** Of a key that was set. */
  get(number: KeyNumber): VersionId {
    const id = this.#pages[Math.floor(number / pageLength)]?.ids[number % pageLength];
    assert(id !== undefined, 'a key that has a number has a version');
    return id as VersionId;
  }

  set(number: KeyNumber, id: VersionId): void {
    this.#own(Math.floor(number / pageLength), number % pageLength)[number % pageLength] = id;
  }

  /** The page, to be changed, with room for what is at that place. */
  #own(index: number, at: number): Uint32Array {
    const page = this.#pages[index];
    if (page !== undefined && !page.shared && at < page.ids.length) return page.ids;
    assert(index <= this.#pages.length, 'the numbers of keys are dense');
    let length = page?.ids.length ?? (index === 0 ? firstLength : pageLength);
    while (length <= at) length *= 2;
    const ids = new Uint32Array(length);
    if (page !== undefined) ids.set(page.ids);
    this.#pages[index] = { ids, shared: false };
    return ids;
  }
}
