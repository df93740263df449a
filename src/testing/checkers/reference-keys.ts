import { equalBytes, keyString, utf8Bytes } from '../../wire/bytes.ts';
import type { Revision, SessionId } from '../../wire/identifiers.ts';
import type { CommandBody, Comparison, TransactionCondition, TransactionOperation } from '../../wire/operation.ts';
import type { ResultBody, TransactionOperationDone, WireEntry } from '../../wire/result.ts';
import type { WatchedKeyEvent } from './history.ts';
import { refusal, type Version, valueAt } from './reference-log.ts';
import { growthOfKeys } from './reference-sizes.ts';

/** About locks and counters, which no transaction changes. */
export type OtherCondition = Extract<TransactionCondition, { readonly kind: 'lockHeld' | 'counterCompare' }>;

export type KeyCommand = Extract<CommandBody, { readonly kind: 'put' | 'delete' | 'transaction' | 'createSequential' }>;

interface Executed {
  readonly result: ResultBody;
  /** Something was put, or was there to be deleted: a revision is taken, even if nothing of it is left in the end. */
  readonly wrote: boolean;
  readonly events: WatchedKeyEvent[];
}

const noSession = 0 as SessionId;

/** The keys of the reference model, with all their versions. */
export class ReferenceKeys {
  readonly #versions = new Map<string, Version<WireEntry | undefined>[]>();

  current(key: string): WireEntry | undefined {
    return this.#versions.get(key)?.at(-1)?.value;
  }

