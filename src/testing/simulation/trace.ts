import { mix } from './prng.ts';

/** What runs are counted in: steps of a core, and completions of a disk. The numbers go into the hash. */
export const eventKinds = { replicaStep: 40, clientStep: 41, diskWritten: 42, diskRead: 43 } as const;

export type EventKind = keyof typeof eventKinds;

export interface TraceOptions {
  /** How many of the last lines of text to keep; default none. */
  readonly lines?: number;
  /** Remember the hash after each event, so that two runs can be compared event by event. */
  readonly eventHashes?: boolean;
}

/**
 * What happened, as one rolling hash (equal hashes: equal runs) and, if asked for, as lines of text. A failing run is repeated with
 * its lines kept; a run of a sweep keeps none, because the seed brings them back.
 */
export class Trace {
  #hash = 0;
  readonly #keep: number;
  #lines: string[] = [];
  #events = 0;
  readonly #eventHashes: number[] | undefined;

  constructor({ lines = 0, eventHashes = false }: TraceOptions = {}) {
    this.#keep = lines;
    this.#eventHashes = eventHashes ? [] : undefined;
  }

  get verbose(): boolean {
    return this.#keep > 0;
  }

  get hash(): number {
    return this.#hash;
  }

  /**
   * Steps of a replica or of an SDK core, and completions of disk writes and reads. The step that ends a turn is not counted, nor is
   * what the simulator's own clients do: a run has rather more events than it says.
   */
  get events(): number {
    return this.#events;
  }

  /** One for each event, if asked for. */
  get eventHashes(): readonly number[] | undefined {
    return this.#eventHashes;
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#keep);
  }

  /** `subject`: the number of the node or client. */
  event(kind: EventKind, subject: number, nowUs: number): void {
    this.#events += 1;
    this.mark(eventKinds[kind], subject, nowUs);
    this.#eventHashes?.push(this.#hash);
  }

  /** Something that equal runs have in common and that is no event. */
  mark(kind: number, subject: number, detail: number): void {
    this.#hash = mix(mix(this.#hash, kind ^ (subject << 8)), detail | 0);
  }

  /** Call only if `verbose`: building the text costs time. */
  line(nowUs: number, text: string): void {
    this.#lines.push(`${(nowUs / 1000).toFixed(3).padStart(11)} ms  ${text}`);
    if (this.#lines.length > 2 * this.#keep) this.#lines = this.#lines.slice(-this.#keep);
  }
}
