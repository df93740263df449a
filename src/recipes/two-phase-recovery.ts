import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, ConclaveError, type Lock, type View } from '../client/index.ts';
import { persistently } from './patience.ts';
import { finishAll } from './two-phase-parts.ts';
import { recordOf, type TransactionRecord, type TransactionRecords } from './two-phase-record.ts';
import type { RecoverOptions, Recovery, TwoPhaseOptions } from './two-phase-types.ts';

const pauseMs = 500;

/** Takes up transactions without a coordinator. Several programs may: the lock of each transaction sees to it that one does. */
export class TransactionRecovery implements Recovery {
  readonly #client: Client;
  readonly #records: TransactionRecords;
  readonly #participants: TwoPhaseOptions['participants'];
  readonly #onRecovered: NonNullable<RecoverOptions['onRecovered']>;
  readonly #onError: (error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #takenUp = new Map<string, Promise<void>>();
  readonly #followed: Promise<void>;

  constructor(
    client: Client,
    records: TransactionRecords,
    participants: TwoPhaseOptions['participants'],
    { onRecovered = () => undefined, onError = () => undefined }: RecoverOptions,
  ) {
    this.#client = client;
    this.#records = records;
    this.#participants = participants;
    this.#onRecovered = onRecovered;
    this.#onError = onError;
    this.#followed = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#followed;
    await Promise.all(this.#takenUp.values());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    const what = { prefix: this.#records.prefix };
    while (!signal.aborted) {
      try {
        await using view = await persistently(() => this.#client.view(what, { signal }), signal);
        const changes = view.changes();
        do this.#look(view);
        while ((await changes.next()).done !== true);
        // The client is closed.
        return;
      } catch (error) {
        if (signal.aborted || (error instanceof ConclaveError && error.code === 'CLOSED')) return;
        this.#onError(error);
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #look(view: View): void {
    for (const [key, entry] of view.entries()) {
      if (!key.startsWith(this.#records.records)) continue;
      const id = key.slice(this.#records.records.length);
      if (this.#takenUp.has(id) || view.has(this.#records.coordinator(id))) continue;
      // Others may know participants that are not known here.
      const names = Object.keys(recordOf(entry)?.payloads ?? {});
      if (!names.every((name) => Object.hasOwn(this.#participants, name))) continue;
      const takenUp = this.#takeUp(id).finally(() => this.#takenUp.delete(id));
      this.#takenUp.set(id, takenUp);
    }
  }

  /** Never rejects. Waits its turn behind whoever else has taken it up: if that one dies too, it is here. */
  async #takeUp(id: string): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await using lock = await persistently(() => this.#client.lock(this.#records.lockName(id), { signal }), signal);
        const decided = await persistently(() => this.#decided(lock, id), lock.signal);
        if (decided === undefined) return;
        if (await this.#finish(lock, id, decided)) return;
      } catch (error) {
        if (signal.aborted || (error instanceof ConclaveError && error.code === 'CLOSED')) return;
        this.#onError(error);
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Nobody was told to commit what is not decided, so that it can be rolled back. Undefined: it is over. */
  async #decided(lock: Lock, id: string): Promise<TransactionRecord | undefined> {
    const record = await this.#records.read(id);
    if (record?.state !== 'preparing') return record;
    await this.#records.decide(lock, id, record, 'rollingBack');
    return await this.#records.read(id);
  }

  /** False: the lock was lost, or this was stopped. */
  async #finish(lock: Lock, id: string, record: TransactionRecord): Promise<boolean> {
    if (record.state === 'preparing') return false;
    const parties = { participants: this.#participants, onError: this.#onError };
    const signal = AbortSignal.any([lock.signal, this.#stopping.signal]);
    const pending = await finishAll(parties, { id, token: lock.token, record, signal });
    if (pending.length > 0) return false;
    await persistently(() => this.#records.end(lock, id), lock.signal);
    this.#onRecovered(id, record.state === 'committing' ? 'committed' : 'rolledBack');
    return true;
  }
}
