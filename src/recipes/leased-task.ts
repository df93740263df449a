import {
  type CallOptions,
  type Client,
  ConclaveError,
  type Condition,
  cond,
  type Entry,
  type Op,
  op,
} from '../client/index.ts';
import { deadLetterOf } from './dead-letters.ts';
import { invalidArgument } from './names.ts';
import { priorityOf, type QueueKeys } from './queue-keys.ts';
import type { DeadLetter, Task } from './queue-types.ts';
import { RecipeError } from './recipe-error.ts';

export interface LeasedParts<T> {
  readonly client: Client;
  readonly keys: QueueKeys;
  readonly id: string;
  readonly stored: Entry;
  readonly payload: T;
  readonly lease: Entry;
  readonly attempt: number;
  readonly attemptsHigh: number;
  readonly onDead: ((letter: DeadLetter) => readonly Op<unknown>[]) | undefined;
  readonly checkpoint: unknown;
}

export class LeasedTask<T> implements Task<T> {
  readonly #parts: LeasedParts<T>;
  /** The session that the lease was taken by; undefined: it was over before this was made. */
  readonly #session: Client['session'] | undefined;

  constructor(parts: LeasedParts<T>) {
    this.#parts = parts;
    const { session } = parts.client;
    this.#session = session.id === parts.lease.session ? session : undefined;
  }

  get id(): string {
    return this.#parts.id;
  }

  get payload(): T {
    return this.#parts.payload;
  }

  get priority(): number {
    return priorityOf(this.id);
  }

  get token(): number {
    return this.#parts.lease.createRevision;
  }

  get attempt(): number {
    return this.#parts.attempt;
  }

  get checkpoint(): unknown {
    return this.#parts.checkpoint;
  }

  get signal(): AbortSignal {
    return this.#session?.signal ?? AbortSignal.abort(this.#lost('unknown'));
  }

  get held(): boolean {
    return this.#session !== undefined && this.#session.remainingMs > 0;
  }

  async saveCheckpoint(checkpoint: unknown, options?: CallOptions): Promise<void> {
    await this.#whileLeased(
      [op.put(this.#parts.keys.checkpoint(this.id), jsonOf(checkpoint, 'a checkpoint'))],
      options,
    );
  }

  async acknowledge(options: CallOptions & { readonly with?: readonly Op<unknown>[] | undefined } = {}): Promise<void> {
    await this.#whileLeased([...this.#gone(), ...(options.with ?? [])], options);
  }

  async fail(reason: string, options?: CallOptions): Promise<'retried' | 'dead'> {
    const { attempt, attemptsHigh } = this.#parts;
    if (attempt >= attemptsHigh) {
      await this.bury(reason, options);
      return 'dead';
    }
    await this.#whileLeased([op.delete(this.#lease)], options);
    return 'retried';
  }

  async giveBack(options?: CallOptions): Promise<void> {
    const { keys, attempt } = this.#parts;
    const attempts = op.put(keys.attempts(this.id), String(attempt - 1));
    await this.#whileLeased([attempts, op.delete(this.#lease)], options);
  }

  /** To the dead letters, whatever the attempts. */
  async bury(reason: string, options?: CallOptions): Promise<void> {
    const { keys, stored, attempt, onDead } = this.#parts;
    const { letter, puts } = deadLetterOf(keys, this.id, stored, { reason: String(reason), attempts: attempt });
    await this.#whileLeased([...this.#gone(), ...puts, ...(onDead?.(letter) ?? [])], options);
  }

  get #lease(): string {
    return this.#parts.keys.lease(this.id);
  }

  #gone(): readonly Op<unknown>[] {
    const { keys } = this.#parts;
    const all = [keys.task(this.id), this.#lease, keys.attempts(this.id), keys.checkpoint(this.id)];
    return all.map((key) => op.delete(key));
  }

  /** By the service's judgement: the lease is the one that was taken, which no other lease can be. */
  async #whileLeased(then: readonly Op<unknown>[], options: CallOptions | undefined): Promise<void> {
    const isLeased: Condition = cond.createRevision(this.#lease, '=', this.token);
    try {
      const { succeeded } = await this.#parts.client.txn({ if: [isLeased], then }, options);
      if (succeeded) return;
    } catch (error) {
      // With the session went the lease; whether before this or after it, the outcome tells.
      if (error instanceof ConclaveError && error.code === 'SESSION_EXPIRED') throw this.#lost(error.outcome, error);
      throw error;
    }
    throw this.#lost('not-applied');
  }

  #lost(outcome: 'not-applied' | 'unknown', cause?: unknown): RecipeError {
    const message = `the task ${this.id} is not leased with the token ${this.token} any more`;
    return new RecipeError('LEASE_LOST', message, { outcome, cause });
  }
}

export function jsonOf(value: unknown, what: string): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw invalidArgument(`${what} is something that JSON can hold, not ${typeof value}`);
  return text;
}
