import { mix } from './prng.ts';

/**
 * What happened, as one rolling hash (equal hashes: equal runs) and, if asked for, as lines of text. A failing run is repeated with
 * its lines kept; a run of a sweep keeps none, because the seed brings them back.
 */
export class Trace {
  #hash = 0;
  readonly #keep: number;
  #lines: string[] = [];
  #events = 0;

  /** `keep`: how many of the last lines to keep. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  get verbose(): boolean {
    return this.#keep > 0;
  }

  get hash(): number {
    return this.#hash;
  }

  get events(): number {
    return this.#events;
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#keep);
  }

  mark(kind: number, subject: number, detail: number): void {
    this.#events += 1;
    this.#hash = mix(mix(this.#hash, kind ^ (subject << 8)), detail | 0);
  }

  /** Call only if `verbose`: building the text costs time. */
  line(nowUs: number, text: string): void {
    this.#lines.push(`${(nowUs / 1000).toFixed(3).padStart(11)} ms  ${text}`);
    if (this.#lines.length > 2 * this.#keep) this.#lines = this.#lines.slice(-this.#keep);
  }
}
