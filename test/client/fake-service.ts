import { compareBytes, equalBytes, keyString } from '../../src/wire/bytes.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import type {
  KeyRange,
  Operation,
  Transaction,
  TransactionCondition,
  TransactionOperation,
} from '../../src/wire/operation.ts';
import type { ResultBody, TransactionDone, TransactionOperationDone, WireEntry } from '../../src/wire/result.ts';
import type { WireKeyEvent } from '../../src/wire/watch.ts';
import { wireError } from '../../src/wire/wire-error.ts';

export interface Holder {
  readonly sessionId: SessionId;
  readonly sequence: Sequence;
}

/** All that the SDK's tests need of a service, in memory, on one node, in the order of the requests. */
export class FakeService {
  revision = 100;
  /** Told of each revision that changed keys, and of each grant. */
  onEvents: (revision: Revision, events: readonly WireKeyEvent[]) => void = () => undefined;
  onGrant: (holder: Holder, token: number) => void = () => undefined;
  readonly entries = new Map<string, WireEntry>();
  readonly counters = new Map<string, bigint>();
  readonly sessions = new Set<SessionId>();
  /** The first holds the lock. */
  readonly #queues = new Map<string, Holder[]>();
  #events: WireKeyEvent[] = [];

  apply(operation: Operation): ResultBody {
    const { command, body } = operation;
    if (command !== undefined && !this.sessions.has(command.sessionId)) return wireError('SESSION_EXPIRED', 'unknown');
    const result = this.#applyBody(operation);
    if (body.kind !== 'get' && body.kind !== 'range') this.#publish();
    return result;
  }

