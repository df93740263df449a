import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { systemCode } from './durable-files.ts';
import type { WitnessMark } from './record-chain.ts';
import { newerFormat } from './storage-error.ts';

/** Format and version, sequence (64 bits), checksum of the record, checksum of all of this: big-endian. */
const witnessBytes = 20;
const name = 0x43_57_49_00; // 'CWI', and the version in the last byte
const formatVersion = 1;

/** Under load each write would cost a group commit a twentieth of its processor time. */
const intervalMs = 10;

/**
 * A small file beside the journal that says how far the journal was once durable. Overwritten after an append, at most once in
 * 10 ms, without fsync: it may fall behind, never run ahead, so a journal that ends below it has lost something. It survives a
 * crash of the process, and mostly one of the machine; if it does not, it is missing or behind and only says less.
 * (The idea: Alagappan et al., Protocol-Aware Recovery for Consensus-Based Storage, FAST '18.)
 */
export class Witness {
  /** What the file said when it was opened; undefined: nothing that can be relied upon. */
  readonly found: WitnessMark | undefined;
  /** Why it says nothing, as a clause after its name; undefined: it says something. */
  readonly problem: string | undefined;
  readonly #file: FileHandle;
  readonly #onFailure: (error: unknown) => void;
  #next: WitnessMark | undefined;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  private constructor(handle: FileHandle, file: string, content: Uint8Array, onFailure: (error: unknown) => void) {
    this.#file = handle;
    this.found = decodeWitness(file, content);
    if (this.found === undefined) {
      this.problem = content.length === 0 ? 'is missing or empty' : 'does not match its checksum';
    }
    this.#onFailure = onFailure;
  }

  /** Makes the file if there is none. `onFailure` is told when it cannot be written. @throws system errors, StorageError NEWER_FORMAT */
  static async open(file: string, onFailure: (error: unknown) => void): Promise<Witness> {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const content = new Uint8Array(witnessBytes);
      const { bytesRead } = await handle.read(content, 0, witnessBytes, 0);
      return new Witness(handle, file, content.subarray(0, bytesRead), onFailure);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The record is durable. Returns at once; of several that come within the interval, only the last is written. */
  note(mark: WitnessMark): void {
    this.#next = mark;
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    const waitMs = this.#lastWriteMs + intervalMs - performance.now();
    if (waitMs <= 0) this.#start();
    else this.#timer = setTimeout(() => this.#start(), waitMs);
  }

  /** Waits for the last mark, and makes it durable: there is time for it now. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#timer !== undefined) this.#start();
    await this.#writing;
    try {
      await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const mark = this.#next;
    this.#next = undefined;
    if (mark !== undefined) this.#writing = this.#write(mark);
  }

  async #write(mark: WitnessMark): Promise<void> {
    this.#lastWriteMs = performance.now();
    try {
      await this.#file.write(encodeWitness(mark), 0, witnessBytes, 0);
    } catch (error) {
      this.#onFailure(error);
      return;
    } finally {
      this.#writing = undefined;
    }
    if (this.#next !== undefined) this.note(this.#next);
  }
}

/**
 * What the file says, without a change to it. `empty`: it was made, and nothing written to it yet.
 *
 * @throws system errors, StorageError NEWER_FORMAT
 */
export async function readWitness(
  file: string,
): Promise<
  { readonly kind: 'missing' | 'empty' | 'damaged' } | { readonly kind: 'intact'; readonly mark: WitnessMark }
> {
  const content = await readFile(file).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return { kind: 'missing' };
  if (content.length === 0) return { kind: 'empty' };
  // Of a longer one a start reads the beginning, too.
  const mark = decodeWitness(file, content.subarray(0, witnessBytes));
  return mark === undefined ? { kind: 'damaged' } : { kind: 'intact', mark };
}

function encodeWitness({ sequence, crc }: WitnessMark): Uint8Array {
  const content = new Uint8Array(witnessBytes);
  const view = new DataView(content.buffer);
  view.setUint32(0, name | formatVersion);
  view.setBigUint64(4, BigInt(sequence));
  view.setUint32(12, crc);
  view.setUint32(16, crc32(content.subarray(0, 16)));
  return content;
}

/** Undefined if it is damaged. @throws StorageError NEWER_FORMAT */
function decodeWitness(file: string, content: Uint8Array): WitnessMark | undefined {
  if (content.length !== witnessBytes) return undefined;
  const view = new DataView(content.buffer, content.byteOffset);
  if (view.getUint32(16) !== crc32(content.subarray(0, 16))) return undefined;
  const version = view.getUint32(0) ^ name;
  if (version > formatVersion && version <= 0xff) {
    throw newerFormat(file, new Error(`format ${version}; known are formats up to ${formatVersion}`));
  }
  return version === formatVersion ? { sequence: Number(view.getBigUint64(4)), crc: view.getUint32(12) } : undefined;
}
