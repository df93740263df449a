import { keyString } from '../wire/bytes.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import { bytesOf } from './arguments.ts';
import { cond } from './conditions.ts';
import { entryOf } from './entry.ts';
import { ConclaveError } from './error.ts';
import type { Transaction } from './transact-types.ts';
import { op } from './transaction.ts';
import type { Bytes, Client, Entry } from './types.ts';
import type { Waiting } from './waiting.ts';

/** What transactions are built on. */
export type TransactionStore = Pick<Client, 'get' | 'range' | 'txn'>;

interface Read {
  readonly key: Uint8Array;
  readonly entry: Entry | undefined;
}

interface Write {
  readonly key: Uint8Array;
  /** None: it is deleted. */
  readonly value: Uint8Array | undefined;
}

/**
 * One run of the program's function. That everything read is still so at the commit makes it as good as if all of it had happened
 * at that moment (Kung and Robinson, 1981: backward validation). A key that was absent may have come and gone meanwhile, which
 * makes no difference to that.
 */
export class TransactionAttempt {
  /** What the function is given, and no more. */
  readonly transaction: Transaction = {
    get: (key) => this.#get(key),
    put: (key, value) => this.#write({ key: bytesOf(key, 'a key'), value: bytesOf(value, 'a value') }),
    delete: (key) => this.#write({ key: bytesOf(key, 'a key'), value: undefined }),
  };
  readonly #store: TransactionStore;
  readonly #waiting: Waiting;
  /** The revision that all is read at: that of the first answer. */
  #revision: Promise<number> | undefined;
  /** The same, once it is known. */
  #snapshot = 0;
  /** Asked for, answered or not: a key is read once. */
  readonly #asked = new Map<string, Promise<Entry | undefined>>();
  /** What the function can have based its writes on. */
  readonly #reads = new Map<string, Read>();
  readonly #writes = new Map<string, Write>();
  /** The history that this attempt reads went away under it: as a conflict, that is mended by another attempt. */
  #overtaken = false;
  #over = false;

  constructor(store: TransactionStore, waiting: Waiting) {
    this.#store = store;
    this.#waiting = waiting;
  }

  get overtaken(): boolean {
    return this.#overtaken;
  }

  /** The function is done with it, or nobody waits for the function any more. */
  end(): void {
    this.#over = true;
  }

  /** To be called after the end. Undefined: what was read had been changed by others; nothing was written. */
  async commit(): Promise<number | undefined> {
    if (this.#overtaken) return undefined;
    if (this.#writes.size === 0) return this.#snapshot;
    const high = limits.transactionOperations;
    if (this.#reads.size > high) {
      const message = `the transaction writes, and has read ${this.#reads.size} keys, which is more than ${high}`;
      throw new ConclaveError('TOO_MANY_OPERATIONS', message);
    }
    const unchanged = [...this.#reads.values()].map(({ key, entry }) =>
      // By its own key: the bytes of the entry are the program's.
      entry === undefined ? cond.absent(key) : cond.unchanged({ ...entry, keyBytes: key }),
    );
    const writes = [...this.#writes.values()].map(({ key, value }) =>
      value === undefined ? op.delete(key) : op.put(key, value),
    );
    const { succeeded, revision } = await this.#store.txn({ if: unchanged, then: writes }, this.#waiting.limits());
    return succeeded ? revision : undefined;
  }

  async #get(key: Bytes): Promise<Entry | undefined> {
    this.#assertOpen();
    const bytes = bytesOf(key, 'a key');
    const name = keyString(bytes);
    const write = this.#writes.get(name);
    if (write !== undefined) return writtenEntry(write);
    const asked = this.#asked.get(name);
    if (asked !== undefined) return await asked;
    const read = this.#read(bytes, name);
    this.#asked.set(name, read);
    return await read;
  }

  async #read(key: Uint8Array, name: string): Promise<Entry | undefined> {
    try {
      const entry = await (this.#revision === undefined ? this.#readFirst(key) : this.#readAt(this.#revision, key));
      if (!this.#over) this.#reads.set(name, { key, entry });
      return entry;
    } catch (error) {
      this.#asked.delete(name);
      if (error instanceof ConclaveError && error.code === 'COMPACTED') this.#overtaken = true;
      throw error;
    }
  }

  /** Linearizable. A range tells its revision, which `get` does not. */
  async #readFirst(key: Uint8Array): Promise<Entry | undefined> {
    const range = this.#store.range(key, this.#waiting.limits());
    const revision = range.then((answer) => answer.revision);
    this.#revision = revision;
    // It fixed nothing: should the program go on all the same, its next read is the first.
    revision.catch(() => {
      this.#revision = undefined;
    });
    const { entries, revision: snapshot } = await range;
    this.#snapshot = snapshot;
    return entries[0];
  }

  /** No question to the leader is needed: the past is the same on all nodes, and this client has seen that revision. */
  async #readAt(revision: Promise<number>, key: Uint8Array): Promise<Entry | undefined> {
    const asked = await revision;
    // Before the first change of all, and it cannot be asked for: 0 stands for now.
    if (asked === 0) return undefined;
    return await this.#store.get(key, { ...this.#waiting.limits(), revision: asked, consistency: 'stale' });
  }

  #write(write: Write): void {
    this.#assertOpen();
    const name = keyString(write.key);
    if (this.#writes.size >= limits.transactionOperations && !this.#writes.has(name)) {
      const message = `the transaction writes more than ${limits.transactionOperations} keys`;
      throw new ConclaveError('TOO_MANY_OPERATIONS', message);
    }
    this.#writes.set(name, write);
  }

  #assertOpen(): void {
    if (this.#over) throw new ConclaveError('CLOSED', 'the transaction is over: its function has ended');
  }
}

/** As it will be read once it is committed, but for the numbers that the service gives then. */
function writtenEntry({ key, value }: Write): Entry | undefined {
  if (value === undefined) return undefined;
  const none = 0 as Revision;
  return entryOf({
    key,
    value,
    createRevision: none,
    modRevision: none,
    version: 0,
    sessionId: 0 as SessionId,
  });
}
