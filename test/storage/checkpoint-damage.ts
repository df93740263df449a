import { cp, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Level } from 'level';
import { afterAll, beforeAll, expect } from 'vitest';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { type Content, contentOf, digest, manifestOf, opened, readAll, write } from './checkpoints.ts';
import { temporaryDirectory } from './journals.ts';

export const older = contentOf(1, 3, 3000);
export const newer = contentOf(2, 3, 3000);

export type Database = Level<Uint8Array, Uint8Array>;

export async function inDatabase(directory: string, act: (database: Database) => Promise<void>): Promise<void> {
  const database: Database = new Level(path.join(directory, 'checkpoint'), {
    keyEncoding: 'view',
    valueEncoding: 'view',
    compression: false,
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

export const kinds = { log: /\.log$/, table: /\.ldb$/, manifest: /^MANIFEST-/, current: /^CURRENT$/ };
export type Kind = keyof typeof kinds;

export async function filesOf(directory: string, kind: Kind): Promise<string[]> {
  const names = await readdir(path.join(directory, 'checkpoint'));
  return names.filter((name) => kinds[kind].test(name)).map((name) => path.join(directory, 'checkpoint', name));
}

export async function copyOf(directory: string): Promise<string> {
  const copy = await temporaryDirectory();
  await cp(directory, copy, { recursive: true });
  return copy;
}

/** In place, as bits rot: LevelDB may have the file mapped into memory. */
export async function flip(file: string, position: number, mask: number): Promise<void> {
  const content = await readFile(file);
  if (content.length === 0) return;
  const at = position % content.length;
  const handle = await open(file, 'r+');
  await handle.write(Uint8Array.of(content[at]! ^ mask), 0, 1, at);
  await handle.close();
}

/** Of one checkpoint: each chunk is right, or the error names it. */
export async function expectRightOrNamed(store: LevelCheckpoints, { slot, chunks }: Content): Promise<void> {
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
export async function expectNothingWrong(directory: string): Promise<void> {
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

/** Makes both kinds of directory before the tests of a file, and gives copies of them. */
export function damagedDirectories() {
  let made = '';
  beforeAll(async () => {
    made = await mkdtemp(path.join(tmpdir(), 'conclave-storage-'));
    await makeWithTables(path.join(made, 'tables'));
    const tables = path.join(made, 'tables copied');
    await cp(path.join(made, 'tables'), tables, { recursive: true });
    await makeWithLog(path.join(made, 'log'), tables);
  });
  afterAll(() => rm(made, { recursive: true, force: true }));
  return {
    withTables: () => copyOf(path.join(made, 'tables')),
    withLog: () => copyOf(path.join(made, 'log')),
  };
}
