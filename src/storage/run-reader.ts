import type { Bytes } from './level-database.ts';
import { pastLastKey, recordKey, sequenceOfKey } from './record-key.ts';

/** How much is read at a time: little after a jump, more while it goes on in order. */
const jumpRecords = 8;
const runRecords = 256;
const runBytes = 256 * 1024;

type Entry = readonly [key: Uint8Array, frame: Uint8Array];

/**
 * Reads single records that mostly follow one another, as the values of successive slots do: up to some hundred per
 * visit to LevelDB, from a view fixed when it was made.
 */
export class RunReader {
  readonly #iterator: ReturnType<typeof recordIterator>;
  #run: readonly Entry[] = [];
  #at = 0;
  /** The record after the run's last: where the iterator stands. */
  #nextSequence = -1;

  constructor(database: Bytes) {
    this.#iterator = recordIterator(database);
  }

  /** The record's frame; undefined if it is not there. */
  async read(sequence: number): Promise<Uint8Array | undefined> {
    const here = this.#run[this.#at];
    if (here !== undefined && sequenceOfKey(here[0]) > sequence) return this.#jump(sequence);
    for (; this.#at < this.#run.length; this.#at++) {
      const [key, frame] = this.#run[this.#at] as Entry;
      if (sequenceOfKey(key) >= sequence) return sequenceOfKey(key) === sequence ? frame : undefined;
    }
    if (sequence !== this.#nextSequence) return this.#jump(sequence);
    await this.#fetch(runRecords);
    return this.#firstIf(sequence);
  }

  close(): Promise<void> {
    return this.#iterator.close();
  }

  async #jump(sequence: number): Promise<Uint8Array | undefined> {
    this.#iterator.seek(recordKey(sequence));
    await this.#fetch(jumpRecords);
    return this.#firstIf(sequence);
  }

  #firstIf(sequence: number): Uint8Array | undefined {
    const first = this.#run[0];
    return first !== undefined && sequenceOfKey(first[0]) === sequence ? first[1] : undefined;
  }

  async #fetch(records: number): Promise<void> {
    this.#run = await this.#iterator.nextv(records);
    this.#at = 0;
    const last = this.#run.at(-1);
    this.#nextSequence = last === undefined ? -1 : sequenceOfKey(last[0]) + 1;
  }
}

function recordIterator(database: Bytes) {
  return database.iterator({ gte: recordKey(0), lt: pastLastKey, highWaterMarkBytes: runBytes });
}
