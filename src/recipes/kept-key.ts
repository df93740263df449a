import { randomUUID } from 'node:crypto';
import { type Client, ConclaveError, cond, type Entry, op, type View } from '../client/index.ts';
import { inBackground, persistently } from './patience.ts';
import { RecipeError, withUnknownOutcome } from './recipe-error.ts';

/** Who has put the key last, besides its session: which ends, and is followed by another of the same client. */
export interface KeptValue {
  readonly by: string;
  readonly value: unknown;
}

/** Undefined for what is not written by `KeptKey`. */
export function keptValueOf(entry: Entry): KeptValue | undefined {
  let value: unknown;
  try {
    value = entry.json();
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('by' in value) || typeof value.by !== 'string') return undefined;
  return { by: value.by, value: 'value' in value ? value.value : undefined };
}

/**
 * An ephemeral key that comes back: when the session under which it was put is over, it is put again under the next one, with the newest
 * value, until it is released or another program puts it.
 *
 * Whether the key is ours is told by a name that this object has for itself and no other, never by the name of the key; whether it lasts,
 * by the session that owns it. A key that a former session of ours has left behind is taken for what it is: it will go.
 */
export class KeptKey {
  readonly key: string;
  readonly #client: Client;
  readonly #by = randomUUID();
  readonly #over = new AbortController();
  /** What is to be there. */
  #value: unknown;
  /** The store may not have it. */
  #isDue = true;
  #entry: Entry | undefined;
  /** Commands of this object, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(client: Client, key: string, value: unknown) {
    this.#client = client;
    this.key = key;
    this.#value = value;
  }

  /** Resolves once it is there. Takes the place of what another program has put. */
  static async put(client: Client, key: string, value: unknown): Promise<KeptKey> {
    const kept = new KeptKey(client, key, value);
    try {
      await kept.#put('whoever has it');
      await kept.#follow();
      return kept;
    } catch (error) {
      // It may be there all the same, and nobody would ever take it away.
      kept.#end(error);
      kept.#deleteInTheBackground();
      throw error;
    }
  }

  /** As it was put last by this object, perhaps under a session that has ended since. */
  get entry(): Entry | undefined {
    return this.#entry;
  }

  /** Aborts when it is no longer kept; the reason says why. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /**
   * Resolves once the store has it. If that takes too long, it rejects with outcome `unknown`, and is carried on: this value is what comes
   * to be there, or comes back. One that the store refuses changes nothing.
   */
  async update(value: unknown): Promise<void> {
    this.#over.signal.throwIfAborted();
    await this.#inTurn(() => this.#update(value));
    this.#over.signal.throwIfAborted();
  }

  async #update(value: unknown): Promise<void> {
    const before = this.#value;
    const wasDue = this.#isDue;
    this.#value = value;
    this.#isDue = true;
    try {
      await this.#putIfDue();
    } catch (error) {
      if (error instanceof ConclaveError && (error.retryable || error.outcome === 'unknown')) {
        inBackground(() => this.#inTurn(() => this.#putIfDue()), this.#over.signal);
        throw withUnknownOutcome(error);
      }
      this.#value = before;
      this.#isDue = wasDue;
      throw error;
    }
  }

  /** Unless a later value was put before its turn came, or it is over. */
  async #putIfDue(): Promise<void> {
    if (!this.#isDue || this.#over.signal.aborted) return;
    if (!(await this.#put('ourselves'))) this.#end(replaced(this.key));
  }

  /** Idempotent. Resolves when the key is gone, as far as it is ours. */
  async release(): Promise<void> {
    this.#end(new RecipeError('NOT_A_MEMBER', `'${this.key}' was released`));
    try {
      await this.#inTurn(() => this.#delete());
    } catch (error) {
      // With its client the session was closed, and with that the key.
      if (error instanceof ConclaveError && error.code === 'CLOSED') return;
      this.#deleteInTheBackground();
      throw error;
    }
  }

  /** Also if nobody calls again: it would stay for as long as the session. */
  #deleteInTheBackground(): void {
    inBackground(() => this.#inTurn(() => this.#delete()), this.#client.session.signal);
  }

  async #delete(): Promise<void> {
    const entry = await this.#client.get(this.key);
    if (entry !== undefined && this.#isOurs(entry)) await this.#client.delete(this.key, { ifUnchanged: entry });
  }

  /** False: another program has put it, and is not to be replaced. */
  async #put(replacing: 'whoever has it' | 'ourselves'): Promise<boolean> {
    const value = JSON.stringify({ by: this.#by, value: this.#value } satisfies KeptValue);
    const put = [op.put(this.key, value, { ephemeral: true }), op.get(this.key)] as const;
    let there = this.#entry;
    for (;;) {
      // A key of another session begins a new life: its creation is when its owner came.
      const isSameLife = there !== undefined && this.#isOurs(there) && there.session === this.#client.session.id;
      const condition = there === undefined ? cond.absent(this.key) : cond.unchanged(there);
      const done = isSameLife
        ? await this.#client.txn({ if: [condition], then: put, else: [op.get(this.key)] })
        : await this.#anew(condition, put);
      if (done.succeeded) {
        this.#entry = done.results.at(-1) as Entry;
        this.#isDue = false;
        return true;
      }
      there = done.results[0];
      if (there !== undefined && replacing === 'ourselves' && !this.#isOurs(there)) return false;
    }
  }

  async #anew(
    condition: ReturnType<typeof cond.absent>,
    put: readonly [ReturnType<typeof op.put>, ReturnType<typeof op.get>],
  ) {
    return await this.#client.txn({ if: [condition], then: [op.delete(this.key), ...put], else: [op.get(this.key)] });
  }

  async #follow(): Promise<void> {
    const view = await this.#client.view(this.key, { signal: this.#over.signal });
    this.#keep(view).then(
      () => this.#end(new ConclaveError('CLOSED', 'the client is closed')),
      (error: unknown) => this.#end(error),
    );
  }

  async #keep(view: View): Promise<void> {
    await using following = view;
    const changes = following.changes();
    do {
      const { signal } = this.#over;
      if (signal.aborted) return;
      const entry = following.entry(this.key);
      if (entry !== undefined && !this.#isOurs(entry)) throw replaced(this.key);
      if (entry !== undefined) continue;
      const isBack = await persistently(() => this.#inTurn(() => this.#putIfGone()), signal);
      if (!isBack) throw replaced(this.key);
    } while ((await changes.next()).done !== true);
  }

  /** It may have come back, or been released, while this waited for its turn. */
  async #putIfGone(): Promise<boolean> {
    const entry = await this.#client.get(this.key);
    if (this.#over.signal.aborted) return true;
    if (entry !== undefined) return this.#isOurs(entry);
    return await this.#put('ourselves');
  }

  #isOurs(entry: Entry): boolean {
    return keptValueOf(entry)?.by === this.#by;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #end(reason: unknown): void {
    this.#over.abort(reason);
  }
}

function replaced(key: string): RecipeError {
  return new RecipeError('NOT_A_MEMBER', `another program has put '${key}'`);
}
