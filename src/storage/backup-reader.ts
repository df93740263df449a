import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { maxChunkBytes } from '../replica/checkpoint.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import {
  type BackupHeader,
  type BackupTrailer,
  backupMagic,
  decodeBackupHeader,
  decodeBackupTrailer,
  type FrameKind,
  frameHeadBytes,
  isIntactFrame,
  readFrameHead,
} from './backup-codec.ts';
import { BackupError, backupDamaged, newerBackup, notReadable } from './backup-error.ts';
import { textOf } from './storage-error.ts';

interface Frame {
  readonly kind: FrameKind;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** Reads a backup from its beginning to its end, once, and verifies every byte of it. Whether its chunks make a state is for others. */
export class BackupReader {
  readonly file: string;
  readonly header: BackupHeader;
  /** When it was opened. */
  readonly fileBytes: number;
  readonly #handle: FileHandle;
  readonly #digest: Hash;
  #position: number;
  #trailer: BackupTrailer | undefined;

  private constructor(
    file: string,
    header: BackupHeader,
    fileBytes: number,
    handle: FileHandle,
    digest: Hash,
    position: number,
  ) {
    this.file = file;
    this.header = header;
    this.fileBytes = fileBytes;
    this.#handle = handle;
    this.#digest = digest;
    this.#position = position;
  }

  /** @throws BackupError NOT_A_BACKUP, BACKUP_DAMAGED, NEWER_FORMAT, FILE_NOT_READABLE */
  static async open(file: string): Promise<BackupReader> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      const magic = await readFully(handle, 0, backupMagic.length);
      if (Buffer.compare(magic, backupMagic) !== 0) {
        throw new BackupError('NOT_A_BACKUP', `${file} is no backup of conclave, or its first bytes are damaged.`);
      }
      const frame = await readFrame(file, handle, backupMagic.length, 'its header');
      if (frame.kind !== 'header') throw backupDamaged(file, 'it does not begin with a header');
      const digest = createHash('sha256').update(magic).update(frame.bytes);
      const position = backupMagic.length + frame.bytes.length;
      const header = decoded(file, frame.content, decodeBackupHeader);
      const { size } = await handle.stat();
      return new BackupReader(file, header, size, handle, digest, position);
    } catch (error) {
      await handle?.close();
      throw notReadable(file, error);
    }
  }

  /** Whole fields of the encoded state, in their order. It is all of it, and intact, if nothing is thrown. @throws as `open` */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    let count = 0;
    let bytes = 0;
    for (;;) {
      const { kind, bytes: frame, content } = await this.#next(`chunk ${count}, or its end,`);
      if (kind === 'header') throw backupDamaged(this.file, `a second header is in the place of chunk ${count}`);
      if (kind === 'trailer') {
        await this.#finish(decoded(this.file, content, decodeBackupTrailer), { chunks: count, bytes });
        return;
      }
      this.#digest.update(frame);
      count += 1;
      bytes += content.length;
      yield content;
    }
  }

  /** After all chunks. */
  get trailer(): BackupTrailer | undefined {
    return this.#trailer;
  }

  /** How much of the file has been read. */
  get position(): number {
    return this.#position;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #next(what: string): Promise<Frame> {
    try {
      const frame = await readFrame(this.file, this.#handle, this.#position, what);
      this.#position += frame.bytes.length;
      return frame;
    } catch (error) {
      throw notReadable(this.file, error);
    }
  }

  async #finish(trailer: BackupTrailer, found: { readonly chunks: number; readonly bytes: number }): Promise<void> {
    if (trailer.chunks !== found.chunks || trailer.bytes !== found.bytes) {
      const [has, had] = [found, trailer].map(({ chunks, bytes }) => `${chunks} chunks of ${bytes} bytes`);
      throw backupDamaged(this.file, `it has ${has}, but was written with ${had}`);
    }
    if (Buffer.compare(this.#digest.digest(), trailer.sha256) !== 0) {
      throw backupDamaged(this.file, 'it does not match the checksum over all of it');
    }
    const { size } = await this.#handle.stat();
    if (size !== this.#position) {
      throw backupDamaged(this.file, `${size - this.#position} bytes come after its end`);
    }
    this.#trailer = trailer;
  }
}

/** `what` is a noun phrase: "chunk 3". */
async function readFrame(file: string, handle: FileHandle, position: number, what: string): Promise<Frame> {
  const place = `${what} at byte ${position}`;
  const head = await readFully(handle, position, frameHeadBytes);
  if (head.length < frameHeadBytes) throw backupDamaged(file, `it ends where ${place} should be`);
  const { kind, length } = readFrameHead(head);
  if (kind === undefined || length > maxChunkBytes) throw backupDamaged(file, `${place} has a damaged frame`);
  const bytes = await readFully(handle, position, frameHeadBytes + length);
  if (bytes.length < frameHeadBytes + length) throw backupDamaged(file, `it ends within ${place}`);
  if (!isIntactFrame(bytes)) throw backupDamaged(file, `${place} does not match its checksum`);
  return { kind, bytes, content: bytes.subarray(frameHeadBytes) };
}

/** Less only if the file ends before. */
async function readFully(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function decoded<Content>(file: string, bytes: Uint8Array, decode: (bytes: Uint8Array) => Content): Content {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    if (error.code !== 'UNSUPPORTED') throw backupDamaged(file, textOf(error), { cause: error });
    throw newerBackup(file, error);
  }
}
