import { randomUUID } from 'node:crypto';
import { type CallOptions, type Client, ConclaveError, type Lock } from '../client/index.ts';
import { jsonOf } from './leased-task.ts';
import { invalidArgument, wholeNumber } from './names.ts';
import { inBackground, Patience, persistently } from './patience.ts';
import { RecipeError } from './recipe-error.ts';
import { askAll, finishAll } from './two-phase-parts.ts';
import { recordOf, type TransactionRecord, TransactionRecords } from './two-phase-record.ts';
import { TransactionRecovery } from './two-phase-recovery.ts';
import type {
  Committed,
  RecoverOptions,
  Recovery,
  RunOptions,
  TransactionSummary,
  TwoPhase,
  TwoPhaseOptions,
} from './two-phase-types.ts';

const timeHigh = 86_400_000;

/**
 * Two-phase commit over participants outside of the service: all of them commit, or all roll back. The decision is one key, written under
 * the lock of the transaction before anybody is told. So whoever survives the coordinator finds it, or finds none, decides to roll back,
 * and asks the participants until all have done it. A participant that has prepared waits for that as long as it takes.
 */
export function twoPhase(client: Client, name: string, options: TwoPhaseOptions): TwoPhase {
  return new Coordinator(client, name, options);
}

class Coordinator implements TwoPhase {
  readonly name: string;
  readonly #client: Client;
  readonly #records: TransactionRecords;
  readonly #participants: TwoPhaseOptions['participants'];

  constructor(client: Client, name: string, { participants }: TwoPhaseOptions) {
    this.name = name;
    this.#client = client;
    this.#records = new TransactionRecords(client, name);
    this.#participants = participants;
  }

