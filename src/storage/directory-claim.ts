import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StorageError } from './storage-error.ts';

/**
 * The databases that this process has open, by their paths. LevelDB's lock keeps other processes out, but may not be asked a second time
 * by this one: it opens its LOCK file for that and closes it again, and with that POSIX drops the lock of the first
 * (fcntl(2), "advisory record locking"). For the same reason nothing else may open that file while the node runs.
 */
const claimed = new Set<string>();

const fileName = 'owner.pid';

/**
 * The right to one database of a data directory, and the name of the process that has it, for the message to the next who
 * tries. One database of a directory is enough to bear that name.
 */
export class DirectoryClaim {
  readonly #directory: string;
  readonly #database: string;

  private constructor(directory: string, database: string) {
    this.#directory = directory;
    this.#database = database;
  }

  /** `directory` is a real path, `database` a name in it. @throws StorageError DIRECTORY_IN_USE, by this very process */
  static take(directory: string, database: string): DirectoryClaim {
    const location = path.join(directory, database);
    if (claimed.has(location)) throw inUse(directory, 'this process, which has it open already');
    claimed.add(location);
    return new DirectoryClaim(directory, location);
  }

  /** After LevelDB's lock was gained. @throws system errors */
  async sign(): Promise<void> {
    await writeFile(path.join(this.#directory, fileName), `${process.pid}\n`, { mode: 0o600 });
  }

  /** The error to be thrown when LevelDB's lock was refused. */
  async refused(cause: unknown): Promise<StorageError> {
    const pid = await livingOwner(this.#directory);
    return inUse(this.#directory, pid === undefined ? 'another process' : `process ${pid}`, cause);
  }

  /** In place of LevelDB's lock, as long as that cannot be asked. @throws StorageError DIRECTORY_IN_USE */
  async refuseIfSigned(): Promise<void> {
    await refuseIfSigned(this.#directory);
  }

  /** Takes the signature away, while the lock is still held. One that a broken disk keeps names a process that will have ended. */
  async unsign(): Promise<void> {
    await rm(path.join(this.#directory, fileName), { force: true }).catch(() => undefined);
  }

  /** After the lock was given up. */
  release(): void {
    claimed.delete(this.#database);
  }
}

/**
 * For whoever only reads, and so has no lock of LevelDB that could be refused: neither this process nor one that is alive has signed the
 * directory, which is a real path. A process that was killed has left its signature, and another may have got its number since.
 *
 * @throws StorageError DIRECTORY_IN_USE
 */
export async function refuseIfClaimed(directory: string): Promise<void> {
  if ([...claimed].some((location) => path.dirname(location) === directory)) {
    throw inUse(directory, 'this process, which has it open');
  }
  await refuseIfSigned(directory);
}

async function refuseIfSigned(directory: string): Promise<void> {
  const pid = await livingOwner(directory);
  if (pid === undefined) return;
  throw new StorageError(
    'DIRECTORY_IN_USE',
    `The data directory ${directory} is in use by process ${pid}. Stop that process first. If it is none of Conclave, it was given the ` +
      `number of a node that was killed: then delete ${path.join(directory, fileName)}.`,
  );
}

/** The process that has signed the directory, if it is alive and not this one. */
async function livingOwner(directory: string): Promise<number | undefined> {
  const pid = Number(await readFile(path.join(directory, fileName), 'utf8').catch(() => ''));
  return isAlive(pid) ? pid : undefined;
}

function inUse(directory: string, owner: string, cause?: unknown): StorageError {
  return new StorageError(
    'DIRECTORY_IN_USE',
    `The data directory ${directory} is in use by ${owner}. Stop that process, or give each node a directory of its own.`,
    cause === undefined ? undefined : { cause },
  );
}

/** What a process that was killed has left behind names nobody. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