  entryAt(key: string, revision: number): WireEntry | undefined {
    return valueAt(this.#versions.get(key), revision);
  }

  all(): string[] {
    return [...this.#versions.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  /**
   * What a command answers, and the events of its revision. `holdsOutside` answers conditions that are not about keys, `admits`
   * whether there is room for so many bytes more.
   */
  execute(
    body: KeyCommand,
    sessionId: SessionId,
    revision: number,
    holdsOutside: (condition: OtherCondition) => boolean,
    admits: (growth: number) => boolean,
  ): Executed {
    const attempt = new Attempt((key) => this.current(key), sessionId, revision as Revision, holdsOutside);
    const result = this.#execute(body, attempt, revision);
    const changed = Array.from(attempt.changed, ([key, now]) => ({ key, now, before: this.current(key) }));
    if (!admits(growthOfKeys(changed))) return { result: refusal('QUOTA_EXCEEDED'), wrote: false, events: [] };
    return { result, wrote: attempt.changed.size > 0, events: this.#commit(attempt.changed, revision) };
  }

  #execute(body: KeyCommand, attempt: Attempt, revision: number): ResultBody {
    switch (body.kind) {
      case 'transaction':
        return attempt.perform(body);
      case 'put': {
        const there = this.current(keyString(body.key));
        const told = body.previous === true && there !== undefined ? { previous: there } : {};
        const occupied = body.ifAbsent === true && there !== undefined;
        const changed = body.ifModRevision !== undefined && there?.modRevision !== body.ifModRevision;
        if (occupied || changed) return { kind: 'put', refused: true, ...told };
        attempt.perform(body);
        return { kind: 'put', ...told };
      }
      case 'delete': {
        const there = this.current(keyString(body.key));
        const told = body.previous === true && there !== undefined ? { previous: there } : {};
        const deleted = there !== undefined && (body.ifModRevision ?? there.modRevision) === there.modRevision;
        if (deleted) attempt.perform(body);
        return { kind: 'delete', deleted, ...told };
      }
      case 'createSequential': {
        const digits = String(revision);
        const number = utf8Bytes('0'.repeat(20 - digits.length) + digits);
        const key = new Uint8Array([...body.prefix, ...number]);
        if (this.current(keyString(key)) !== undefined) return refusal('KEY_EXISTS');
        attempt.perform({ kind: 'put', key, value: body.value, ephemeral: body.ephemeral });
        return { kind: 'createSequential', key };
      }
    }
  }

  removeOwned(sessionId: SessionId, revision: number): WatchedKeyEvent[] {
    const changed = new Map<string, undefined>();
    for (const key of this.#versions.keys()) {
      if (this.current(key)?.sessionId === sessionId) changed.set(key, undefined);
    }
    return this.#commit(changed, revision);
  }

  #commit(changed: ReadonlyMap<string, WireEntry | undefined>, revision: number): WatchedKeyEvent[] {
    const events: WatchedKeyEvent[] = [];
    for (const key of [...changed.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      const entry = changed.get(key);
      const previous = this.current(key);
      // Created and deleted again by the same command: nobody can have seen it.
      if (entry === undefined && previous === undefined) continue;
      events.push({ type: entry === undefined ? 'delete' : 'put', key, entry, previous });
      const versions = this.#versions.get(key) ?? [];
      versions.push({ revision, value: entry });
      this.#versions.set(key, versions);
    }
    return events;
  }
}

/** What a command makes of keys, before anybody sees it. */
class Attempt {
  readonly changed = new Map<string, WireEntry | undefined>();
  readonly #before: (key: string) => WireEntry | undefined;
  readonly #sessionId: SessionId;
  readonly #revision: Revision;
  readonly #holdsOutside: (condition: OtherCondition) => boolean;

  constructor(
    before: (key: string) => WireEntry | undefined,
    sessionId: SessionId,
    revision: Revision,
    holdsOutside: (condition: OtherCondition) => boolean,
  ) {
    this.#before = before;
    this.#sessionId = sessionId;
    this.#revision = revision;
    this.#holdsOutside = holdsOutside;
  }

  perform(operation: TransactionOperation): TransactionOperationDone {
    if (operation.kind === 'transaction') {
      const succeeded = operation.if.every((condition) => this.#holds(condition));
      const branch = succeeded ? operation.then : operation.else;
      return { kind: 'transaction', succeeded, results: branch.map((one) => this.perform(one)) };
    }
    const key = keyString(operation.key);
    const entry = this.#now(key);
    if (operation.kind === 'get') return { kind: 'get', entry };
    if (operation.kind === 'delete') {
      if (entry !== undefined) this.changed.set(key, undefined);
      return { kind: 'delete', deleted: entry !== undefined };
    }
    const samePut = entry !== undefined && entry.modRevision === this.#revision;
    this.changed.set(key, {
      key: operation.key,
      value: operation.value,
      createRevision: entry?.createRevision ?? this.#revision,
      modRevision: this.#revision,
      version: entry === undefined ? 1 : samePut ? entry.version : entry.version + 1,
      sessionId: operation.ephemeral ? this.#sessionId : noSession,
    });
    return { kind: 'put' };
  }

  #now(key: string): WireEntry | undefined {
    return this.changed.has(key) ? this.changed.get(key) : this.#before(key);
  }

  #holds(condition: TransactionCondition): boolean {
    if (condition.kind === 'lockHeld' || condition.kind === 'counterCompare') return this.#holdsOutside(condition);
    const entry = this.#now(keyString(condition.key));
    switch (condition.kind) {
      case 'exists':
        return entry !== undefined;
      case 'absent':
        return entry === undefined;
      case 'valueIs':
        return entry !== undefined && equalBytes(entry.value, condition.value);
      case 'modRevisionIs':
        return (entry?.modRevision ?? 0) === condition.modRevision;
      case 'keyCompare': {
        const numbers = { version: entry?.version, created: entry?.createRevision, modified: entry?.modRevision };
        return inOrder((numbers[condition.field] ?? 0) - condition.number, condition.comparison);
      }
      case 'valueCompare':
        // No value equals none, and comes neither before nor after it.
        if (entry === undefined) return condition.comparison === 'unequal';
        return inOrder(compareTexts(keyString(entry.value), keyString(condition.value)), condition.comparison);
      case 'ownedBy':
        return (entry?.sessionId ?? noSession) === condition.sessionId;
    }
  }
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `difference`: negative if what is stored is the smaller one. */
export function inOrder(difference: number, comparison: Comparison): boolean {
  if (comparison === 'less') return difference < 0;
  if (comparison === 'greater') return difference > 0;
  return (difference === 0) === (comparison === 'equal');
}
