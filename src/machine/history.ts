import { assert } from '../wire/assert.ts';
import type { Revision } from '../wire/identifiers.ts';
import type { KeyEvent } from './key-event.ts';
import type { ObjectEvent } from './object-event.ts';
import type { ObjectHistory } from './object-history.ts';
import type { VersionId } from './version-store.ts';

/** About what an event takes in memory besides its key and value. */
const overheadBytesPerEvent = 256;

/** What one revision did. */
export interface RevisionEvents {
  readonly revision: Revision;
  /** To keys, in key order. */
  readonly events: readonly KeyEvent[];
  /** To locks, counters and sessions, in the order of kinds, and then of names or ids. */
  readonly objects: readonly ObjectEvent[];
}

const noEvents: readonly KeyEvent[] = [];

/**
 * The revisions, and what each did to keys, back to the compaction floor. Older states are read by walking back from the
 * newest one: an event holds what it took the place of, and nothing else does, so that dropping events frees old versions.
 */
export class History {
  #floor: number;
  /** Of revision floor + 1 + index; each in key order. */
  readonly #events: (readonly KeyEvent[])[];
  #bytes: number;

  constructor(floor = 0, events: readonly (readonly KeyEvent[])[] = [], bytes = 0) {
    this.#floor = floor;
    this.#events = [...events];
    this.#bytes = bytes;
  }

  get revision(): Revision {
    return (this.#floor + this.#events.length) as Revision;
  }

  /** The newest revision whose events are forgotten; the state at it can still be read. */
  get floor(): Revision {
    return this.#floor as Revision;
  }

  get size(): { readonly revisions: number; readonly bytes: number } {
    return { revisions: this.#events.length, bytes: this.#bytes };
  }

  /** Begins the next revision, at first without events. */
  advance(): Revision {
    this.#events.push(noEvents);
    const { revision } = this;
    assert(Number.isSafeInteger(revision), 'the revision is a safe integer');
    return revision;
  }

  /** Until it is the newest; those between have no events. */
  skipTo(revision: Revision): void {
    assert(revision >= this.revision, 'the history does not go back');
    while (this.revision < revision) this.advance();
  }

  /** What the newest revision did, in strictly ascending key order. */
  record(events: readonly KeyEvent[]): void {
    assert(this.#events.at(-1) === noEvents, 'a revision gets its events once');
    let last: KeyEvent | undefined;
    for (const event of events) {
      assert(event.revision === this.revision, 'an event belongs to the revision it is recorded under');
      assert(last === undefined || last.keyString < event.keyString, 'a revision has one event per key, in key order');
      this.#bytes += eventBytes(event);
      last = event;
    }
    this.#events[this.#events.length - 1] = events;
  }

  /** Of all revisions above the floor, in their order. */
  *events(): IterableIterator<KeyEvent> {
    for (const events of this.#events) yield* events;
  }

  /** Of a revision above the floor. */
  at(revision: number): readonly KeyEvent[] {
    const events = this.#events[revision - this.#floor - 1];
    assert(events !== undefined, `revision ${revision} is in the history`);
    return events;
  }

  /** What the key was before the event that the given revision, above the floor, has for it. */
  before(revision: number, key: string): VersionId {
    const events = this.at(revision);
    let low = 0;
    let high = events.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((events[middle] as KeyEvent).keyString < key) low = middle + 1;
      else high = middle;
    }
    const event = events[low];
    assert(event?.keyString === key, `revision ${revision} has an event for the key`);
    return event.beforeId;
  }

  /** The lowest floor above which there are no more than so many revisions and bytes, those of objects included. */
  floorKeeping(revisions: number, bytes: number, objects: ObjectHistory): Revision {
    let keptBytes = this.#bytes + objects.bytes;
    let dropped = 0;
    while (dropped < this.#events.length && (this.#events.length - dropped > revisions || keptBytes > bytes)) {
      for (const event of this.#events[dropped] ?? noEvents) keptBytes -= eventBytes(event);
      dropped += 1;
      keptBytes -= objects.bytesAt(this.#floor + dropped);
    }
    return (this.#floor + dropped) as Revision;
  }

  /** Forgets the events up to and including the revision, and returns them. */
  dropThrough(revision: number): readonly (readonly KeyEvent[])[] {
    assert(revision >= this.#floor && revision <= this.revision, `the history is compacted at ${revision}`);
    const dropped = this.#events.splice(0, revision - this.#floor);
    this.#floor = revision;
    for (const events of dropped) for (const event of events) this.#bytes -= eventBytes(event);
    return dropped;
  }

  clone(): History {
    return new History(this.#floor, this.#events, this.#bytes);
  }
}

function eventBytes({ keyString, valueBytes }: KeyEvent): number {
  return keyString.length + valueBytes + overheadBytesPerEvent;
}
