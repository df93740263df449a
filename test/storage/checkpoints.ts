import { createHash } from 'node:crypto';
import type { CheckpointManifest, CheckpointStore } from '../../src/storage/ports.ts';
import { noise } from './records.ts';

/** A checkpoint of that slot, whose bytes are unlike those of any other. */
export interface Content {
  readonly slot: number;
  readonly chunks: readonly Uint8Array[];
}

export function contentOf(slot: number, chunks = 3, bytes = 300): Content {
  return { slot, chunks: Array.from({ length: chunks }, (_, index) => noise(slot * 1000 + index, bytes + index)) };
}

export function manifestOf({ slot, chunks }: Content): CheckpointManifest {
  return {
    slot,
    revision: slot * 10,
    hash: slot.toString(16).padStart(16, '0'),
    chunks: chunks.length,
    bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    header: noise(slot, 50),
  };
}

/** The whole way of one checkpoint. */
export async function write(store: CheckpointStore, content: Content): Promise<void> {
  const writer = store.begin(content.slot);
  for (const chunk of content.chunks) await writer.append(chunk);
  await writer.finish(manifestOf(content));
}

/** Part of that way: what a writer leaves that never finished. */
export async function writeChunks(store: CheckpointStore, content: Content): Promise<void> {
  const writer = store.begin(content.slot);
  for (const chunk of content.chunks) await writer.append(chunk);
}

export async function readAll(store: CheckpointStore, slot: number): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(slot)) chunks.push(chunk);
  return chunks;
}

/** Everything that is listed, with the digests of its chunks. */
export async function contents(store: CheckpointStore): Promise<{ manifest: CheckpointManifest; chunks: string[] }[]> {
  const found: { manifest: CheckpointManifest; chunks: string[] }[] = [];
  for (const manifest of await store.list()) {
    found.push({ manifest: plain(manifest), chunks: (await readAll(store, manifest.slot)).map(digest) });
  }
  return found;
}

/** What `contents` gives for these, newest first. */
export function expected(...written: readonly Content[]) {
  return written.map((content) => ({ manifest: manifestOf(content), chunks: content.chunks.map(digest) }));
}

/** Buffers are equal to buffers only. */
export function plain(manifest: CheckpointManifest): CheckpointManifest {
  return { ...manifest, header: new Uint8Array(manifest.header) };
}

/** Of megabytes, so that they can be compared. */
export function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

export async function opened<S extends CheckpointStore>(store: S): Promise<S> {
  await store.open();
  return store;
}
