import type {
  CommandBody,
  Comparison,
  DeleteCommand,
  Operation,
  PutCommand,
  ResumeSession,
  Transaction,
  TransactionCondition,
  TransactionOperation,
} from '../../src/wire/operation.ts';
import { bytes, text } from './harness.ts';
import { type Objects, objectEvents, objectsOf } from './model-objects.ts';

/**
 * What the machine is to do, said as plainly as possible: every revision has a whole copy of the keys, a lock is a list of
 * those who asked, and what happened is found by comparing copies. No part of it is taken from the machine.
 */
export interface ModelEntry {
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly sessionId: number;
}

type Keys = ReadonlyMap<string, ModelEntry>;

/** What a command makes of the keys. */
interface Written {
  readonly keys: Map<string, ModelEntry>;
  wrote: boolean;
}

interface ModelSession {
  readonly id: number;
  readonly name: string;
  readonly secret: string;
  readonly ttlMs: number;
  generation: number;
  resumedBy: bigint | undefined;
  last: number;
  acknowledged: number;
  readonly results: Map<number, ModelResult>;
}

export interface ModelResult {
  readonly requestId: number;
  readonly revision: number;
  /** Byte strings as texts; of errors, the code only. */
  readonly body: Record<string, unknown>;
}

interface Asked {
  readonly sessionId: number;
  readonly sequence: number;
  token: number;
}

export class Model {
  floor = 0;
  /** By revision. */
  readonly states: Keys[] = [new Map()];
  readonly sessions = new Map<number, ModelSession>();
  /** By name; the first holds the lock. */
  readonly locks = new Map<string, Asked[]>();
  readonly counters = new Map<string, bigint>();
  /** By revision. */
  readonly objects: Objects[] = [new Map()];
  readonly closed = new Set<number>();
  readonly opened: number[] = [];
  readonly resumed: number[] = [];
  readonly ended: number[] = [];
  readonly grants: unknown[] = [];

  get revision(): number {
    return this.states.length - 1;
  }

  get keys(): Keys {
    return this.states[this.revision] as Keys;
  }

