import { WatchGroup } from './watch-group.ts';
import { selectionId, type WatchSelection } from './watch-selection.ts';

const none: readonly WatchGroup[] = [];

/** The groups of watches of one kind. Those of a single name are found by it, however many there are. */
export class WatchGroups {
  readonly #byId = new Map<string, WatchGroup>();
  /** More than one for a name only if they leave out different things. Never changed in place: a group may go while its event is told. */
  readonly #single = new Map<string, readonly WatchGroup[]>();
  readonly #ranges = new Set<WatchGroup>();

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  ofName(name: string): readonly WatchGroup[] {
    return this.#single.get(name) ?? none;
  }

  ranges(): Iterable<WatchGroup> {
    return this.#ranges;
  }

  find(selection: WatchSelection): WatchGroup | undefined {
    return this.#byId.get(selectionId(selection));
  }

  open(selection: WatchSelection): WatchGroup {
    const id = selectionId(selection);
    const found = this.#byId.get(id);
    if (found !== undefined) return found;
    const group = new WatchGroup(selection);
    const { names } = selection;
    this.#byId.set(id, group);
    if (names.kind === 'range') this.#ranges.add(group);
    else this.#single.set(names.name, [...this.ofName(names.name), group]);
    return group;
  }

  clear(): void {
    this.#byId.clear();
    this.#single.clear();
    this.#ranges.clear();
  }

  drop(group: WatchGroup): void {
    const { names } = group.selection;
    if (!this.#byId.delete(selectionId(group.selection))) return;
    if (names.kind === 'range') {
      this.#ranges.delete(group);
      return;
    }
    const others = this.ofName(names.name).filter((other) => other !== group);
    if (others.length === 0) this.#single.delete(names.name);
    else this.#single.set(names.name, others);
  }
}
