import type { BigIntStats } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemCode } from './durable-files.ts';
import { fromSystemError, StorageError, textOf } from './storage-error.ts';

/** What LevelDB reads of its directory when it opens it, beside the tables. */
const copiedNames = /^(?:CURRENT|MANIFEST-\d+|\d+\.log)$/;
const tableNames = /^(\d+)\.(?:ldb|sst)$/;

/**
 * The databases of a stopped node for whoever wants to read them, and change nothing. LevelDB has no such way: it writes when it opens a
 * database (LOCK, LOG, a new MANIFEST, tables in the place of logs), and may go on to merge tables. So it is given a temporary directory of
 * its own, with a copy of all but the tables, which are large and never change: for these there are symbolic links.
 *
 * Each link is named `.sst`, whatever its table is named. With that name LevelDB finds it, because tables were once called so, but all that
 * it writes are `.ldb` (1.20, table_cache.cc, FindTable; filename.cc). By a link under the table's own name it could overwrite the
 * original: after damage to the MANIFEST it gives numbers out again that are taken. To delete a link leaves the original where it is.
 */
export class ReadOnlyCopy {
  /** To be opened in the place of the data directory. */
  readonly directory: string;
  readonly #original: string;
  /** What was copied or linked, and how it looked then: by relative path; undefined: it was not there. */
  readonly #seen = new Map<string, string | undefined>();
  /** The relative paths of links, and of what they lead to. */
  readonly #links = new Map<string, string>();

  private constructor(original: string, directory: string) {
    this.#original = original;
    this.directory = directory;
  }

  /** Of nothing yet, and to be removed in the end. `original` is a real path. @throws StorageError */
  static async make(original: string): Promise<ReadOnlyCopy> {
    const parent = tmpdir();
    try {
      const directory = await mkdtemp(path.join(await realpath(parent), 'conclave-read-'));
      return new ReadOnlyCopy(original, directory);
    } catch (error) {
      throw temporaryFailure(`make a directory in ${parent}`, error);
    }
  }

  /** Adds one database; false if it is not there. @throws StorageError */
  addDatabase(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.#add(name, async () => {
      const names = await readdir(path.join(this.#original, name));
      this.#seen.set(name, names.sort().join());
      await mkdir(path.join(this.directory, name), { mode: 0o700 });
      for (const file of names) {
        signal?.throwIfAborted();
        const number = tableNames.exec(file)?.[1];
        if (number !== undefined) await this.#link(name, file, `${number}.sst`, names);
        else if (copiedNames.test(file)) await this.#copy(path.join(name, file));
      }
    });
  }

  /** Adds a file that lies beside the databases; false if it is not there. @throws StorageError */
  addFile(name: string): Promise<boolean> {
    return this.#add(name, () => this.#copy(name));
  }

  /**
   * To be asked in the end: nothing that was copied or linked has changed meanwhile. Else a node was started there, and what was read
   * may be of two times.
   *
   * @throws StorageError DIRECTORY_IN_USE
   */
  async verifyUnchanged(): Promise<void> {
    for (const [name, before] of this.#seen) {
      if ((await this.#look(name)) !== before) throw this.#changed(name);
    }
  }

  /** Of the copy, with names as in the original. */
  originalText(text: string): string {
    let original = text.replaceAll(this.directory, this.#original);
    for (const [link, table] of this.#links) {
      if (link !== table) original = original.replaceAll(path.basename(link), path.basename(table));
    }
    return original;
  }

  /** May be called more than once, and while LevelDB has something in it open. */
  async remove(): Promise<void> {
    // A database that is open may make a file at that very moment.
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }

  async #add(name: string, add: () => Promise<void>): Promise<boolean> {
    try {
      if ((await this.#look(name)) !== undefined) {
        await add();
        return true;
      }
      this.#seen.set(name, undefined);
      return false;
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      if (systemCode(error) === 'ENOENT') throw this.#changed(name);
      throw copyingFailure(error, `copy ${path.join(this.#original, name)} to ${this.directory}`);
    }
  }

  async #copy(name: string): Promise<void> {
    const copy = path.join(this.directory, name);
    this.#seen.set(name, await this.#look(name));
    await copyFile(path.join(this.#original, name), copy);
    await chmod(copy, 0o600); // the original may be read-only
  }

  async #link(database: string, table: string, link: string, names: readonly string[]): Promise<void> {
    // LevelDB would look for the other one first.
    if (table === link && names.includes(table.replace('.sst', '.ldb'))) return;
    const name = path.join(database, table);
    this.#seen.set(name, await this.#look(name));
    this.#links.set(path.join(database, link), name);
    await symlink(path.join(this.#original, name), path.join(this.directory, database, link));
  }

  /** What changes with the content of a file, or the names in a directory; undefined: nothing is there. */
  async #look(name: string): Promise<string | undefined> {
    const original = path.join(this.#original, name);
    let found: BigIntStats;
    try {
      found = await stat(original, { bigint: true });
      if (found.isDirectory()) return (await readdir(original)).sort().join();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    return `${found.ino} ${found.size} ${found.mtimeNs}`;
  }

  #changed(name: string): StorageError {
    return new StorageError(
      'DIRECTORY_IN_USE',
      `${path.join(this.#original, name)} was changed while it was read: a node has been started there. Stop it first.`,
    );
  }
}

function copyingFailure(error: unknown, doing: string): StorageError {
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT' ? temporaryFailure(doing, error) : fromSystemError(error, doing);
}

/** Not the fault of the original, whose disk may be in order. */
function temporaryFailure(doing: string, cause: unknown): StorageError {
  const code = fromSystemError(cause, doing).code === 'DISK_FULL' ? 'DISK_FULL' : 'IO_ERROR';
  const message = `Cannot ${doing}: ${textOf(cause)}. Make room there, or name another directory for temporary files by TMPDIR.`;
  return new StorageError(code, message, { cause });
}
