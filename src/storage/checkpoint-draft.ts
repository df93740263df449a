import type { Slot } from '../paxos/record.ts';
import { maxChunkBytes } from '../replica/checkpoint.ts';
import { assert } from '../wire/assert.ts';
import { encodeChunk, type SealedManifest } from './checkpoint-codec.ts';
import { claimedCrc } from './checksummed-frame.ts';
import type { CheckpointManifest } from './ports.ts';

const maxHeaderBytes = 1024 * 1024;

/** What has been written of a checkpoint so far: 4 bytes are kept of each chunk. */
export class CheckpointDraft {
  readonly slot: Slot;
  readonly #chunkCrcs: number[] = [];
  #bytes = 0;

  constructor(slot: Slot) {
    this.slot = slot;
  }

  /** The index of the next chunk. */
  get chunks(): number {
    return this.#chunkCrcs.length;
  }

  /** The frame of the next chunk. */
  next(chunk: Uint8Array): Uint8Array {
    assert(chunk.length <= maxChunkBytes, `a chunk of ${chunk.length} bytes is within ${maxChunkBytes}`);
    const frame = encodeChunk(this.slot, this.chunks, chunk);
    this.#chunkCrcs.push(claimedCrc(frame));
    this.#bytes += chunk.length;
    return frame;
  }

  seal(manifest: CheckpointManifest): SealedManifest {
    const { slot, chunks, bytes, hash, header } = manifest;
    assert(slot === this.slot, `the checkpoint of slot ${this.slot} is not finished as that of slot ${slot}`);
    assert(chunks === this.chunks, `${this.chunks} chunks were written, and the manifest says ${chunks}`);
    assert(bytes === this.#bytes, `${this.#bytes} bytes were written, and the manifest says ${bytes}`);
    assert(/^[0-9a-f]{16}$/.test(hash), `the hash ${hash} has 16 hexadecimal digits`);
    assert(header.length <= maxHeaderBytes, `a header of ${header.length} bytes is within ${maxHeaderBytes}`);
    return { manifest: { ...manifest, header: header.slice() }, chunkCrcs: this.#chunkCrcs };
  }
}
