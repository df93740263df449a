import type { WireEvent } from '../wire/frame.ts';
import { entryOf, keyText, optionalEntryOf } from './entry.ts';
import type { WatchBatch, WatchEvent } from './types.ts';

export function batchOf(revision: number, events: readonly WireEvent[]): WatchBatch {
  return { revision, events: events.map(eventOf) };
}

function eventOf(event: WireEvent): WatchEvent {
  const key = keyText(event.key);
  const previous = optionalEntryOf(event.previous);
  return event.type === 'put'
    ? { type: 'put', key, entry: entryOf(event.entry), previous }
    : { type: 'delete', key, previous };
}
