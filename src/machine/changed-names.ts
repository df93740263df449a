import { compareText } from './sorted-map.ts';

/** What the command under way has changed, until that becomes events. */
export class ChangedNames {
  readonly #names = new Set<string>();

  get any(): boolean {
    return this.#names.size > 0;
  }

  add(...names: readonly string[]): void {
    for (const name of names) this.#names.add(name);
  }

  /** Each once, in order. */
  take(): readonly string[] {
    const names = [...this.#names].sort(compareText);
    this.#names.clear();
    return names;
  }
}
