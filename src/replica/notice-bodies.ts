import type { RevisionEvents } from '../machine/history.ts';
import type { KeyEvent } from '../machine/key-event.ts';
import { emptyBytes } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import { encodeNoticeBody } from '../wire/notice-codec.ts';
import type { WireEntry } from '../wire/result.ts';
import type { WireEvent, WireKeyEvent } from '../wire/watch.ts';
import { eventName, isPlain, selects, type WatchSelection, watchKindOf } from './watch-selection.ts';

/** A revision with more than this travels in several notices. */
const noticeTargetBytes = 1024 * 1024;

/** The events of one revision that a selection sees, as notice bodies, ready to be joined with the ids of watches. */
export function noticeBodies(selection: WatchSelection, batch: RevisionEvents): readonly Uint8Array[] {
  const parts = new NoticeParts(batch.revision);
  if (selection.target.kind === 'keys') addKeyEvents(selection, batch, parts);
  else addObjectEvents(selection, batch, parts);
  return parts.finish();
}

function addKeyEvents(selection: WatchSelection, { events }: RevisionEvents, parts: NoticeParts): void {
  const plain = isPlain(selection);
  for (const event of events) {
    if (!selects(selection, event.keyString)) continue;
    const told = plain ? event : tailored(event, selection);
    if (told !== undefined) parts.add(told, keyEventBytes(told));
  }
}

function addObjectEvents(selection: WatchSelection, { objects }: RevisionEvents, parts: NoticeParts): void {
  const { kind } = selection.target;
  for (const object of objects) {
    if (watchKindOf(object) === kind && selects(selection, eventName(object))) parts.add(object.event, object.bytes);
  }
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

/** Cuts what is added where it becomes too much for one notice. */
class NoticeParts {
  readonly #revision: Revision;
  readonly #bodies: Uint8Array[] = [];
  #part: WireEvent[] = [];
  #bytes = 0;

  constructor(revision: Revision) {
    this.#revision = revision;
  }

  add(event: WireEvent, bytes: number): void {
    if (this.#bytes >= noticeTargetBytes) this.#cut(true);
    this.#part.push(event);
    this.#bytes += bytes;
  }

  finish(): readonly Uint8Array[] {
    if (this.#part.length > 0) this.#cut(false);
    return this.#bodies;
  }

  #cut(partial: boolean): void {
    this.#bodies.push(encodeNoticeBody({ kind: 'batch', revision: this.#revision, events: this.#part, partial }));
    this.#part = [];
    this.#bytes = 0;
  }
}