  /** By comparing the revision with the one before it. */
  eventsAt(revision: number): readonly unknown[] {
    const [before, after] = [this.states[revision - 1] as Keys, this.states[revision] as Keys];
    const events: unknown[] = [];
    for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [previous, entry] = [before.get(key), after.get(key)];
      if (entry === previous) continue;
      if (entry === undefined) events.push({ type: 'delete', key, previous: previous && { key, ...previous } });
      else events.push({ type: 'put', key, entry: { key, ...entry }, previous: previous && { key, ...previous } });
    }
    return events;
  }

  /** What the revision did to locks, counters and sessions, likewise. */
  objectEventsAt(revision: number): readonly unknown[] {
    return objectEvents(this.objects[revision - 1] as Objects, this.objects[revision] as Objects, this.closed);
  }

  acquisition(name: string, sessionId: number, sequence: number): unknown {
    const asked = this.locks.get(name)?.find((one) => one.sessionId === sessionId && one.sequence === sequence);
    if (asked === undefined) return { state: 'gone' };
    return asked.token === 0 ? { state: 'queued' } : { state: 'held', token: asked.token };
  }

  apply(operation: Operation): ModelResult | undefined {
    const result = this.#apply(operation);
    if (this.objects.length <= this.revision) this.objects.push(objectsOf(this));
    return result;
  }

  #apply({ requestId, command, body }: Operation): ModelResult | undefined {
    const answer = (found: Record<string, unknown>): ModelResult => ({
      requestId,
      revision: this.revision,
      body: found,
    });
    const error = (code: string): ModelResult => answer({ kind: 'error', code });
    if (body.kind === 'compact') {
      if (body.revision <= this.revision) this.floor = Math.max(this.floor, body.revision);
      return undefined;
    }
    if (body.kind === 'openBallot' || body.kind === 'endLockDelay') return undefined;
    if (body.kind === 'expireSession') {
      if (this.sessions.get(body.sessionId)?.generation === body.generation) this.#end(body.sessionId);
      return undefined;
    }
    if (body.kind === 'openSession') {
      if (body.ttlMs < 100) return error('INVALID_ARGUMENT');
      const id = this.#next(this.keys);
      const fresh = { generation: 1, resumedBy: undefined, last: 0, acknowledged: 0, results: new Map() };
      this.sessions.set(id, { id, name: body.name, secret: text(body.secret), ttlMs: body.ttlMs, ...fresh });
      this.opened.push(id);
      return answer({ kind: 'sessionOpened', sessionId: id, generation: 1, ttlMs: body.ttlMs });
    }
    if (body.kind === 'resumeSession') {
      const found = this.#resume(body);
      return typeof found === 'string' ? error(found) : answer(found);
    }
    if (command === undefined) throw new Error('a command has a session');
    const { sessionId, sequence } = command;
    const session = this.sessions.get(sessionId);
    if (session === undefined || command.generation !== session.generation) return error('SESSION_EXPIRED');
    if (sequence <= session.last) return session.results.get(sequence) ?? error('RESULT_FORGOTTEN');
    if (sequence > session.last + 1) return error('OUT_OF_ORDER');
    const result = answer({});
    const found = this.#command(sessionId, sequence, body as CommandBody);
    const whole = { ...result, revision: this.revision, body: found };
    session.last = sequence;
    session.acknowledged = Math.max(session.acknowledged, command.acknowledged);
    session.results.set(sequence, whole);
    for (const old of session.results.keys()) if (old <= session.acknowledged) session.results.delete(old);
    return whole;
  }

  #resume({ sessionId, generation, secret, nonce }: ResumeSession): Record<string, unknown> | string {
    const session = this.sessions.get(sessionId);
    if (session === undefined) return 'SESSION_EXPIRED';
    if (session.secret === '' || session.secret !== text(secret)) return 'INVALID_CREDENTIALS';
    const again = session.generation === generation + 1 && session.resumedBy === nonce;
    if (!again) {
      if (session.generation !== generation) return 'SESSION_EXPIRED';
      this.#next(this.keys);
      for (const [name, [holder, ...queue]] of this.locks) {
        const others = queue.filter((asked) => asked.sessionId !== sessionId);
        if (holder !== undefined) this.locks.set(name, [holder, ...others]);
      }
      session.generation += 1;
      session.resumedBy = nonce;
      session.acknowledged = session.last;
      session.results.clear();
      this.resumed.push(sessionId);
    }
    const locks = [...this.locks].flatMap(([name, [holder]]) =>
      holder?.sessionId === sessionId
        ? [{ name, sequence: holder.sequence, token: holder.token, mode: 'exclusive', otherNames: [], permits: 0 }]
        : [],
    );
    return {
      kind: 'sessionResumed',
      sessionId,
      generation: session.generation,
      ttlMs: session.ttlMs,
      lastSequence: session.last,
      locks: locks.sort((a, b) => a.sequence - b.sequence),
      moreLocks: false,
    };
  }

  #next(keys: Keys): number {
    this.states.push(keys);
    return this.revision;
  }

  #command(sessionId: number, sequence: number, body: CommandBody): Record<string, unknown> {
    switch (body.kind) {
      case 'put':
      case 'delete':
        return this.#write(sessionId, body);
      case 'createSequential': {
        const next = text(body.prefix) + String(this.revision + 1).padStart(20, '0');
        if (this.keys.has(next)) return { kind: 'error', code: 'KEY_EXISTS' };
        this.#write(sessionId, { kind: 'put', key: bytes(next), value: body.value, ephemeral: body.ephemeral });
        return { kind: 'createSequential', key: next };
      }
      case 'compactHistory':
        if (body.revision > this.revision) return { kind: 'error', code: 'FUTURE_REVISION' };
        this.floor = Math.max(this.floor, body.revision);
        return { kind: 'compactHistory', floor: this.floor };
      case 'transaction': {
        const copy: Written = { keys: new Map(this.keys), wrote: false };
        const done = this.#transaction(sessionId, copy, body);
        if (copy.wrote) this.#next(copy.keys);
        return done;
      }
      case 'closeSession':
        this.closed.add(sessionId);
        this.#end(sessionId);
        return { kind: 'sessionClosed' };
      case 'closeOtherSession': {
        if (body.sessionId === sessionId) return { kind: 'error', code: 'INVALID_ARGUMENT' };
        const closed = this.sessions.has(body.sessionId);
        if (closed) this.#end(body.sessionId);
        return { kind: 'otherSessionClosed', closed };
      }
      case 'lockAcquire': {
        const queue = this.locks.get(body.name) ?? [];
        if (queue.length > 0 && !body.wait) return { kind: 'lock', state: 'refused', token: 0 };
        const revision = this.#next(this.keys);
        const token = queue.length === 0 ? revision : 0;
        this.locks.set(body.name, [...queue, { sessionId, sequence, token }]);
        return { kind: 'lock', state: token === 0 ? 'queued' : 'held', token };
      }
      case 'lockCancel': {
        const state = (this.acquisition(body.name, sessionId, body.sequence) as { state: string }).state;
        if (state === 'gone') return { kind: 'lockCancelled', state: 'absent' };
        this.#leave(body.name, (one) => one.sessionId === sessionId && one.sequence === body.sequence);
        return { kind: 'lockCancelled', state: state === 'held' ? 'released' : 'withdrawn' };
      }
      case 'lockRelease': {
        const state = (this.acquisition(body.name, sessionId, body.sequence) as { state: string }).state;
        if (state !== 'held') return { kind: 'lockReleased', released: false };
        this.#leave(body.name, (one) => one.sessionId === sessionId && one.sequence === body.sequence);
        return { kind: 'lockReleased', released: true };
      }
      case 'counterAdd': {
        const before = this.counters.get(body.name) ?? 0n;
        const last = before + BigInt(body.count);
        if (last >= 2n ** 63n) return { kind: 'error', code: 'COUNTER_OVERFLOW' };
        this.#next(this.keys);
        this.counters.set(body.name, last);
        return { kind: 'counterBlock', first: before + 1n, last };
      }
      case 'counterCompareAndSet': {
        const swapped = (this.counters.get(body.name) ?? 0n) === body.expected;
        if (swapped && body.value !== body.expected) {
          this.#next(this.keys);
          this.counters.set(body.name, body.value);
        }
        return { kind: 'counterSwapped', swapped };
      }
      case 'lockForceRelease':
      case 'lockSetNote':
        throw new Error('another model knows these');
      case 'openSession':
      case 'resumeSession':
        throw new Error('not a command of a session');
    }
  }

  /** A command of its own, with its conditions. */
  #write(sessionId: number, body: PutCommand | DeleteCommand): Record<string, unknown> {
    const key = text(body.key);
    const entry = this.keys.get(key);
    const told = body.previous && entry ? { previous: { key, ...entry } } : {};
    const unchanged = body.ifModRevision === undefined || body.ifModRevision === entry?.modRevision;
    const wanted = unchanged && !('ifAbsent' in body && entry !== undefined);
    const copy: Written = { keys: new Map(this.keys), wrote: false };
    const done = wanted && this.#operation(sessionId, copy, body);
    if (copy.wrote) this.#next(copy.keys);
    if (body.kind === 'delete') return { kind: 'delete', deleted: copy.wrote, ...told };
    return { kind: 'put', ...(done === false && { refused: true }), ...told };
  }

  #transaction(sessionId: number, copy: Written, body: Transaction): Record<string, unknown> {
    const succeeded = body.if.every((condition) => this.#holds(copy.keys, condition));
    const branch = succeeded ? body.then : body.else;
    const results = branch.map((operation) => this.#operation(sessionId, copy, operation));
    return { kind: 'transaction', succeeded, results };
  }

  #operation(sessionId: number, copy: Written, operation: TransactionOperation): Record<string, unknown> {
    if (operation.kind === 'transaction') return this.#transaction(sessionId, copy, operation);
    const { keys } = copy;
    const next = this.revision + 1;
    const key = text(operation.key);
    const entry = keys.get(key);
    if (operation.kind === 'get') return { kind: 'get', entry: entry && { key, ...entry } };
    copy.wrote ||= operation.kind === 'put' || entry !== undefined;
    if (operation.kind === 'delete') return { kind: 'delete', deleted: keys.delete(key) };
    const writtenNow = entry?.modRevision === next;
    keys.set(key, {
      value: text(operation.value),
      createRevision: entry?.createRevision ?? next,
      modRevision: next,
      version: (entry?.version ?? 0) + (writtenNow ? 0 : 1),
      sessionId: operation.ephemeral ? sessionId : 0,
    });
    return { kind: 'put' };
  }

  #holds(keys: Keys, condition: TransactionCondition): boolean {
    if (condition.kind === 'lockHeld') return this.locks.get(condition.name)?.[0]?.token === condition.token;
    if (condition.kind === 'counterCompare') {
      return compare(this.counters.get(condition.name) ?? 0n, condition.comparison, condition.value);
    }
    const entry = keys.get(text(condition.key));
    switch (condition.kind) {
      case 'exists':
        return entry !== undefined;
      case 'absent':
        return entry === undefined;
      case 'valueIs':
        return entry?.value === text(condition.value);
      case 'modRevisionIs':
        return (entry?.modRevision ?? 0) === condition.modRevision;
      case 'ownedBy':
        return (entry?.sessionId ?? 0) === condition.sessionId;
      case 'valueCompare':
        if (entry === undefined) return condition.comparison === 'unequal';
        return compare(entry.value, condition.comparison, text(condition.value));
      case 'keyCompare': {
        const field = ({ version: 'version', created: 'createRevision', modified: 'modRevision' } as const)[
          condition.field
        ];
        return compare(entry?.[field] ?? 0, condition.comparison, condition.number);
      }
    }
  }

  #end(sessionId: number): void {
    const keys = new Map([...this.keys].filter(([, entry]) => entry.sessionId !== sessionId));
    this.#next(keys);
    for (const name of [...this.locks.keys()].sort()) this.#leave(name, (one) => one.sessionId === sessionId, false);
    this.sessions.delete(sessionId);
    this.ended.push(sessionId);
  }

  #leave(name: string, gone: (asked: Asked) => boolean, ownRevision = true): void {
    if (ownRevision) this.#next(this.keys);
    const queue = (this.locks.get(name) ?? []).filter((asked) => !gone(asked));
    if (queue.length === 0) this.locks.delete(name);
    else this.locks.set(name, queue);
    const first = queue[0];
    if (first === undefined || first.token !== 0) return;
    first.token = this.revision;
    this.grants.push({ sessionId: first.sessionId, sequence: first.sequence, name, token: first.token });
  }
}

function compare<T extends number | bigint | string>(found: T, comparison: Comparison, given: T): boolean {
  switch (comparison) {
    case 'equal':
      return found === given;
    case 'unequal':
      return found !== given;
    case 'less':
      return found < given;
    case 'greater':
      return found > given;
  }
}
