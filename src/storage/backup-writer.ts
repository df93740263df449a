import { createHash } from 'node:crypto';
import { access, type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type BackupHeader,
  backupMagic,
  encodeBackupHeader,
  encodeBackupTrailer,
  encodeFrame,
  type FrameKind,
} from './backup-codec.ts';
import { fileExists, notWritable } from './backup-error.ts';
import { syncDirectory, systemCode } from './durable-files.ts';

export interface WritingOptions {
  /** A file of that name is replaced, as is what an earlier attempt has left. */
  readonly force: boolean;
}

/**
 * Writes a backup beside its name, in FILE.part, where it stays until it is published: under its own name there is either a whole one
 * or none. Each call waits for the one before. It holds secrets of sessions: nobody else may read it.
 */
export class BackupWriter {
  readonly file: string;
  readonly partFile: string;
  readonly #options: WritingOptions;
  readonly #handle: FileHandle;
  readonly #digest = createHash('sha256');
  #chunks = 0;
  #bytes = 0;
  #fileBytes = 0;

  private constructor(file: string, options: WritingOptions, handle: FileHandle) {
    this.file = file;
    this.partFile = partFileOf(file);
    this.#options = options;
    this.#handle = handle;
  }

  /** @throws BackupError FILE_EXISTS, FILE_NOT_WRITABLE, DISK_FULL */
  static async create(file: string, header: BackupHeader, options: WritingOptions): Promise<BackupWriter> {
    await refuseIfThere(file, options);
    const partFile = partFileOf(file);
    try {
      if (options.force) await rm(partFile, { force: true });
      const writer = new BackupWriter(file, options, await open(partFile, 'wx', 0o600));
      try {
        await writer.#append(backupMagic);
        await writer.#frame('header', encodeBackupHeader(header));
        return writer;
      } catch (error) {
        await writer.discard();
        throw error;
      }
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw notWritable(partFile, error);
      throw fileExists(partFile, 'another save is writing it, or was killed; then remove it, or use --force', error);
    }
  }

  /** Of the whole file, so far. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** @throws BackupError FILE_NOT_WRITABLE, DISK_FULL */
  async append(chunk: Uint8Array): Promise<void> {
    await this.#attempt(() => this.#frame('chunk', chunk));
    this.#chunks += 1;
    this.#bytes += chunk.length;
  }

  /** It is whole and durable, under the name `partFile`. @throws BackupError FILE_NOT_WRITABLE, DISK_FULL */
  async finish(): Promise<void> {
    const sha256 = this.#digest.digest();
    const trailer = encodeFrame('trailer', encodeBackupTrailer({ chunks: this.#chunks, bytes: this.#bytes, sha256 }));
    await this.#attempt(async () => {
      await this.#handle.writeFile(trailer);
      await this.#handle.sync();
      await this.#handle.close();
    });
    this.#fileBytes += trailer.length;
  }

  /** Gives it its name, durably. @throws BackupError FILE_EXISTS, FILE_NOT_WRITABLE */
  async publish(): Promise<void> {
    try {
      if (this.#options.force) await rename(this.partFile, this.file);
      else await this.#publishOnce();
      await syncDirectory(path.dirname(path.resolve(this.file)));
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw fileExists(this.file, 'it came while the backup was saved', error);
      throw notWritable(this.file, error);
    }
  }

  /** Nothing of it is left. Does nothing once it is published. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined); // it may be closed already
    await rm(this.partFile, { force: true });
  }

  /** A link fails if there is such a name, a rename would replace what has it; not every file system has links. */
  async #publishOnce(): Promise<void> {
    try {
      await link(this.partFile, this.file);
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
      await refuseIfThere(this.file, this.#options);
      await rename(this.partFile, this.file);
      return;
    }
    await rm(this.partFile);
  }

  async #attempt(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      throw notWritable(this.partFile, error);
    }
  }

  async #frame(kind: FrameKind, content: Uint8Array): Promise<void> {
    await this.#append(encodeFrame(kind, content));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#handle.writeFile(bytes);
    this.#digest.update(bytes);
    this.#fileBytes += bytes.length;
  }
}

export function partFileOf(file: string): string {
  return `${file}.part`;
}

/** Before anything is asked of a cluster, too. @throws BackupError FILE_EXISTS */
export async function refuseIfThere(file: string, { force }: WritingOptions): Promise<void> {
  if (force) return;
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) throw fileExists(file, 'name another one, or replace it with --force');
}
