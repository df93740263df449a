import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ByteCursor, MalformedFile } from '../../../src/storage/leveldb/byte-cursor.ts';
import { type LiveTable, liveTables } from '../../../src/storage/leveldb/live-tables.ts';
import { checkTable } from '../../../src/storage/leveldb/table-structure.ts';
import { noise } from '../records.ts';
import { databaseOf, fileOf, onlyTable } from './databases.ts';

const key = (index: number) => Buffer.from(`key ${String(index).padStart(3, '0')}`);
const footerBytes = 48;

test('every table that LevelDB writes makes sense', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 300 }), {
        maxLength: 200,
        selector: (bytes) => Buffer.from(bytes).toString('hex'),
      }),
      fc.infiniteStream(fc.nat(20_000)),
      async (keys, sizes) => {
        const location = await databaseOf(keys.map((key, index) => [key, noise(index, sizes.next().value)]));
        for (const table of await liveTables(location)) checkTable(await readFile(fileOf(location, table)), table);
      },
    ),
    { numRuns: 20 },
  );
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
    ['has an index that is nowhere', (bytes) => bytes.fill(0xff, bytes.length - footerBytes, bytes.length - 40)],
    ['begins with another key than the manifest says', (bytes) => bytes.write('a', 3)],
  ])('%s', (_, change) => {
    expect(malformedAt(change)).toBeTypeOf('number');
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
