import { cp, mkdtemp, open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeManifest, encodeChunk, encodeManifest } from '../../src/storage/checkpoint-codec.ts';
import { chunkKey, manifestKey } from '../../src/storage/checkpoint-key.ts';
import { checksumBytes, sealFrame } from '../../src/storage/checksummed-frame.ts';
import { discardCheckpoints, LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import {
  type Content,
  contentOf,
  contents,
  digest,
  expected,
  manifestOf,
  opened,
  readAll,
  write,
} from './checkpoints.ts';
import { storageError, temporaryDirectory } from './journals.ts';
import { noise } from './records.ts';

const older = contentOf(1, 3, 3000);
const newer = contentOf(2, 3, 3000);

type Database = Level<Uint8Array, Uint8Array>;

async function inDatabase(directory: string, act: (database: Database) => Promise<void>): Promise<void> {
  const database: Database = new Level(path.join(directory, 'checkpoint'), {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await database.open();
  await act(database);
  await database.close();
}

/** With everything in tables, as it is after `finish`. */
async function makeWithTables(directory: string): Promise<void> {
  const store = await opened(new LevelCheckpoints(directory));
  for (const content of [older, newer]) await write(store, content);
  await store.close();
}

/** With everything in LevelDB's log, as it never is before a manifest is there: the worst case. */
async function makeWithLog(directory: string, tables: string): Promise<void> {
  await inDatabase(tables, async (from) => {
    const entries = await from.iterator().all();
    await inDatabase(directory, async (to) => {
      for (const [key, value] of entries) await to.put(key, value);
    });
  });
}

let made = '';

beforeAll(async () => {
  made = await mkdtemp(path.join(tmpdir(), 'conclave-storage-'));
  await makeWithTables(path.join(made, 'tables'));
  await makeWithLog(path.join(made, 'log'), await copyOf(path.join(made, 'tables')));
});

afterAll(() => rm(made, { recursive: true, force: true }));

const directoryWithTables = () => copyOf(path.join(made, 'tables'));
const directoryWithLog = () => copyOf(path.join(made, 'log'));

const kinds = { log: /\.log$/, table: /\.ldb$/, manifest: /^MANIFEST-/, current: /^CURRENT$/ };
type Kind = keyof typeof kinds;

async function filesOf(directory: string, kind: Kind): Promise<string[]> {
  const names = await readdir(path.join(directory, 'checkpoint'));
  return names.filter((name) => kinds[kind].test(name)).map((name) => path.join(directory, 'checkpoint', name));
}

async function copyOf(directory: string): Promise<string> {
  const copy = await temporaryDirectory();
  await cp(directory, copy, { recursive: true });
  return copy;
}

/** In place, as bits rot: LevelDB may have the file mapped into memory. */
async function flip(file: string, position: number, mask: number): Promise<void> {
  const content = await readFile(file);
  if (content.length === 0) return;
  const at = position % content.length;
  const handle = await open(file, 'r+');
  await handle.write(Uint8Array.of(content[at]! ^ mask), 0, 1, at);
  await handle.close();
}

/** Of one checkpoint: each chunk is right, or the error names it. */
async function expectRightOrNamed(store: LevelCheckpoints, { slot, chunks }: Content): Promise<void> {
  for (const [index, chunk] of chunks.entries()) {
    const found = await store.readChunk(slot, index).catch((error: unknown) => error);
    if (!(found instanceof StorageError)) expect(digest(found as Uint8Array)).toBe(digest(chunk));
    else {
      expect(found.code).toBe('CHECKPOINT_DAMAGED');
      expect(found.message).toContain(`chunk ${index} of the checkpoint of slot ${slot} `);
    }
  }
  const whole = await readAll(store, slot).catch((error: unknown) => error);
  if (!(whole instanceof StorageError)) expect((whole as Uint8Array[]).map(digest)).toEqual(chunks.map(digest));
}

/** What was written, or an error that says what cannot be relied upon; never anything else. */
async function expectNothingWrong(directory: string): Promise<void> {
  const store = new LevelCheckpoints(directory);
  try {
    await store.open();
    for (const manifest of await store.list()) {
      const content = manifest.slot === 1 ? older : newer;
      expect({ ...manifest, header: digest(manifest.header) }).toEqual({
        ...manifestOf(content),
        header: digest(manifestOf(content).header),
      });
      await expectRightOrNamed(store, content);
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    expect(error.code).toBe('CHECKPOINT_DAMAGED');
  } finally {
    await store.close();
  }
}

const position = fc.nat(1_000_000);
const file = fc.nat(100);
const mask = fc.integer({ min: 1, max: 255 });

describe('files that are damaged give the right bytes, or an error', () => {
  test.each(['log', 'table', 'manifest', 'current'] as const)('when any byte of a %s changes', async (kind) => {
    const directory = kind === 'log' ? await directoryWithLog() : await directoryWithTables();
    await fc.assert(
      fc.asyncProperty(file, position, mask, async (which, at, bits) => {
        const copy = await copyOf(directory);
        const files = await filesOf(copy, kind);
        await flip(files[which % files.length]!, at, bits);
        await expectNothingWrong(copy);
      }),
      { numRuns: kind === 'table' ? 10 : 4 },
    );
  });

  test.each(['log', 'table', 'manifest'] as const)('when a %s is cut off', async (kind) => {
    const directory = kind === 'log' ? await directoryWithLog() : await directoryWithTables();
    await fc.assert(
      fc.asyncProperty(file, position, async (which, at) => {
        const copy = await copyOf(directory);
        const files = await filesOf(copy, kind);
        const cut = files[which % files.length]!;
        await truncate(cut, at % ((await readFile(cut)).length + 1));
        await expectNothingWrong(copy);
      }),
      { numRuns: 4 },
    );
  });

  test.each(['log', 'table', 'manifest', 'current'] as const)('when a %s is gone', async (kind) => {
    const directory = kind === 'log' ? await directoryWithLog() : await directoryWithTables();
    await rm((await filesOf(directory, kind))[0]!);
    if (kind === 'log') return expectNothingWrong(directory);
    const before = await readdir(path.join(directory, 'checkpoint'));
    const error = await storageError(new LevelCheckpoints(directory).open(), 'CHECKPOINT_DAMAGED');
    expect(error.message).toContain(directory);
    // LevelDB would take what has no CURRENT for a new database, and delete what it finds.
    if (kind === 'current') expect(await readdir(path.join(directory, 'checkpoint'))).toEqual(before);
  });

  test('when it keeps LevelDB from writing; then all of it is discarded', async () => {
    const directory = await directoryWithTables();
    for (const table of await filesOf(directory, 'table')) {
      if ((await readFile(table)).includes(Buffer.from(older.chunks[1]!.subarray(0, 100)))) await truncate(table, 5000);
    }
    const store = await opened(new LevelCheckpoints(directory));
    expect((await store.list()).map(({ slot }) => slot)).toEqual([2, 1]);
    // The deletion of what is older meets the damage, or LevelDB's merging does, which is told to whoever writes next.
    const writing = async () => {
      for (const slot of [3, 4]) await write(store, contentOf(slot));
    };
    const error = await storageError(writing(), 'CHECKPOINT_DAMAGED');
    expect(error.message).toMatch(/LevelDB has met damage, and refuses to/);
    await expect(store.list()).rejects.toBe(error);
    await storageError(discardCheckpoints(directory), 'DIRECTORY_IN_USE');
    await store.close();
    await discardCheckpoints(directory);
    const anew = await opened(new LevelCheckpoints(directory));
    expect(await anew.list()).toEqual([]);
    await write(anew, newer);
    expect(await contents(anew)).toEqual(expected(newer));
    await anew.close();
  });

  test('when an older copy takes the place of the directory: what was in it', async () => {
    const directory = await directoryWithTables();
    const copy = await copyOf(directory);
    const store = await opened(new LevelCheckpoints(directory));
    await write(store, contentOf(3));
    await store.close();
    await rm(directory, { recursive: true });
    await cp(copy, directory, { recursive: true });
    const again = await opened(new LevelCheckpoints(directory));
    expect(await contents(again)).toEqual(expected(newer, older));
    await again.close();
  });
});

/** A store that was opened on the directory after somebody has tampered with it. */
async function tampered(tamper: (database: Database) => Promise<unknown>): Promise<LevelCheckpoints> {
  const directory = await directoryWithTables();
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
    for (const reading of [store.readChunk(2, 1), readAll(store, 2), store.verify(2)]) {
      expect((await storageError(reading, 'CHECKPOINT_DAMAGED')).message).toMatch(message);
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
    const directory = await directoryWithTables();
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
