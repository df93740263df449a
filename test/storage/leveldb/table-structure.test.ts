import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ByteCursor, MalformedFile } from '../../../src/storage/leveldb/byte-cursor.ts';
import { type LiveTable, liveTables } from '../../../src/storage/leveldb/live-tables.ts';
import { checkTable } from '../../../src/storage/leveldb/table-structure.ts';
import { temporaryDirectory } from '../journals.ts';
import { noise } from '../records.ts';
import { databaseOf, fileOf, mergeTables, onlyTable, openedIn } from './databases.ts';

const key = (index: number) => Buffer.from(`key ${String(index).padStart(3, '0')}`);
const footerBytes = 48;

const operation = fc.record({
  key: fc.uint8Array({ minLength: 1, maxLength: 3 }),
  padding: fc.constantFrom(0, 0, 200),
  valueBytes: fc.option(fc.nat(20_000), { freq: 4 }),
});

test('every table that LevelDB writes makes sense: of new keys, overwritten and deleted ones, merged or not', async () => {
  let checked = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { minLength: 1, maxLength: 300 }),
      fc.boolean(),
      async (operations, isMerged) => {
        const location = path.join(await temporaryDirectory(), 'database');
        const database = await openedIn(location);
        for (const [index, { key, padding, valueBytes }] of operations.entries()) {
          const padded = Buffer.concat([key, Buffer.alloc(padding)]);
          if (valueBytes === null) await database.del(padded);
          else await database.put(padded, noise(index, valueBytes));
        }
        if (isMerged) await mergeTables(database);
        await database.close();
        // What is left in its log becomes a table.
        await (await openedIn(location)).close();
        for (const table of await liveTables(location)) {
          checkTable(await readFile(fileOf(location, table)), table);
          checked += 1;
        }
      },
    ),
    { numRuns: 30 },
  );
  expect(checked).toBeGreaterThan(30);
});

describe('a table that makes no sense', () => {
  let table: LiveTable;
  let content: Buffer;

  beforeEach(async () => {
    ({ table, content } = await onlyTable(
      await databaseOf(Array.from({ length: 40 }, (_, at) => [key(at), noise(at, 90)])),
    ));
  });

  function malformedAt(change: (bytes: Buffer) => void): number | undefined {
    const bytes = Buffer.from(content);
    change(bytes);
    try {
      checkTable(bytes, table);
      return undefined;
    } catch (error) {
      if (!(error instanceof MalformedFile)) throw error;
      return error.position;
    }
  }

  test('is not this one', () => {
    expect(malformedAt(() => {})).toBeUndefined();
  });

  // An entry is how many bytes of the key before are shared, how many come here, how long the value is; key, tag, value.
  test.each<[string, (bytes: Buffer) => void]>([
    ['shares what is not there', (bytes) => bytes.writeUInt8(1, 0)],
    ['has a key shorter than its tag', (bytes) => bytes.writeUInt8(7, 1)],
    ['has a key that ends past the block', (bytes) => bytes.fill(0xff, 1, 5)],
    ['has a value that ends past the block', (bytes) => bytes.fill(0xff, 2, 6)],
    ['has the keys of a block out of order', (bytes) => bytes.write('0', secondEntry + 3)],
    ['has a block whose keys belong before it', (bytes) => bytes.write('a', blockEnd(bytes) + 5 + 3)],
    ['has a block whose keys belong behind it', (bytes) => bytes.write('z', blockEnd(bytes) + 5 + 3)],
    ['has its blocks where its index does not say', (bytes) => bytes.writeUInt8(2, firstPlace(bytes))],
    ['says that a block is compressed', (bytes) => bytes.writeUInt8(1, blockEnd(bytes))],
    ['has a block that lets a search begin within an entry', (bytes) => bytes.writeUInt32LE(5, blockEnd(bytes) - 8)],
    ['has a block where a search begins nowhere', (bytes) => bytes.writeUInt32LE(0, blockEnd(bytes) - 4)],
    ['has a block with more beginnings than room', (bytes) => bytes.writeUInt32LE(0xffff_ffff, blockEnd(bytes) - 4)],
    ['has no magic number', (bytes) => bytes.writeUInt8(0, bytes.length - 1)],
    ['has no place of an index', (bytes) => bytes.fill(0xff, bytes.length - footerBytes, bytes.length - 8)],
    ['has an index that is nowhere', (bytes) => bytes.fill(0xff, bytes.length - footerBytes, bytes.length - 40)],
    ['begins with another key than the manifest says', (bytes) => bytes.write('a', 3)],
  ])('%s', (_, change) => {
    expect(malformedAt(change)).toBeLessThan(content.length);
  });

  test('is named by its first byte that makes no sense', () => {
    expect(malformedAt((bytes) => bytes.writeUInt8(0, bytes.length - 1))).toBe(content.length - 8);
    expect(malformedAt((bytes) => bytes.writeUInt8(1, blockEnd(bytes)))).toBe(blockEnd(content));
    expect(malformedAt((bytes) => bytes.write('0', secondEntry + 3))).toBe(secondEntry);
  });

  test('ends with another key than the manifest says', () => {
    expect(() => checkTable(content, { ...table, largestKey: Buffer.concat([key(40), Buffer.alloc(8)]) })).toThrow(
      MalformedFile,
    );
  });

  test('is shorter than its last part', () => {
    expect(() => checkTable(content.subarray(0, footerBytes - 1), table)).toThrow(MalformedFile);
  });

  test('is said to be that, and nothing else happens, whatever byte has changed', () => {
    for (let at = 0; at < content.length; at++) {
      for (const mask of [1, 16, 128, 255]) malformedAt((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at));
    }
  });

  /** Behind the lengths, key, tag and value of the first one. */
  const secondEntry = 3 + 7 + 8 + 90;

  /** Of the first block, in the index: behind the lengths and the key. */
  function firstPlace(bytes: Buffer): number {
    const footer = new ByteCursor(bytes, bytes.length - footerBytes);
    footer.varint();
    footer.varint();
    const index = footer.varint();
    return index + 3 + bytes.readUInt8(index + 1);
  }

  /** Of the first one, found by the second: blocks follow one another, each with 5 bytes behind it. */
  function blockEnd(bytes: Buffer): number {
    for (let end = 1000; end < 3000; end++) {
      const start = end + 5;
      if (bytes[end] === 0 && bytes[start] === 0 && bytes.toString('latin1', start + 3, start + 7) === 'key ')
        return end;
    }
    throw new Error('there is one block');
  }
});
