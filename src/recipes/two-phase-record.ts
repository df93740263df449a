import { type Client, type Condition, cond, type Entry, type Lock, op } from '../client/index.ts';
import { keyPrefix } from './names.ts';
import type { TransactionSummary } from './two-phase-types.ts';

/** What the service knows of a transaction. Its state only goes from the first to one of the others. */
export interface TransactionRecord {
  readonly state: TransactionSummary['state'];
  readonly payloads: Readonly<Record<string, unknown>>;
}

/** Undefined: it has come to its end, and is gone. */
export function recordOf(entry: Entry | undefined): TransactionRecord | undefined {
  return entry === undefined ? undefined : (entry.json() as TransactionRecord);
}

/** The records of transactions. Each is written only under the lock of its transaction. */
export class TransactionRecords {
  readonly records: string;
  readonly prefix: string;
  readonly #client: Client;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.prefix = keyPrefix('two-phase', name);
    this.records = `${this.prefix}records/`;
  }

  key(id: string): string {
    return this.records + id;
  }

  /** Ephemeral: its coordinator is at work. */
  coordinator(id: string): string {
    return `${this.prefix}coordinators/${id}`;
  }

  lockName(id: string): string {
    return `${this.prefix}${id}`;
  }

  async begin(lock: Lock, id: string, payloads: TransactionRecord['payloads']): Promise<boolean> {
    const { succeeded } = await this.#client.txn({
      if: [cond.lockHeld(lock)],
      then: [
        op.put(this.key(id), recordText('preparing', payloads)),
        op.put(this.coordinator(id), '', { ephemeral: true }),
      ],
    });
    return succeeded;
  }

  /** False: it was decided before, or the lock is not held. */
  async decide(
    lock: Pick<Lock, 'name' | 'token'>,
    id: string,
    record: TransactionRecord,
    state: 'committing' | 'rollingBack',
  ): Promise<boolean> {
    const undecided: Condition = cond.valueIs(this.key(id), recordText('preparing', record.payloads));
    const { succeeded } = await this.#client.txn({
      if: [cond.lockHeld(lock), undecided],
      then: [op.put(this.key(id), recordText(state, record.payloads))],
    });
    return succeeded;
  }

  async end(lock: Lock, id: string): Promise<void> {
    const gone = [op.delete(this.key(id)), op.delete(this.coordinator(id))];
    await this.#client.txn({ if: [cond.lockHeld(lock)], then: gone });
  }

  async read(id: string): Promise<TransactionRecord | undefined> {
    return recordOf(await this.#client.get(this.key(id)));
  }
}

/** The same bytes for the same record: they are compared. */
function recordText(state: TransactionRecord['state'], payloads: TransactionRecord['payloads']): string {
  return JSON.stringify({ state, payloads } satisfies TransactionRecord);
}
