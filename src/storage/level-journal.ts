import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { AcceptedSlot, JournalRecord, JournalSummary, Slot } from '../paxos/record.ts';
import { AssertionFailure, assert } from '../wire/assert.ts';
import { DirectoryClaim } from './directory-claim.ts';
import { syncDirectory } from './durable-files.ts';
import { newestAnchor, recordsAfter, scanRecords } from './journal-scan.ts';
import {
  type Bytes,
  type DatabaseKind,
  hasDatabase,
  openDatabase,
  reopenDatabase,
  tellsOfDamage,
} from './level-database.ts';
import type { Journal } from './ports.ts';
import { decodeIntact, RecordChain } from './record-chain.ts';
import { claimedCrc, encodeRecord } from './record-codec.ts';
import { anchorKey, firstAnchorKey, firstKey, recordKey, sequenceOfKey } from './record-key.ts';
import { RunReader } from './run-reader.ts';
import { SlotRange } from './slot-range.ts';
import { fromLevelError, fromSystemError, journalDamaged, StorageError, textOf } from './storage-error.ts';
import { Witness } from './witness.ts';

const mebibyte = 1024 * 1024;

/**
 * Keys only rise and old ones are deleted in one piece, so there is nothing to merge: LevelDB writes each record twice, to
 * its write-ahead log and, when the write buffer is full, to a table that no later one overlaps.
 */
const tuning = {
  // Two hold the largest burst (64 open slots, 16 MiB in all), which would else wait for the table before it; the price is as much memory,
  // twice, and as much to be read again when the database is opened after a crash.
  writeBufferSize: 8 * mebibyte,
  // So deletions of trimmed records rewrite few tables.
  maxFileSize: 8 * mebibyte,
  // Read from end to end or in long runs; with 4 KiB nearly each record would have an index entry of its own.
  blockSize: 64 * 1024,
  // Nothing is read often: long runs by iterator, which by default leaves the cache alone.
  cacheSize: mebibyte,
} as const;

/**
 * The journal of a data directory, in LevelDB: `journal/` is the database, `witness` and `owner.pid` lie beside it.
 * One `put` with fsync per append.
 */
export class LevelJournal implements Journal {
  readonly #directory: string;
  readonly #location: string;
  readonly #kind: DatabaseKind;
  #claim: DirectoryClaim | undefined;
  #witness: Witness | undefined;
  #database: Bytes | undefined;
  /** Undefined until the first scan was read to its end. */
  #chain: RecordChain | undefined;
  #appending: Promise<void> | undefined;
  #trimming: Promise<void> | undefined;
  #reopening: Promise<void> | undefined;
  #failure: StorageError | undefined;
  #closing: Promise<void> | undefined;

