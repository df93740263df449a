import { crc32 } from 'node:zlib';
import { Machine } from '../../src/machine/machine.ts';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';

/**
 * Changes one value in the checkpoints of a node that is down, and makes everything right that could tell: checksums, manifest, hash of the
 * state. The node then starts from a state that nobody else has. Both texts have the same length, and the first occurs but once.
 */
export async function plantDivergence(dataDir: string, text: string, changedText: string): Promise<void> {
  const store = new LevelCheckpoints(dataDir);
  await store.open();
  try {
    const [newest, ...others] = await store.list();
    if (newest === undefined) throw new Error(`there is no checkpoint in ${dataDir}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(newest.slot)) chunks.push(replaced(chunk, text, changedText));
    const reader = new Machine({ checksum: crc32 }).snapshotReader();
    for (const chunk of chunks) reader.take(chunk);
    const { hash } = reader.finish();
    if (hash === newest.hash) throw new Error(`'${text}' is not in the checkpoint of slot ${newest.slot}`);
    for (const { slot } of [newest, ...others]) await store.remove(slot);
    const writer = store.begin(newest.slot);
    for (const chunk of chunks) await writer.append(chunk);
    await writer.finish({ ...newest, hash });
  } finally {
    await store.close();
  }
}

function replaced(chunk: Uint8Array, text: string, changedText: string): Uint8Array {
  const at = Buffer.from(chunk).indexOf(text);
  const changed = chunk.slice();
  if (at >= 0) changed.set(utf8Bytes(changedText), at);
  return changed;
}
