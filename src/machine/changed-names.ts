import { compareText } from './sorted-map.ts';

const noNames: readonly string[] = [];

/** What the command under way has changed, until that becomes events. */
export class ChangedNames {
  #names: string[] = [];

  get any(): boolean {
    return this.#names.length > 0;
  }

  add(names: readonly string[]): void {
    for (const name of names) this.#names.push(name);
  }

  /** Each once, in order. */
  take(): readonly string[] {
    const names = this.#names;
    if (names.length === 0) return noNames;
    this.#names = [];
    if (names.length === 1) return names;
    return names.sort(compareText).filter((name, at) => name !== names[at - 1]);
  }
}