  async run(payloads: Readonly<Record<string, unknown>>, options: RunOptions = {}): Promise<Committed> {
    const prepareTimeoutMs = wholeNumber(options.prepareTimeoutMs ?? 10_000, 'prepareTimeoutMs', 1, timeHigh);
    const finishTimeoutMs = wholeNumber(options.finishTimeoutMs ?? 10_000, 'finishTimeoutMs', 1, timeHigh);
    const id = randomUUID();
    const record = this.#recordOf(payloads);
    await using lock = await this.#client.lock(this.#records.lockName(id), { timeoutMs: 5_000 });
    try {
      return await this.#run(lock, id, record, prepareTimeoutMs, finishTimeoutMs);
    } catch (error) {
      // Whatever has happened, this program does no more about it: others may begin at once.
      const left = () => this.#client.delete(this.#records.coordinator(id));
      inBackground(left, this.#client.session.signal);
      throw error;
    }
  }

  async #run(
    lock: Lock,
    id: string,
    record: TransactionRecord,
    prepareTimeoutMs: number,
    finishTimeoutMs: number,
  ): Promise<Committed> {
    if (!(await this.#records.begin(lock, id, record.payloads))) throw rolledBack(id, new Error('the lock was lost'));
    const problem = await this.#prepared(lock, id, record, prepareTimeoutMs);
    const wanted = problem === undefined ? 'committing' : 'rollingBack';
    const decided = await this.#decided(lock, id, record, wanted);
    const pending = await this.#finished(lock, id, decided, finishTimeoutMs);
    if (decided.state === 'committing') return { id, pending };
    throw rolledBack(id, problem ?? new Error('a survivor took the coordinator for dead'));
  }

  recover(options: RecoverOptions = {}): Recovery {
    return new TransactionRecovery(this.#client, this.#records, this.#participants, options);
  }

  async unfinished(options?: CallOptions): Promise<readonly TransactionSummary[]> {
    const summaries: TransactionSummary[] = [];
    for await (const entry of this.#client.scan({ prefix: this.#records.records }, { ...options })) {
      const { state, payloads } = recordOf(entry) as TransactionRecord;
      const id = entry.key.slice(this.#records.records.length);
      summaries.push({ id, state, participants: Object.keys(payloads) });
    }
    return summaries;
  }

  #recordOf(payloads: Readonly<Record<string, unknown>>): TransactionRecord {
    const names = Object.keys(payloads);
    if (names.length === 0) throw invalidArgument('a distributed transaction has at least one participant');
    for (const name of names) {
      if (!Object.hasOwn(this.#participants, name)) throw invalidArgument(`there is no participant '${name}'`);
      jsonOf(payloads[name], `the payload of '${name}'`);
    }
    // As everybody else will read it.
    return { state: 'preparing', payloads: JSON.parse(JSON.stringify(payloads)) };
  }

  /** What keeps it from being committed; undefined: nothing. */
  async #prepared(lock: Lock, id: string, { payloads }: TransactionRecord, timeoutMs: number): Promise<unknown> {
    using patience = new Patience('the preparation', { signal: lock.signal, timeoutMs });
    const { signal } = patience;
    const part = (name: string) => ({ id, token: lock.token, payload: payloads[name], signal });
    const refused = await askAll(Object.keys(payloads), signal, (name) =>
      this.#participants[name]?.prepare(part(name)),
    );
    return refused.length === 0 ? undefined : patience.errorOf(refused[0]?.error);
  }

  /** By this program or, if it was taken for dead, by another. The decision is never made twice. */
  async #decided(
    lock: Lock,
    id: string,
    record: TransactionRecord,
    state: 'committing' | 'rollingBack',
  ): Promise<TransactionRecord> {
    let mayHaveDecided = false;
    // Repeated after a lost answer, it finds that it is decided.
    const decide = async () => {
      try {
        return await this.#records.decide(lock, id, record, state);
      } catch (error) {
        mayHaveDecided ||= error instanceof ConclaveError && error.outcome === 'unknown';
        throw error;
      }
    };
    const mayBeCommitted = () => state === 'committing' && mayHaveDecided;
    try {
      const isDecided = await persistently(decide, lock.signal).catch((error: unknown) => {
        if (lock.held) throw error;
        return false;
      });
      const decided = isDecided ? { ...record, state } : await this.#decidedByOthers(id, record);
      if (decided !== undefined) return decided;
    } catch (error) {
      if (mayBeCommitted()) throw unknownOutcome(`nobody knows whether the transaction ${id} is committed`, error);
      throw error;
    }
    // A survivor has brought it to its end: to the one that was decided here, if it was; else it can only have rolled it back.
    if (mayBeCommitted()) throw unknownOutcome(`the transaction ${id} was brought to its end by another program`);
    return { ...record, state: 'rollingBack' };
  }

  /** Undefined: it has come to its end. */
  async #decidedByOthers(id: string, record: TransactionRecord): Promise<TransactionRecord | undefined> {
    const known = await persistently(() => this.#records.read(id), new AbortController().signal);
    if (known?.state !== 'preparing') return known;
    // The lock is lost, and no survivor has come yet: be the survivor.
    await using anew = await this.#client.lock(this.#records.lockName(id), { timeoutMs: 60_000 });
    await this.#records.decide(anew, id, record, 'rollingBack');
    return await this.#records.read(id);
  }

  /** Those that have not done it; without any, the transaction is over. */
  async #finished(lock: Lock, id: string, record: TransactionRecord, timeoutMs: number): Promise<readonly string[]> {
    using patience = new Patience('the end of the transaction', { signal: lock.signal, timeoutMs });
    const parties = { participants: this.#participants, onError: () => undefined };
    const pending = lock.held
      ? await finishAll(parties, { id, token: lock.token, record, signal: patience.signal })
      : Object.keys(record.payloads);
    try {
      if (pending.length === 0) await this.#records.end(lock, id);
      // Left to others, who may begin at once.
      else await this.#client.delete(this.#records.coordinator(id));
    } catch (error) {
      // It is decided. What is left to be written here, the end of the session writes, and whoever recovers.
      if (!(error instanceof ConclaveError)) throw error;
    }
    return pending;
  }
}

function rolledBack(id: string, cause: unknown): RecipeError {
  return new RecipeError('ROLLED_BACK', `the transaction ${id} was rolled back: ${String(cause)}`, { cause });
}

function unknownOutcome(message: string, cause?: unknown): RecipeError {
  return new RecipeError('OUTCOME_UNKNOWN', message, { outcome: 'unknown', cause });
}
