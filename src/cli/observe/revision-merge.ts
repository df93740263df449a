/** Everything of one revision that one source has told. */
export interface MergedRevision<Event> {
  readonly revision: number;
  readonly events: readonly Event[];
}

interface Held<Event> extends MergedRevision<Event> {
  readonly source: number;
}

/**
 * Puts what several watches tell into one order, that of revisions: a revision is let go once each source has told everything up to it.
 * Within a revision, sources come in their order.
 */
export class RevisionMerge<Event> {
  /** Through which revision each source has told everything. */
  readonly #toldThrough: number[];
  #held: Held<Event>[] = [];
  #size = 0;

  /** Each source tells from `startRevision` on. */
  constructor(sources: number, startRevision: number) {
    this.#toldThrough = new Array<number>(sources).fill(startRevision - 1);
  }

  /** How many events wait for other sources. */
  get size(): number {
    return this.#size;
  }

  /** Without events it says how far the source has told everything. */
  add(source: number, revision: number, events: readonly Event[]): void {
    this.#toldThrough[source] = Math.max(this.#toldThrough[source] ?? 0, revision);
    if (events.length === 0) return;
    this.#held.push({ source, revision, events });
    this.#size += events.length;
  }

  /** What can be let go, in order. */
  take(): readonly MergedRevision<Event>[] {
    const through = Math.min(...this.#toldThrough);
    const ready = this.#held.filter(({ revision }) => revision <= through);
    if (ready.length === 0) return ready;
    this.#held = this.#held.filter(({ revision }) => revision > through);
    for (const { events } of ready) this.#size -= events.length;
    return ready.sort((a, b) => a.revision - b.revision || a.source - b.source);
  }
}
