import { enumNumber, readEnum } from './enumeration.ts';
import type { WatchCreate } from './frame.ts';
import type { Revision } from './identifiers.ts';
import { emptyRange, readKeyRange, writeKeyRange } from './key-range-codec.ts';
import type { Reader, Writer } from './protobuf.ts';
import { keyEventFilters, type WatchTarget, watchKinds } from './watch.ts';

export function writeWatchCreate(writer: Writer, field: number, create: WatchCreate): void {
  const { target } = create;
  const mark = writer.begin(field);
  writer.uint(1, create.watchId);
  writeKeyRange(writer, 2, target.range);
  writer.uint(3, create.fromRevision);
  writer.uint(4, create.seenRevision);
  writer.uint(5, enumNumber(watchKinds, target.kind));
  writer.uint(6, enumNumber(keyEventFilters, target.events));
  writer.bool(7, target.keysOnly);
  writer.bool(8, target.withoutPrevious);
  writer.end(mark);
}

export function readWatchCreate(reader: Reader): WatchCreate {
  const outer = reader.enter();
  let watchId = 0;
  let range = emptyRange;
  let fromRevision = 0;
  let seenRevision = 0;
  let kind: WatchTarget['kind'] = 'keys';
  let events: WatchTarget['events'] = 'all';
  let keysOnly = false;
  let withoutPrevious = false;
  while (reader.next()) {
    if (reader.field === 1) watchId = reader.uint();
    else if (reader.field === 2) range = readKeyRange(reader);
    else if (reader.field === 3) fromRevision = reader.uint();
    else if (reader.field === 4) seenRevision = reader.uint();
    else if (reader.field === 5) kind = readEnum(reader, watchKinds);
    else if (reader.field === 6) events = readEnum(reader, keyEventFilters);
    else if (reader.field === 7) keysOnly = reader.bool();
    else if (reader.field === 8) withoutPrevious = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return {
    watchId,
    target: { kind, range, events, keysOnly, withoutPrevious },
    fromRevision: fromRevision as Revision,
    seenRevision: seenRevision as Revision,
  };
}
