import { execFile } from 'node:child_process';
import { cp, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ballastName = 'ballast';

/** A tmpfs in the place of a data directory, with what was there. Needs root. */
export class SmallFileSystem {
  readonly #directory: string;
  readonly #original: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#original = `${directory}-on-disk`;
  }

  /** Nobody may use the directory meanwhile. `roomBytes`: what is left beside the copy. */
  static async under(directory: string, roomBytes: number): Promise<SmallFileSystem> {
    const disk = new SmallFileSystem(directory);
    await rename(directory, disk.#original);
    await mkdir(directory, { mode: 0o700 });
    const { stdout } = await run('du', ['-sk', disk.#original]);
    const sizeKib = Number.parseInt(stdout, 10) + Math.ceil(roomBytes / 1024);
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k,mode=700`, 'tmpfs', directory]);
    await cp(disk.#original, directory, { recursive: true });
    return disk;
  }

  /** Takes all that is left. Resolves with how much that was. */
  async fill(): Promise<number> {
    const ballast = await open(join(this.#directory, ballastName), 'w');
    const piece = new Uint8Array(64 * 1024);
    let filledBytes = 0;
    try {
      for (;;) filledBytes += (await ballast.write(piece)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await ballast.close();
    }
    const { bavail } = await statfs(this.#directory);
    if (bavail > 0) throw new Error(`${this.#directory} was to be full, and has ${bavail} blocks left`);
    return filledBytes;
  }

  /** What the node has written is kept: it may have promised it to others. Nobody may use the directory meanwhile. */
  async remove(): Promise<void> {
    const copy = `${this.#directory}-copy`;
    await rm(join(this.#directory, ballastName), { force: true });
    await cp(this.#directory, copy, { recursive: true });
    await run('umount', [this.#directory]);
    await rm(this.#directory, { recursive: true });
    await rename(copy, this.#directory);
    await rm(this.#original, { recursive: true });
  }
}
