import type { RevisionEvents } from '../machine/history.ts';
import type { KeyEvent } from '../machine/key-event.ts';
import { emptyBytes } from '../wire/bytes.ts';
import { encodeNoticeBody } from '../wire/notice-codec.ts';
import type { WireEntry } from '../wire/result.ts';
import type { WireEvent, WireKeyEvent } from '../wire/watch.ts';
import { eventName, isPlain, selects, type WatchSelection, watchKindOf } from './watch-selection.ts';

/** A revision with more than this travels in several notices. */
const noticeTargetBytes = 1024 * 1024;

/** Of what one revision did. */
export interface NoticePart {
  /** Of a notice, ready to be joined with the ids of watches. */
  readonly body: Uint8Array;
  /** The place of the event with which the next part begins; undefined: this is the last. */
  readonly nextEvent: number | undefined;
}

interface Told {
  readonly event: WireEvent;
  readonly bytes: number;
}

/**
 * The events of one revision that a selection sees, from the place of one of them on. A part is made when it is asked for: who cannot
 * take the next one goes on with it later, and gets the same.
 */
export function* noticeParts(
  selection: WatchSelection,
  batch: RevisionEvents,
  fromEvent: number,
): IterableIterator<NoticePart> {
  const { revision, events, objects } = batch;
  const plain = isPlain(selection);
  const ofKeys = selection.target.kind === 'keys';
  const count = ofKeys ? events.length : objects.length;
  let part: WireEvent[] = [];
  let bytes = 0;
  for (let at = fromEvent; at < count; at++) {
    const told = ofKeys ? toldOfKey(selection, plain, events[at]) : toldOfObject(selection, objects[at]);
    if (told === undefined) continue;
    if (bytes >= noticeTargetBytes) {
      yield { body: encodeNoticeBody({ kind: 'batch', revision, events: part, partial: true }), nextEvent: at };
      part = [];
      bytes = 0;
    }
    part.push(told.event);
    bytes += told.bytes;
  }
  if (part.length === 0) return;
  yield { body: encodeNoticeBody({ kind: 'batch', revision, events: part, partial: false }), nextEvent: undefined };
}

/** Undefined: the watch is not told of it. */
function toldOfKey(selection: WatchSelection, plain: boolean, event: KeyEvent | undefined): Told | undefined {
  if (event === undefined || !selects(selection, event.keyString)) return undefined;
  const told = plain ? event : tailored(event, selection);
  return told && { event: told, bytes: keyEventBytes(told) };
}

function toldOfObject(
  selection: WatchSelection,
  object: RevisionEvents['objects'][number] | undefined,
): Told | undefined {
  if (object === undefined || watchKindOf(object) !== selection.target.kind) return undefined;
  return selects(selection, eventName(object)) ? { event: object.event, bytes: object.bytes } : undefined;
}

/** Undefined: the watch is not told of it. */
function tailored(event: KeyEvent, { target }: WatchSelection): WireKeyEvent | undefined {
  if (target.events !== 'all' && target.events !== event.type) return undefined;
  const { key } = event;
  const previous = target.withoutPrevious ? undefined : entryOf(event.previous, target.keysOnly);
  if (event.type === 'delete') return { type: 'delete', key, previous };
  return { type: 'put', key, entry: entryOf(event.entry, target.keysOnly), previous };
}

function entryOf<Entry extends WireEntry | undefined>(entry: Entry, keysOnly: boolean): Entry | WireEntry {
  if (entry === undefined || !keysOnly) return entry;
  const { key, createRevision, modRevision, version, sessionId } = entry;
  return { key, value: emptyBytes, createRevision, modRevision, version, sessionId };
}

function keyEventBytes(event: WireKeyEvent): number {
  const bytes = event.key.byteLength + (event.previous?.value.byteLength ?? 0);
  return event.type === 'put' ? bytes + event.entry.value.byteLength : bytes;
}
