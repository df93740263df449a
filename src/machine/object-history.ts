import { assert } from '../wire/assert.ts';
import { encodeObjectEvent } from '../wire/event-codec.ts';
import type { WireObjectEvent } from '../wire/watch.ts';
import { type Checksum, type Hashed, hasher, recordKind, StateHash } from './hash.ts';
import { compareText } from './sorted-map.ts';

/** About what an event takes in memory besides four times its encoding. */
const overheadBytesPerEvent = 256;

/** What one revision did to one lock, counter or session, in net effect. */
export interface ObjectEvent {
  readonly event: WireObjectEvent;
  /** About what it takes in memory. */
  readonly bytes: number;
}

interface RecordedEvent extends ObjectEvent, Hashed {
  bytes: number;
}

const noEvents: readonly RecordedEvent[] = [];

const kinds = ['lock', 'counter', 'session'] as const satisfies readonly WireObjectEvent['type'][];

/**
 * What the revisions above the compaction floor did to locks, counters and sessions. Kept beside the events of keys: a revision
 * that did none of it takes no room here. Its events are hashed by their encoding, so that none of their fields is left out.
 */
export class ObjectHistory {
  /** Revisions rise, so that the order of insertion is their order. */
  readonly #events: Map<number, readonly RecordedEvent[]>;
  readonly #hash: StateHash;
  readonly #checksum: Checksum;
  #bytes: number;

  constructor(hash: StateHash, checksum: Checksum, origin?: ObjectHistory) {
    this.#hash = hash;
    this.#checksum = checksum;
    this.#events = new Map(origin === undefined ? undefined : origin.#events);
    this.#bytes = origin === undefined ? 0 : origin.#bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** In the order of kinds, and then of names or ids. */
  at(revision: number): readonly ObjectEvent[] {
    return this.#events.get(revision) ?? noEvents;
  }

  bytesAt(revision: number): number {
    let bytes = 0;
    for (const event of this.at(revision)) bytes += event.bytes;
    return bytes;
  }

  /** What the newest revision did, at least one event, in the order of kinds, and then of names or ids. */
  record(revision: number, events: readonly WireObjectEvent[]): void {
    assert(events.length > 0 && !this.#events.has(revision), 'a revision gets its events once');
    let last: WireObjectEvent | undefined;
    const recorded = events.map((event): RecordedEvent => {
      assert(last === undefined || compareObjects(last, event) < 0, 'a revision has one event per object, in order');
      last = event;
      const kept = { event, bytes: 0, hashA: 0, hashB: 0 };
      kept.bytes = 4 * hashEvent(revision, event, this.#checksum, kept) + overheadBytesPerEvent;
      this.#hash.add(kept);
      this.#bytes += kept.bytes;
      return kept;
    });
    this.#events.set(revision, recorded);
  }

  /** Forgets the events up to and including the revision. */
  dropThrough(through: number): void {
    for (const [revision, events] of this.#events) {
      if (revision > through) return;
      for (const event of events) {
        this.#hash.remove(event);
        this.#bytes -= event.bytes;
      }
      this.#events.delete(revision);
    }
  }

  addTo(hash: StateHash): void {
    const again = new StateHash();
    for (const [revision, events] of this.#events) {
      for (const { event } of events) {
        hashEvent(revision, event, this.#checksum, again);
        hash.add(again);
      }
    }
  }

  /** @throws AssertionFailure */
  verify(floor: number, newest: number): void {
    let last = floor;
    let bytes = 0;
    for (const revision of this.#events.keys()) {
      assert(revision > last && revision <= newest, 'events of objects are kept above the floor, in order');
      last = revision;
      bytes += this.bytesAt(revision);
    }
    assert(bytes === this.#bytes, 'the history of objects knows its size');
  }
}

function compareObjects(a: WireObjectEvent, b: WireObjectEvent): number {
  if (a.type === 'session' && b.type === 'session') return a.sessionId - b.sessionId;
  if (a.type === 'session' || b.type === 'session' || a.type !== b.type) {
    return kinds.indexOf(a.type) - kinds.indexOf(b.type);
  }
  return compareText(a.name, b.name);
}

/** Returns the length of its encoding. */
function hashEvent(revision: number, event: WireObjectEvent, checksum: Checksum, into: Hashed): number {
  const encoded = encodeObjectEvent(event);
  hasher.begin(recordKind.objectEvent).integer(revision).bits32(encoded.length).bits32(checksum(encoded)).finish(into);
  return encoded.length;
}
