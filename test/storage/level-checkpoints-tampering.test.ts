import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { decodeManifest, encodeChunk, encodeManifest } from '../../src/storage/checkpoint-codec.ts';
import { chunkKey, manifestKey } from '../../src/storage/checkpoint-key.ts';
import { checksumBytes, sealFrame } from '../../src/storage/checksummed-frame.ts';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import {
  type Database,
  damagedDirectories,
  expectRightOrNamed,
  filesOf,
  flip,
  inDatabase,
  newer,
  older,
} from './checkpoint-damage.ts';
import { contentOf, contents, expected, manifestOf, opened, readAll, write } from './checkpoints.ts';
import { storageError } from './journals.ts';
import { noise } from './records.ts';

const { withTables } = damagedDirectories();

/** A store that was opened on the directory after somebody has tampered with it. */
async function tampered(tamper: (database: Database) => Promise<unknown>): Promise<LevelCheckpoints> {
  const directory = await withTables();
  await inDatabase(directory, async (database) => {
    await tamper(database);
  });
  return opened(new LevelCheckpoints(directory));
}

describe('a chunk that somebody tampered with', () => {
  const frameOf = async (database: Database, slot: number, index: number) =>
    new Uint8Array((await database.get(chunkKey(slot, index))) ?? []);

  test.each<[string, (database: Database) => Promise<unknown>, RegExp]>([
    ['deleted', (database) => database.del(chunkKey(2, 1)), /chunk 1 of the checkpoint of slot 2 is missing/],
    [
      'changed in one bit',
      async (database) => {
        const frame = await frameOf(database, 2, 1);
        frame[2000]! ^= 1;
        await database.put(chunkKey(2, 1), frame);
      },
      /chunk 1 of the checkpoint of slot 2 does not match its checksum/,
    ],
    [
      'cut off',
      async (database) => database.put(chunkKey(2, 1), (await frameOf(database, 2, 1)).subarray(0, 10)),
      /chunk 1 of the checkpoint of slot 2 does not match its checksum/,
    ],
    [
      'emptied',
      (database) => database.put(chunkKey(2, 1), new Uint8Array(0)),
      /chunk 1 of the checkpoint of slot 2 does not match its checksum/,
    ],
    [
      'exchanged with another',
      async (database) => {
        const [one, two] = [await frameOf(database, 2, 1), await frameOf(database, 2, 2)];
        await database.put(chunkKey(2, 1), two);
        await database.put(chunkKey(2, 2), one);
      },
      /in the place of chunk 1 of the checkpoint of slot 2 is chunk 2 of the checkpoint of slot 2/,
    ],
    [
      'replaced by one of another checkpoint',
      async (database) => database.put(chunkKey(2, 1), await frameOf(database, 1, 1)),
      /in the place of chunk 1 of the checkpoint of slot 2 is chunk 1 of the checkpoint of slot 1/,
    ],
    [
      'replaced by one that an earlier writer of the slot has left',
      (database) => database.put(chunkKey(2, 1), encodeChunk(2, 1, noise(5, 3001))),
      /chunk 1 of the checkpoint of slot 2 is not the one that its manifest was written for/,
    ],
  ])('is noticed when it is %s, and the rest is still there', async (_, tamper, message) => {
    const store = await tampered(tamper);
    // One after the other: a rejection that nobody waits for yet would count as a fault of its own.
    for (const read of [() => store.readChunk(2, 1), () => readAll(store, 2), () => store.verify(2)]) {
      expect((await storageError(read(), 'CHECKPOINT_DAMAGED')).message).toMatch(message);
    }
    await store.verify(1);
    await expectRightOrNamed(store, newer);
    await store.close();
  });

  test('is no longer there when its checkpoint was removed and written again', async () => {
    const store = await tampered((database) => database.del(chunkKey(2, 1)));
    await store.remove(2);
    await write(store, newer);
    expect(await contents(store)).toEqual(expected(newer, older));
    await store.close();
  });
});

describe('a manifest that somebody tampered with', () => {
  test.each<[string, (frame: Uint8Array, database: Database) => Promise<Uint8Array>, RegExp]>([
    [
      'changed in one bit',
      async (frame) => {
        frame[30]! ^= 1;
        return frame;
      },
      /the manifest of the checkpoint of slot 2 does not match its checksum/,
    ],
    ['emptied', async () => new Uint8Array(0), /the manifest of the checkpoint of slot 2 does not match its checksum/],
    [
      'replaced by that of another checkpoint',
      async (_, database) => (await database.get(manifestKey(1))) ?? new Uint8Array(0),
      /in the place of the manifest of the checkpoint of slot 2 is that of slot 1/,
    ],
    [
      'intact and without sense',
      async () => sealFrame(Uint8Array.of(0, 0, 0, 0, 0xff, 0xff)),
      /the manifest of the checkpoint of slot 2 cannot be decoded/,
    ],
  ])('does not count when it is %s, which is told', async (_, change, problem) => {
    const store = await tampered(async (database) => {
      const frame = new Uint8Array((await database.get(manifestKey(2))) ?? []);
      await database.put(manifestKey(2), await change(frame, database));
    });
    expect(await contents(store)).toEqual(expected(older));
    expect(store.damaged).toEqual([{ slot: 2, problem: expect.stringMatching(problem) }]);
    await write(store, contentOf(3));
    expect(store.damaged).toEqual([]);
    expect(await contents(store)).toEqual(expected(contentOf(3), older));
    await store.close();
  });

  test('is missed by those who are to rely on it, if it goes while the store is open', async () => {
    const directory = await withTables();
    const store = await opened(new LevelCheckpoints(directory));
    // LevelDB does not verify the checksums of a table when it reads it.
    for (const table of await filesOf(directory, 'table')) {
      const at = (await readFile(table)).indexOf(manifestOf(newer).header);
      if (at >= 0) await flip(table, at, 1);
    }
    const error = await storageError(store.verify(2), 'CHECKPOINT_DAMAGED');
    expect(error.message).toMatch(/the manifest of the checkpoint of slot 2 does not match its checksum/);
    await store.close();
  });

  test('is refused when it is of a newer format', async () => {
    const found = decodeManifest('here', 2, encodeManifest({ manifest: manifestOf(newer), chunkCrcs: [1, 2, 3] }));
    expect(found.kind).toBe('intact');
    const versionAt = checksumBytes + 1;
    const error = await storageError(
      tampered(async (database) => {
        const frame = new Uint8Array((await database.get(manifestKey(2))) ?? []);
        frame[versionAt] = 2;
        await database.put(manifestKey(2), sealFrame(frame));
      }),
      'NEWER_FORMAT',
    );
    expect(error.message).toMatch(/the manifest of the checkpoint of slot 2 .*format 2; known are formats up to 1/);
  });
});
