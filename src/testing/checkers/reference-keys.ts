import { equalBytes, keyString } from '../../wire/bytes.ts';
import type { Revision, SessionId } from '../../wire/identifiers.ts';
import type { TransactionCondition, TransactionOperation } from '../../wire/operation.ts';
import type { TransactionOperationDone, WireEntry } from '../../wire/result.ts';
import type { WatchedEvent } from './history.ts';
import { type Version, valueAt } from './reference-log.ts';

type KeyCondition = Exclude<TransactionCondition, { readonly kind: 'lockHeld' }>;

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

  holds(condition: KeyCondition): boolean {
    const entry = this.current(keyString(condition.key));
    switch (condition.kind) {
      case 'exists':
        return entry !== undefined;
      case 'absent':
        return entry === undefined;
      case 'valueIs':
        return entry !== undefined && equalBytes(entry.value, condition.value);
      case 'modRevisionIs':
        return (entry?.modRevision ?? 0) === condition.modRevision;
    }
  }

  /** One after the other; what is left of it in the end are the events of the one revision, none if nothing was touched. */
  perform(
    operations: readonly TransactionOperation[],
    sessionId: SessionId,
    revision: number,
  ): { results: TransactionOperationDone[]; events: WatchedEvent[] } {
    const changed = new Map<string, WireEntry | undefined>();
    const results = operations.map((operation): TransactionOperationDone => {
      const key = keyString(operation.key);
      const entry = changed.has(key) ? changed.get(key) : this.current(key);
      if (operation.kind === 'get') return { kind: 'get', entry };
      if (operation.kind === 'delete') {
        if (entry !== undefined) changed.set(key, undefined);
        return { kind: 'delete', deleted: entry !== undefined };
      }
      const samePut = entry !== undefined && entry.modRevision === revision;
      changed.set(key, {
        key: operation.key,
        value: operation.value,
        createRevision: entry?.createRevision ?? (revision as Revision),
        modRevision: revision as Revision,
        version: entry === undefined ? 1 : samePut ? entry.version : entry.version + 1,
        sessionId: operation.ephemeral ? sessionId : noSession,
      });
      return { kind: 'put' };
    });
    return { results, events: this.#commit(changed, revision) };
  }

  removeOwned(sessionId: SessionId, revision: number): WatchedEvent[] {
    const changed = new Map<string, undefined>();
    for (const key of this.#versions.keys()) {
      if (this.current(key)?.sessionId === sessionId) changed.set(key, undefined);
    }
    return this.#commit(changed, revision);
  }

  #commit(changed: ReadonlyMap<string, WireEntry | undefined>, revision: number): WatchedEvent[] {
    const events: WatchedEvent[] = [];
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
