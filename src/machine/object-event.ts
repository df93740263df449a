import { emptyBytes } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { LockDetails, LockParty } from '../wire/lock-operation.ts';
import { sessionChanges, type WireLockEvent, type WireObjectEvent, type WireSessionEvent } from '../wire/watch.ts';
import { type Acquisition, modeNumber } from './acquisition.ts';
import { type Checksum, type Hashed, hasher, type RecordHasher, recordKind } from './hash.ts';
import type { Lock } from './lock.ts';

/** About what an event takes in memory besides its names and notes. */
const overheadBytesPerEvent = 256;
const overheadBytesPerHolder = 256;

/**
 * What one revision did to one lock, counter or session, in net effect, as it is kept: in few objects, since every grant and every
 * release is one, and most are forgotten before anybody asks.
 */
export abstract class ObjectEvent implements Hashed {
  hashA = 0;
  hashB = 0;
  readonly revision: Revision;
  abstract readonly type: WireObjectEvent['type'];

  constructor(revision: Revision) {
    this.revision = revision;
  }

  /** The name of the lock or counter, the id of the session. */
  abstract get subject(): string;

  /** As it is told; made anew each time. */
  abstract get event(): WireObjectEvent;

  /** About what it takes in memory. */
  get bytes(): number {
    return overheadBytesPerEvent;
  }

  abstract hash(checksum: Checksum, into: Hashed): void;
}

/** Nothing of an acquisition that holds a lock changes but its note. */
type Holding = Pick<Acquisition, 'sessionId' | 'sequence' | 'token' | 'mode' | 'askedRevision'>;

const nobody: readonly Holding[] = [];

interface LockChange {
  readonly first: Holding | undefined;
  readonly firstNote: Uint8Array;
  readonly others: readonly Holding[];
  readonly holderCount: number;
  readonly waiterCount: number;
  readonly closedSince: Revision;
  readonly delayMs: number;
}

export class LockEvent extends ObjectEvent {
  readonly type = 'lock';
  readonly name: string;
  readonly first: Holding | undefined;
  readonly firstNote: Uint8Array;
  /** The next ones, told without their notes: more would be kept, and told, at each change. */
  readonly others: readonly Holding[];
  readonly holderCount: number;
  readonly waiterCount: number;
  readonly closedSince: Revision;
  readonly delayMs: number;

  private constructor(revision: Revision, name: string, change: LockChange) {
    super(revision);
    this.name = name;
    this.first = change.first;
    this.firstNote = change.firstNote;
    this.others = change.others;
    this.holderCount = change.holderCount;
    this.waiterCount = change.waiterCount;
    this.closedSince = change.closedSince;
    this.delayMs = change.delayMs;
  }

  /** `lock` as it is now; undefined: free. */
  static of(revision: Revision, name: string, lock: Lock | undefined): LockEvent {
    const first = lock?.holders.first;
    const holderCount = lock?.holders.count ?? 0;
    return new LockEvent(revision, name, {
      first,
      firstNote: first?.note ?? emptyBytes,
      others: lock === undefined || holderCount < 2 ? nobody : lock.holders.list(limits.lockEventHolders).slice(1),
      holderCount,
      waiterCount: lock?.waiterCount ?? 0,
      closedSince: lock?.closure?.sinceRevision ?? (0 as Revision),
      delayMs: lock?.closure?.delayMs ?? 0,
    });
  }

  /** One that was told as `event`. */
  static restored(revision: Revision, { name, state }: WireLockEvent): LockEvent {
    const [first, ...others] = state.holders;
    const firstNote = first === undefined || first.note.length === 0 ? emptyBytes : first.note.slice();
    return new LockEvent(revision, name, {
      ...state,
      first: first && holding(first),
      firstNote,
      others: others.length === 0 ? nobody : others.map(holding),
    });
  }

  override get subject(): string {
    return this.name;
  }

  override get event(): WireObjectEvent {
    const first = this.first;
    const state: LockDetails = {
      kind: 'lockDetails',
      holders: first ? [party(first, this.firstNote), ...this.others.map((other) => party(other, emptyBytes))] : [],
      waiters: [],
      holderCount: this.holderCount,
      waiterCount: this.waiterCount,
      closedSince: this.closedSince,
      delayMs: this.delayMs,
    };
    return { type: 'lock', name: this.name, state };
  }

  override get bytes(): number {
    const listed = this.first === undefined ? 0 : 1 + this.others.length;
    return super.bytes + this.name.length + listed * overheadBytesPerHolder + this.firstNote.length;
  }

  override hash(checksum: Checksum, into: Hashed): void {
    const note = this.firstNote;
    const record = hasher
      .begin(recordKind.lockEvent)
      .integer(this.revision)
      .text(this.name)
      .bits32(this.holderCount)
      .bits32(this.waiterCount)
      .integer(this.closedSince)
      .integer(this.delayMs)
      .bits32(note.length)
      .bits32(note.length === 0 ? 0 : checksum(note));
    if (this.first !== undefined) hashHolder(record, this.first);
    for (const other of this.others) hashHolder(record, other);
    record.finish(into);
  }
}

export class CounterEvent extends ObjectEvent {
  readonly type = 'counter';
  readonly name: string;
  readonly value: bigint;
  readonly previous: bigint;

  constructor(revision: Revision, name: string, value: bigint, previous: bigint) {
    super(revision);
    this.name = name;
    this.value = value;
    this.previous = previous;
  }

  override get subject(): string {
    return this.name;
  }

  override get event(): WireObjectEvent {
    return { type: 'counter', name: this.name, value: this.value, previous: this.previous };
  }

  override get bytes(): number {
    return super.bytes + this.name.length;
  }

  override hash(_checksum: Checksum, into: Hashed): void {
    hasher
      .begin(recordKind.counterEvent)
      .integer(this.revision)
      .text(this.name)
      .bits64(this.value)
      .bits64(this.previous)
      .finish(into);
  }
}

export class SessionEvent extends ObjectEvent {
  readonly type = 'session';
  override readonly event: WireSessionEvent;

  constructor(revision: Revision, event: WireSessionEvent) {
    super(revision);
    this.event = event;
  }

  override get subject(): string {
    return `${this.event.sessionId}`;
  }

  override get bytes(): number {
    return super.bytes + this.event.name.length;
  }

  override hash(_checksum: Checksum, into: Hashed): void {
    const { change, sessionId, name, ttlMs } = this.event;
    hasher
      .begin(recordKind.sessionEvent)
      .integer(this.revision)
      .bits32(sessionChanges.indexOf(change))
      .integer(sessionId)
      .text(name)
      .integer(ttlMs)
      .finish(into);
  }
}

/** One that was told as `event`. */
export function restoredEvent(revision: Revision, event: WireObjectEvent): ObjectEvent {
  switch (event.type) {
    case 'lock':
      return LockEvent.restored(revision, event);
    case 'counter':
      return new CounterEvent(revision, event.name, event.value, event.previous);
    case 'session':
      return new SessionEvent(revision, event);
  }
}

/** Without the note, which may be a slice of something large. */
function holding({ sessionId, sequence, token, mode, askedRevision }: Holding): Holding {
  return { sessionId, sequence, token, mode, askedRevision };
}

function party({ sessionId, sequence, token, mode, askedRevision }: Holding, note: Uint8Array): LockParty {
  return { sessionId, sequence, token, mode, askedRevision, note };
}

function hashHolder(record: RecordHasher, { sessionId, sequence, token, mode, askedRevision }: Holding): void {
  record.integer(sessionId).integer(sequence).integer(token).bits32(modeNumber[mode]).integer(askedRevision);
}
