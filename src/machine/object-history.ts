import { assert } from '../wire/assert.ts';
import type { WireObjectEvent } from '../wire/watch.ts';
import type { Checksum, Hashed, StateHash } from './hash.ts';
import { type ObjectEvent, SessionEvent } from './object-event.ts';
import { compareText } from './sorted-map.ts';

const noEvents: readonly ObjectEvent[] = [];

const kinds = ['lock', 'counter', 'session'] as const satisfies readonly WireObjectEvent['type'][];

/**
 * What the revisions above the compaction floor did to locks, counters and sessions. Kept beside the events of keys: a revision
 * that did none of it takes no room here.
 */
export class ObjectHistory {
  /** In the order of revisions, and then of kinds, and of names or ids. */
  readonly #events: ObjectEvent[];
  readonly #hash: StateHash;
  readonly #checksum: Checksum;
  #bytes: number;

  constructor(hash: StateHash, checksum: Checksum, origin?: ObjectHistory) {
    this.#hash = hash;
    this.#checksum = checksum;
    this.#events = origin === undefined ? [] : [...origin.#events];
    this.#bytes = origin === undefined ? 0 : origin.#bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** In the order of revisions, and then of kinds, and of names or ids. */
  all(): readonly ObjectEvent[] {
    return this.#events;
  }

  /** In the order of kinds, and then of names or ids. */
  at(revision: number): readonly ObjectEvent[] {
    const from = this.#firstAbove(revision - 1);
    let to = from;
    while (this.#events[to]?.revision === revision) to += 1;
    return to === from ? noEvents : this.#events.slice(from, to);
  }

  bytesAt(revision: number): number {
    let bytes = 0;
    for (const event of this.at(revision)) bytes += event.bytes;
    return bytes;
  }

  /** What the newest revision did: one event per object, in the order of kinds, and then of names or ids. */
  record(event: ObjectEvent): void {
    const last = this.#events.at(-1);
    assert(last === undefined || compareEvents(last, event) < 0, 'a revision has one event per object, in order');
    event.hash(this.#checksum, event);
    this.#hash.add(event);
    this.#bytes += event.bytes;
    this.#hash.resident.history += event.bytes;
    this.#events.push(event);
  }

  /** Forgets the events up to and including the revision. */
  dropThrough(through: number): void {
    for (const event of this.#events.splice(0, this.#firstAbove(through))) {
      this.#hash.remove(event);
      this.#bytes -= event.bytes;
      this.#hash.resident.history -= event.bytes;
    }
  }

  addTo(hash: StateHash): void {
    const again: Hashed = { hashA: 0, hashB: 0 };
    for (const event of this.#events) {
      event.hash(this.#checksum, again);
      hash.add(again);
      hash.resident.history += event.bytes;
    }
  }

  /** @throws AssertionFailure */
  verify(floor: number, newest: number): void {
    let bytes = 0;
    let last: ObjectEvent | undefined;
    for (const event of this.#events) {
      assert(event.revision > floor && event.revision <= newest, 'events of objects are kept above the floor');
      assert(last === undefined || compareEvents(last, event) < 0, 'events of objects are in order');
      last = event;
      bytes += event.bytes;
    }
    assert(bytes === this.#bytes, 'the history of objects knows its size');
  }

  /** The index of the first event of a later revision. */
  #firstAbove(revision: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as ObjectEvent).revision > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function compareEvents(a: ObjectEvent, b: ObjectEvent): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  if (a instanceof SessionEvent && b instanceof SessionEvent) return a.event.sessionId - b.event.sessionId;
  if (a.type !== b.type) return kinds.indexOf(a.type) - kinds.indexOf(b.type);
  return compareText(a.subject, b.subject);
}
