import { assert } from './assert.ts';
import { emptyBytes } from './bytes.ts';
import type { KeyRange } from './operation.ts';
import type { Reader, Writer } from './protobuf.ts';

/** What a message without its range means: the single key that cannot exist. */
export const emptyRange: KeyRange = { from: emptyBytes, to: 'single' };

export function writeKeyRange(writer: Writer, field: number, range: KeyRange): void {
  const { from, to } = range;
  const mark = writer.begin(field);
  writer.bytes(1, from);
  if (typeof to !== 'string') {
    assert(to.length > 0, 'a range does not end before every key');
    writer.bytes(2, to);
  }
  writer.bool(3, to === 'unbounded');
  writer.end(mark);
}

export function readKeyRange(reader: Reader): KeyRange {
  const outer = reader.enter();
  let from = emptyBytes;
  let to = emptyBytes;
  let unbounded = false;
  while (reader.next()) {
    if (reader.field === 1) from = reader.bytes();
    else if (reader.field === 2) to = reader.bytes();
    else if (reader.field === 3) unbounded = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  if (unbounded) return { from, to: 'unbounded' };
  return { from, to: to.length === 0 ? 'single' : to };
}
