import { ByteCursor, MalformedFile } from './byte-cursor.ts';
import { compareInternalKeys, internalKeyTagBytes } from './internal-key.ts';
import type { LiveTable } from './live-tables.ts';

/** At the end of a table: where its indexes are, and a number that says that it is a table (doc/table_format.md of LevelDB 1.20). */
const footerBytes = 48;
const magicBytes = 8;
const magic = [0x8b80fb57, 0xdb477524] as const;
/** Behind each block: how it is compressed, which ours are not, and its checksum. */
const trailerBytes = 5;
const uncompressed = 0;
const fixed32Bytes = 4;

type Comparison = (a: Uint8Array, b: Uint8Array) => number;

/** Where a block lies in its table. */
interface Extent {
  readonly start: number;
  readonly end: number;
}

interface Entry {
  readonly at: number;
  readonly key: Uint8Array;
  /** Where the value lies in the table. */
  readonly value: Extent;
}

/**
 * Follows all by which LevelDB finds its way through a table: places, lengths, the order of keys. What the values are is left to the
 * checksums of those who wrote them.
 *
 * @throws MalformedFile
 */
export function checkTable(table: Uint8Array, { smallestKey, largestKey }: LiveTable): void {
  const footerStart = table.length - footerBytes;
  if (footerStart < 0) throw new MalformedFile(0);
  const footer = new ByteCursor(table, footerStart);
  const metaindex = readExtent(footer, table, footerStart);
  const index = readExtent(footer, table, footerStart);
  const magicStart = table.length - magicBytes;
  const end = new ByteCursor(table, magicStart);
  for (const half of magic) if (end.fixed32() !== half) throw new MalformedFile(magicStart);

  for (const { value } of entriesOf(table, metaindex, Buffer.compare)) handleIn(table, value, footerStart);
  let lowerBound: Uint8Array | undefined;
  let lastKey: Uint8Array | undefined;
  let expectedStart = 0;
  for (const { at, key: upperBound, value } of entriesOf(table, index, compareInternalKeys)) {
    const block = handleIn(table, value, footerStart);
    if (block.start !== expectedStart) throw new MalformedFile(at);
    expectedStart = block.end + trailerBytes;
    for (const { at, key } of entriesOf(table, block, compareInternalKeys)) {
      const isFirst = lastKey === undefined;
      if (isFirst && compareInternalKeys(key, smallestKey) !== 0) throw new MalformedFile(at);
      if (lowerBound !== undefined && compareInternalKeys(key, lowerBound) <= 0) throw new MalformedFile(at);
      if (compareInternalKeys(key, upperBound) > 0) throw new MalformedFile(at);
      lastKey = key;
    }
    lowerBound = upperBound;
  }
  if (lastKey === undefined || compareInternalKeys(lastKey, largestKey) !== 0) throw new MalformedFile(index.start);
}

/** A block's place is the value of an entry. */
function handleIn(table: Uint8Array, value: Extent, limit: number): Extent {
  return readExtent(new ByteCursor(table, value.start, value.end), table, limit);
}

/** Below `limit` with all of its trailer. */
function readExtent(cursor: ByteCursor, table: Uint8Array, limit: number): Extent {
  const at = cursor.position;
  const start = cursor.varint();
  const end = start + cursor.varint();
  if (end + trailerBytes > limit) throw new MalformedFile(at);
  if (table[end] !== uncompressed) throw new MalformedFile(end);
  return { start, end };
}

/** In order, the entries of a block. Each says how much of its key it shares with the one before it. */
function* entriesOf(table: Uint8Array, block: Extent, compare: Comparison): Generator<Entry> {
  const { restarts, entriesEnd } = restartsOf(table, block);
  const cursor = new ByteCursor(table, block.start, entriesEnd);
  let previous: Uint8Array | undefined;
  let passed = 0;
  while (cursor.remaining > 0) {
    const at = cursor.position;
    const shared = cursor.varint();
    const ownBytes = cursor.varint();
    const valueBytes = cursor.varint();
    const key = keyOf(previous, shared, cursor.bytes(ownBytes));
    const start = cursor.position;
    cursor.bytes(valueBytes);
    if (key === undefined) throw new MalformedFile(at);
    if (compare === compareInternalKeys && key.length < internalKeyTagBytes) throw new MalformedFile(at);
    if (previous !== undefined && compare(key, previous) <= 0) throw new MalformedFile(at);
    if (at === restarts[passed]) {
      if (shared > 0) throw new MalformedFile(at);
      passed += 1;
    }
    yield { at, key, value: { start, end: cursor.position } };
    previous = key;
  }
  // One without entries has a restart all the same.
  if (passed < restarts.length && previous !== undefined) throw new MalformedFile(entriesEnd);
}

/** Where a search in the block may begin: entries that share nothing, of which the first is one. Their places are what it ends with. */
function restartsOf(
  table: Uint8Array,
  { start, end }: Extent,
): { readonly restarts: readonly number[]; readonly entriesEnd: number } {
  if (end - start < fixed32Bytes) throw new MalformedFile(start);
  const countStart = end - fixed32Bytes;
  const count = new ByteCursor(table, countStart, end).fixed32();
  const entriesEnd = countStart - count * fixed32Bytes;
  if (count === 0 || entriesEnd < start) throw new MalformedFile(countStart);
  const cursor = new ByteCursor(table, entriesEnd, countStart);
  const restarts: number[] = [];
  while (cursor.remaining > 0) restarts.push(start + cursor.fixed32());
  if (restarts[0] !== start) throw new MalformedFile(entriesEnd);
  return { restarts, entriesEnd };
}

/** Undefined: it is to share more than there is. */
function keyOf(previous: Uint8Array | undefined, shared: number, own: Uint8Array): Uint8Array | undefined {
  if (shared === 0) return own;
  const before = previous?.subarray(0, shared);
  if (before?.length !== shared) return undefined;
  return Buffer.concat([before, own]);
}
