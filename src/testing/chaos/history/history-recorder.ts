import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { HistoryLine } from '../../checkers/event-history.ts';

/** Keeps the lines of a run, and appends each to a file, if one is named, as it happens: NDJSON, as `parseHistory` reads it. */
export class HistoryRecorder {
  readonly #lines: HistoryLine[] = [];
  readonly #stream: WriteStream | undefined;
  #error: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(file: string | undefined) {
    if (file === undefined) return;
    this.#stream = createWriteStream(file);
    this.#stream.on('error', (error) => {
      this.#error ??= error;
    });
  }

  get lines(): readonly HistoryLine[] {
    return this.#lines;
  }

  record(line: HistoryLine): void {
    if (this.#closing !== undefined) throw new Error('the history is closed');
    this.#lines.push(line);
    this.#stream?.write(`${JSON.stringify(line)}\n`);
  }

  /** Rejects if anything could not be written. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#stream !== undefined && this.#error === undefined) {
      this.#stream.end();
      await finished(this.#stream);
    }
    if (this.#error !== undefined) throw this.#error;
  }
}