  /** The session is over: its locks go to those who wait. */
  end(sessionId: SessionId): void {
    this.sessions.delete(sessionId);
    for (const name of this.#queues.keys()) this.#leave(name, (holder) => holder.sessionId === sessionId);
    for (const entry of [...this.entries.values()]) if (entry.sessionId === sessionId) this.#delete(entry.key);
    this.#publish();
  }

  #applyBody({ command, body }: Operation): ResultBody {
    this.revision += 1;
    const sessionId = command?.sessionId ?? (0 as SessionId);
    const holder: Holder = { sessionId, sequence: command?.sequence ?? (0 as Sequence) };
    switch (body.kind) {
      case 'openSession':
        this.sessions.add(this.revision as SessionId);
        return { kind: 'sessionOpened', sessionId: this.revision as SessionId, generation: 1, ttlMs: body.ttlMs };
      case 'closeSession':
        this.end(sessionId);
        return { kind: 'sessionClosed' };
      case 'put':
        this.#put(body.key, body.value, body.ephemeral ? sessionId : (0 as SessionId));
        return { kind: 'put' };
      case 'delete':
        return { kind: 'delete', deleted: this.#delete(body.key) };
      case 'get':
        return { kind: 'get', entry: this.entries.get(keyString(body.key)) };
      case 'range': {
        const entries = this.#range(body.range);
        const limit = body.limit === 0 ? entries.length : body.limit;
        return { kind: 'range', entries: entries.slice(0, limit), more: entries.length > limit };
      }
      case 'transaction':
        return this.#transaction(body);
      case 'lockAcquire':
        return this.#acquire(body.name, body.wait, holder);
      case 'lockCancel':
      case 'lockRelease': {
        const left = this.#leave(body.name, (other) => isSame(other, { sessionId, sequence: body.sequence }));
        if (body.kind === 'lockRelease') return { kind: 'lockReleased', released: left === 'released' };
        return { kind: 'lockCancelled', state: left };
      }
      case 'counterAdd': {
        const first = (this.counters.get(body.name) ?? 0n) + 1n;
        const last = first + BigInt(body.count) - 1n;
        this.counters.set(body.name, last);
        return { kind: 'counterBlock', first, last };
      }
      case 'counterCompareAndSet': {
        const swapped = (this.counters.get(body.name) ?? 0n) === body.expected;
        if (swapped) this.counters.set(body.name, body.value);
        return { kind: 'counterSwapped', swapped };
      }
      case 'counterGet':
        return { kind: 'counterValue', value: this.counters.get(body.name) ?? 0n };
      default:
        return wireError('UNSUPPORTED', body.kind);
    }
  }

  #transaction(body: Transaction): TransactionDone {
    const succeeded = body.if.every((condition) => this.#holds(condition));
    const operations = succeeded ? body.then : body.else;
    return { kind: 'transaction', succeeded, results: operations.map((operation) => this.#inTransaction(operation)) };
  }

  #holds(condition: TransactionCondition): boolean {
    if (condition.kind === 'lockHeld') return this.#queues.get(condition.name) !== undefined;
    if (condition.kind === 'counterCompare') throw new Error('counters are compared by the service only');
    const entry = this.entries.get(keyString(condition.key));
    switch (condition.kind) {
      case 'exists':
        return entry !== undefined;
      case 'absent':
        return entry === undefined;
      case 'valueIs':
        return entry !== undefined && equalBytes(entry.value, condition.value);
      case 'modRevisionIs':
        return entry?.modRevision === condition.modRevision;
      default:
        throw new Error(`${condition.kind} is for the service to judge`);
    }
  }

  #inTransaction(operation: TransactionOperation): TransactionOperationDone {
    if (operation.kind === 'transaction') return this.#transaction(operation);
    if (operation.kind === 'get') return { kind: 'get', entry: this.entries.get(keyString(operation.key)) };
    if (operation.kind === 'delete') return { kind: 'delete', deleted: this.#delete(operation.key) };
    this.#put(operation.key, operation.value, 0 as SessionId);
    return { kind: 'put' };
  }

  #acquire(name: string, wait: boolean, holder: Holder): ResultBody {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    if (queue.length > 0 && !wait) return { kind: 'lock', state: 'refused', token: 0 };
    queue.push(holder);
    return {
      kind: 'lock',
      state: queue.length === 1 ? 'held' : 'queued',
      token: queue.length === 1 ? this.revision : 0,
    };
  }

  #leave(name: string, leaves: (holder: Holder) => boolean): 'absent' | 'withdrawn' | 'released' {
    const queue = this.#queues.get(name) ?? [];
    const wasHeld = queue[0] !== undefined && leaves(queue[0]);
    const others = queue.filter((holder) => !leaves(holder));
    if (others.length === queue.length) return 'absent';
    this.#queues.set(name, others);
    this.revision += 1;
    if (wasHeld && others[0] !== undefined) this.onGrant(others[0], this.revision);
    return wasHeld ? 'released' : 'withdrawn';
  }

  #put(key: Uint8Array, value: Uint8Array, sessionId: SessionId): void {
    const previous = this.entries.get(keyString(key));
    const revision = this.revision as Revision;
    const entry: WireEntry = {
      key,
      value,
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.version ?? 0) + 1,
      sessionId,
    };
    this.entries.set(keyString(key), entry);
    this.#events.push({ type: 'put', key, entry, previous });
  }

  #delete(key: Uint8Array): boolean {
    const previous = this.entries.get(keyString(key));
    if (previous === undefined) return false;
    this.entries.delete(keyString(key));
    this.#events.push({ type: 'delete', key, previous });
    return true;
  }

  #range(range: KeyRange): WireEntry[] {
    return [...this.entries.values()]
      .filter(({ key }) => inRange(range, key))
      .sort((a, b) => compareBytes(a.key, b.key));
  }

  #publish(): void {
    const events = this.#events;
    this.#events = [];
    if (events.length > 0) this.onEvents(this.revision as Revision, events);
  }
}

export function inRange({ from, to }: KeyRange, key: Uint8Array): boolean {
  if (to === 'single') return equalBytes(from, key);
  return compareBytes(from, key) <= 0 && (to === 'unbounded' || compareBytes(key, to) < 0);
}

function isSame(a: Holder, b: Holder): boolean {
  return a.sessionId === b.sessionId && a.sequence === b.sequence;
}
