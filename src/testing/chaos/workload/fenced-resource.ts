import type { HistoryRecorder } from '../history/history-recorder.ts';
import { readTally, tallyValue } from '../history/workload-names.ts';
import type { RunClock } from './run-clock.ts';
import type { FencedAnswer, FencedRequest } from './worker-messages.ts';

interface FencedWrite {
  readonly process: string;
  readonly key: string;
  readonly token: number;
  readonly value: string;
  /** Whether it was accepted. */
  readonly result: boolean;
  readonly start: number;
  readonly end: number;
}

interface Cell {
  highest: number;
  value: string | null;
}

/**
 * What the locks protect: registers outside of the store, which refuse every token smaller than the largest that they have seen.
 *
 * It is here that requests take effect, so it is from here that they are recorded: none is of unknown outcome, even if whoever asked is no
 * longer there to be answered.
 */
export class FencedResource {
  readonly #cells = new Map<string, Cell>();
  readonly #recorder: HistoryRecorder;
  readonly #clock: RunClock;

  constructor(recorder: HistoryRecorder, clock: RunClock) {
    this.#recorder = recorder;
    this.#clock = clock;
  }

  get keys(): readonly string[] {
    return [...this.#cells.keys()];
  }

  /** `start`: when the request was made. */
  apply(process: string, request: FencedRequest, start: number): FencedAnswer {
    const { key, token } = request;
    const cell = this.#cellOf(key);
    if (request.kind === 'claim') return this.#claim(process, key, token, start);
    const accepted = token >= cell.highest;
    if (accepted) this.#set(cell, token, request.value);
    const { value } = request;
    this.#recordWrite({ process, key, token, value, result: accepted, start, end: this.#clock.now() });
    return accepted ? { accepted: true, value } : { accepted: false };
  }

  read(process: string, key: string): string | null {
    const start = this.#clock.now();
    const result = this.#cellOf(key).value;
    this.#recorder.record({ process, op: 'fenced-read', key, result, outcome: 'ok', start, end: this.#clock.now() });
    return result;
  }

  /**
   * A read that shuts out smaller tokens from then on: without it, a smaller token could still write between a larger one's read and its
   * first write. It is a read and a write that have nothing between them, and is recorded as these two.
   */
  #claim(process: string, key: string, token: number, start: number): FencedAnswer {
    const cell = this.#cellOf(key);
    const accepted = token >= cell.highest;
    const before = cell.value;
    const value = tallyValue(readTally(before).count, token, 0);
    const readBy = this.#clock.now();
    if (accepted) {
      this.#recorder.record({ process, op: 'fenced-read', key, result: before, outcome: 'ok', start, end: readBy });
      this.#set(cell, token, value);
    }
    const end = Math.max(this.#clock.now(), readBy + 1);
    this.#recordWrite({ process, key, token, value, result: accepted, start: accepted ? readBy + 1 : start, end });
    return accepted ? { accepted: true, value } : { accepted: false };
  }

  #recordWrite(write: FencedWrite): void {
    this.#recorder.record({ ...write, op: 'fenced-write', outcome: 'ok' });
  }

  #set(cell: Cell, token: number, value: string): void {
    cell.highest = token;
    cell.value = value;
  }

  #cellOf(key: string): Cell {
    const known = this.#cells.get(key);
    if (known !== undefined) return known;
    const cell = { highest: 0, value: null };
    this.#cells.set(key, cell);
    return cell;
  }
}
