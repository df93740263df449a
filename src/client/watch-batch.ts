import type { WireCounterEvent, WireEvent, WireKeyEvent, WireLockEvent, WireSessionEvent } from '../wire/watch.ts';
import { entryOf, keyText, optionalEntryOf } from './entry.ts';
import { lockPartsOf } from './lock-desk.ts';
import type { CounterEvent, LockEvent, SessionEvent, WatchBatch, WatchEvent } from './watch-types.ts';

/** Of whatever is watched. */
export type AnyEvent = WatchEvent | LockEvent | CounterEvent | SessionEvent;

export function batchOf(revision: number, events: readonly WireKeyEvent[]): WatchBatch;
export function batchOf(revision: number, events: readonly WireEvent[]): WatchBatch<AnyEvent>;
export function batchOf(revision: number, events: readonly WireEvent[]): WatchBatch<AnyEvent> {
  return { revision, events: events.map(eventOf) };
}

export function lockEventOf({ name, state }: Omit<WireLockEvent, 'type'>): LockEvent {
  const { holders, holderCount, waiterCount, delay } = lockPartsOf(state);
  return { type: 'lock', name, holders, holderCount, waiterCount, delay };
}

function eventOf(event: WireEvent): AnyEvent {
  switch (event.type) {
    case 'put':
    case 'delete':
      return keyEventOf(event);
    case 'lock':
      return lockEventOf(event);
    case 'counter':
      return counterEventOf(event);
    case 'session':
      return sessionEventOf(event);
  }
}

function keyEventOf(event: WireKeyEvent): WatchEvent {
  const key = keyText(event.key);
  const previous = optionalEntryOf(event.previous);
  return event.type === 'put'
    ? { type: 'put', key, entry: entryOf(event.entry), previous }
    : { type: 'delete', key, previous };
}

function counterEventOf({ name, value, previous }: WireCounterEvent): CounterEvent {
  return { type: 'counter', name, value, previous };
}

function sessionEventOf({ change, sessionId, name, ttlMs }: WireSessionEvent): SessionEvent {
  return { type: change, id: String(sessionId), name, ttlMs };
}