  /** `directory` is the node's data directory. */
  constructor(directory: string, onHanded?: DatabaseKind['onHanded']) {
    this.#directory = directory;
    const location = path.join(directory, 'journal');
    this.#location = location;
    this.#kind = {
      location,
      name: `the journal in ${location}`,
      tuning,
      onHanded,
      damaged: (problem, options) => journalDamaged(location, problem, options),
    };
  }

  async open(): Promise<void> {
    assert(this.#claim === undefined && this.#closing === undefined, 'a journal is opened once');
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      this.#claim = DirectoryClaim.take(await realpath(this.#directory), 'journal');
      await this.#openWitness();
      this.#database = await openDatabase(this.#kind, this.#claim);
      await this.#claim.sign();
      await syncDirectory(this.#location);
      await syncDirectory(this.#directory);
    } catch (error) {
      const failure = fromSystemError(error, `open ${this.#kind.name}`);
      this.#failure = failure;
      await this.close().catch(() => undefined); // the first error tells more
      throw failure;
    }
  }

  async *scan(): AsyncGenerator<JournalRecord, void, undefined> {
    const database = this.#usable();
    const chain = new RecordChain(this.#location, this.#witness?.found);
    let iterator: ReturnType<typeof recordsAfter> | undefined;
    try {
      const anchor = await newestAnchor(database);
      if (anchor !== undefined) yield chain.verifyAnchor(sequenceOfKey(anchor[0]), anchor[1]);
      iterator = recordsAfter(database, chain.lastSequence);
      for (;;) {
        const entries = await iterator.nextv(scanRecords);
        if (entries.length === 0) break;
        for (const [key, frame] of entries) yield chain.verify(sequenceOfKey(key), frame);
      }
      chain.verifyEnd();
    } catch (error) {
      throw this.#readFailure(error, chain.lastSequence + 1);
    } finally {
      await iterator?.close();
    }
    if (this.#chain !== undefined) return;
    await this.#reopen(database);
    this.#chain = chain;
    // A record may have become durable without the witness being told, before the last stop.
    if (chain.lastSequence > 0) this.#witness?.note({ sequence: chain.lastSequence, crc: chain.lastCrc });
  }

  /** Once scanned: why nobody but the other nodes can tell whether records are missing from its end, as a sentence. */
  get witnessProblem(): string | undefined {
    const problem = this.#witness?.problem;
    if (problem === undefined || (this.#chain?.lastSequence ?? 0) === 0) return undefined;
    const file = path.join(this.#directory, 'witness');
    return `${file} ${problem}: whether records are missing from the end of the journal, the other nodes alone can tell`;
  }

  async append(record: JournalRecord): Promise<void> {
    const database = this.#usable();
    const chain = this.#scanned();
    assert(this.#appending === undefined, `record ${record.sequence} is appended while another is`);
    chain.assertNext(record);
    const appending = this.#write(database, chain, record);
    this.#appending = appending;
    try {
      await appending;
    } finally {
      this.#appending = undefined;
    }
  }

  async readSlots(fromSlot: Slot, toSlot: Slot, maxBytes: number): Promise<readonly AcceptedSlot[]> {
    const database = this.#usable();
    const range = new SlotRange(this.#scanned().index, fromSlot, toSlot, maxBytes);
    let sequence = range.wanted();
    if (sequence === undefined) return range.slots;
    const run = new RunReader(database);
    try {
      for (; sequence !== undefined; sequence = range.wanted()) {
        const frame = await run.read(sequence);
        if (frame === undefined) throw journalDamaged(this.#location, `record ${sequence} is missing`);
        range.take(decodeIntact(this.#location, sequence, frame).record);
      }
      return range.slots;
    } catch (error) {
      throw this.#readFailure(error, sequence ?? 0);
    } finally {
      await run.close();
    }
  }

  async trim(throughSlot: Slot, summary: JournalSummary): Promise<void> {
    const database = this.#usable();
    const chain = this.#scanned();
    const last = chain.lastToTrim(throughSlot);
    if (last === undefined) return;
    assert(this.#trimming === undefined, `the journal is trimmed through slot ${throughSlot} while it is trimmed`);
    const trimming = this.#trim(database, last, summary, () => chain.trimmed(last, throughSlot));
    this.#trimming = trimming;
    try {
      await trimming;
    } finally {
      this.#trimming = undefined;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #openWitness(): Promise<void> {
    const file = path.join(this.#directory, 'witness');
    this.#witness = await Witness.open(file, (error) => this.#failWith(fromSystemError(error, `write ${file}`)));
    const witnessed = this.#witness.found?.sequence ?? 0;
    if (!(await hasDatabase(this.#kind)) && witnessed > 0) {
      throw journalDamaged(this.#location, `records 1 to ${witnessed} are missing with the whole database`);
    }
  }

  /** All of it was mapped into memory. Nobody uses it before it has been scanned. */
  async #reopen(database: Bytes): Promise<void> {
    this.#usable();
    const reopened = reopenDatabase(database);
    this.#reopening = reopened.catch(() => undefined); // it is the caller who is told
    try {
      await reopened;
    } catch (error) {
      throw this.#failWith(fromLevelError(error, `open ${this.#kind.name} again`));
    }
  }

  async #write(database: Bytes, chain: RecordChain, record: JournalRecord): Promise<void> {
    const frame = encodeRecord(record, chain.lastCrc);
    try {
      await database.put(recordKey(record.sequence), frame, { sync: true });
    } catch (error) {
      throw this.#failWith(fromLevelError(error, `append record ${record.sequence} to ${this.#location}`));
    }
    chain.extend(record, frame);
    this.#witness?.note({ sequence: record.sequence, crc: claimedCrc(frame) });
  }

  /**
   * The anchor is durable, and nobody looks for the records that it stands for (`onAnchored`), before the first of them is deleted;
   * deletions that come back are passed over.
   */
  async #trim(database: Bytes, last: number, summary: JournalSummary, onAnchored: () => void): Promise<void> {
    let frame: Uint8Array;
    try {
      const lastFrame = await database.get(recordKey(last));
      if (lastFrame === undefined) throw journalDamaged(this.#location, `record ${last} is missing`);
      decodeIntact(this.#location, last, lastFrame);
      frame = encodeRecord({ ...summary, sequence: last, accepted: [] }, claimedCrc(lastFrame));
    } catch (error) {
      throw this.#readFailure(error, last);
    }
    try {
      await database.put(anchorKey(last), frame, { sync: true });
      onAnchored();
      await database.clear({ gte: firstAnchorKey, lt: anchorKey(last) });
      await database.clear({ gte: firstKey, lte: recordKey(last) });
    } catch (error) {
      throw this.#failWith(fromLevelError(error, `trim ${this.#location} through record ${last}`));
    }
  }

  #scanned(): RecordChain {
    assert(this.#chain !== undefined, 'a journal is scanned to its end before it is used');
    return this.#chain;
  }

  #usable(): Bytes {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw this.#closed();
    assert(this.#database !== undefined, 'a journal is opened before it is used');
    return this.#database;
  }

  #closed(): StorageError {
    return new StorageError('CLOSED', `The journal in ${this.#location} was closed.`);
  }

  /** The first failure is the one that is told from then on. LevelDB itself would go on after some. */
  #failWith(error: StorageError): StorageError {
    this.#failure ??= error;
    return this.#failure;
  }

  /** What to throw when reading has failed, `sequence` being the next record that was wanted. */
  #readFailure(error: unknown, sequence: number): unknown {
    if (error instanceof AssertionFailure) return error;
    if (this.#closing !== undefined) return this.#closed();
    if (!tellsOfDamage(error)) {
      return this.#failWith(fromLevelError(error, `read record ${sequence} of ${this.#location}`));
    }
    const problem = `record ${sequence}, or one soon after it, cannot be read (${textOf(error)})`;
    return this.#failWith(journalDamaged(this.#location, problem, { cause: error }));
  }

  async #close(): Promise<void> {
    // It is the caller who is told.
    await this.#appending?.catch(() => undefined);
    await this.#trimming?.catch(() => undefined);
    await this.#reopening;
    try {
      await this.#witness?.close();
    } catch (error) {
      throw fromSystemError(error, `close the witness of ${this.#location}`);
    } finally {
      await this.#closeDatabase();
    }
  }

  async #closeDatabase(): Promise<void> {
    try {
      if (this.#database !== undefined) {
        await this.#claim?.unsign();
        await this.#database.close();
      }
    } catch (error) {
      throw fromLevelError(error, `close ${this.#kind.name}`);
    }
    this.#claim?.release();
  }
}
