import type { Revision, SessionId } from '../../wire/identifiers.ts';
import type { OpenSession, Operation } from '../../wire/operation.ts';
import type { ResultBody, WireEntry } from '../../wire/result.ts';
import type { ChangeSettings, RaiseFeatureLevel } from '../../wire/settings.ts';
import type { WireObjectEvent } from '../../wire/watch.ts';
import type { WatchedKeyEvent } from './history.ts';
import type { AcquisitionHistory } from './reference-log.ts';
import {
  bytesOfAcquisition,
  bytesOfCounter,
  bytesOfDelay,
  bytesOfDeletion,
  bytesOfEntry,
  bytesOfEvent,
  bytesOfResult,
  bytesOfSession,
} from './reference-sizes.ts';

const shippedQuotaBytes = 2 ** 30;
/** Quotas begin with this level. */
const quotaLevel = 2;

export interface ResidentParts {
  readonly kept: number;
  readonly sessions: number;
  readonly results: number;
  readonly history: number;
}

/** What can be seen of locks and counters at the moment. */
export interface ResidentObjects {
  activeAcquisitions(): Iterable<AcquisitionHistory>;
  /** Names of the locks that a delay keeps closed. */
  delayedLocks(): Iterable<string>;
  counters(): Iterable<readonly [name: string, value: bigint]>;
}

/** How much the state of the reference model takes, and what its quota refuses. */
export class ReferenceQuota {
  readonly #objects: ResidentObjects;
  readonly #sessions = new Map<SessionId, { readonly bytes: number; results: { sequence: number; bytes: number }[] }>();
  #keys = 0;
  /** Of each revision above the floor that left any. */
  readonly #history = new Map<number, number>();
  #historyBytes = 0;
  #level = 1;
  #version = 0;
  #quotaBytes = 0;

  constructor(objects: ResidentObjects) {
    this.#objects = objects;
  }

  get quotaBytes(): number {
    if (this.#level < quotaLevel) return Number.POSITIVE_INFINITY;
    return this.#quotaBytes === 0 ? shippedQuotaBytes : this.#quotaBytes;
  }

  parts(): ResidentParts {
    let sessions = 0;
    let results = 0;
    for (const session of this.#sessions.values()) {
      sessions += session.bytes;
      for (const { bytes } of session.results) results += bytes;
    }
    return { kept: this.#keys + this.#objectBytes(), sessions, results, history: this.#historyBytes };
  }

  /** Whether there is room for what would take so much more. */
  admits(growthBytes: number): boolean {
    return growthBytes <= 0 || this.#total() + growthBytes <= this.quotaBytes;
  }

  admitsSession(body: OpenSession): boolean {
    const bytes = bytesOfSession(body);
    const { sessions } = this.parts();
    return sessions + bytes <= this.quotaBytes / 8 || this.admits(bytes);
  }

  /** False: without effect. */
  govern(body: ChangeSettings | RaiseFeatureLevel): boolean {
    if (body.kind === 'raiseFeatureLevel') {
      const raises = body.level > this.#level;
      if (raises) this.#level = body.level;
      return raises;
    }
    if (this.#level < quotaLevel || body.version !== this.#version) return false;
    this.#version += 1;
    this.#quotaBytes = body.quotaBytes;
    return true;
  }

  onOpened(sessionId: SessionId, body: OpenSession): void {
    this.#sessions.set(sessionId, { bytes: bytesOfSession(body), results: [] });
  }

  onEnded(sessionId: SessionId): void {
    this.#sessions.delete(sessionId);
  }

  /** The results of the generations before are forgotten. */
  onResumed(sessionId: SessionId): void {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) session.results = [];
  }

  /** Of a command its result is remembered, and those that it acknowledges are forgotten. */
  onTaken({ command, requestId }: Operation, revision: Revision, body: ResultBody): void {
    const session = command && this.#sessions.get(command.sessionId);
    if (command === undefined || session === undefined) return;
    session.results = session.results.filter(({ sequence }) => sequence > command.acknowledged);
    session.results.push({ sequence: command.sequence, bytes: bytesOfResult({ requestId, revision, body }) });
  }

  onKeyEvents(revision: number, events: readonly WatchedKeyEvent[]): void {
    for (const { type, key, entry, previous } of events) {
      const before = previous === undefined ? 0 : bytesOfEntry(key, previous as WireEntry);
      const after = type === 'delete' ? 0 : bytesOfEntry(key, entry as WireEntry);
      this.#keys += after - before;
      const deletion = type === 'delete' ? bytesOfDeletion(key) : 0;
      this.#addHistory(revision, before + deletion);
    }
  }

  onObjectEvents(revision: number, events: readonly WireObjectEvent[]): void {
    for (const event of events) this.#addHistory(revision, bytesOfEvent(event));
  }

  onCompacted(through: number): void {
    for (const [revision, bytes] of this.#history) {
      if (revision > through) return;
      this.#history.delete(revision);
      this.#historyBytes -= bytes;
    }
  }

  #addHistory(revision: number, bytes: number): void {
    if (bytes === 0) return;
    this.#history.set(revision, (this.#history.get(revision) ?? 0) + bytes);
    this.#historyBytes += bytes;
  }

  #total(): number {
    const { kept, sessions, results, history } = this.parts();
    return kept + sessions + results + history;
  }

  #objectBytes(): number {
    let bytes = 0;
    for (const acquisition of this.#objects.activeAcquisitions()) bytes += bytesOfAcquisition(acquisition);
    for (const name of this.#objects.delayedLocks()) bytes += bytesOfDelay(name);
    for (const [name, value] of this.#objects.counters()) bytes += bytesOfCounter(name, value);
    return bytes;
  }
}
