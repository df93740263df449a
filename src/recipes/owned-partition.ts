import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Lock } from '../client/index.ts';
import { persistently } from './patience.ts';

/** A partition that this member owns: a lock of its own, with its token. */
export interface OwnedPartition {
  readonly partition: number;
  /** Fences what is written on behalf of the partition: larger than those of all owners before. */
  readonly token: number;
  /** For `assertHeld()`, and for transactions that demand it by `cond.lockHeld`. */
  readonly lock: Lock;
  /** Aborts when the partition is to be given up, or was lost. The next owner waits until the work has ended, if it was not lost. */
  readonly signal: AbortSignal;
}

export type PartitionWork = (owned: OwnedPartition) => void | PromiseLike<void>;

/** Before work that has thrown is begun again. */
const pauseMs = 500;

/** Waits for the lock of one partition, works under it until told to stop, and then releases it: not before the work has ended. */
export class PartitionRun {
  readonly #client: Client;
  readonly #lockName: string;
  readonly #partition: number;
  readonly #work: PartitionWork;
  readonly #onError: (error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  #lock: Lock | undefined;

  constructor(
    client: Client,
    lockName: string,
    partition: number,
    work: PartitionWork,
    onError: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#lockName = lockName;
    this.#partition = partition;
    this.#work = work;
    this.#onError = onError;
    this.#finished = this.#run();
  }

  /** Undefined: it is not owned yet, or no more. */
  get token(): number | undefined {
    return this.#lock?.held === true ? this.#lock.token : undefined;
  }

  /** Resolves when the work has ended and the lock is released. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#finished;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await using lock = await persistently(() => this.#client.lock(this.#lockName, { signal }), signal);
        this.#lock = lock;
        await this.#workUnder(lock);
      } catch (error) {
        if (signal.aborted) return;
        this.#onError(error);
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      } finally {
        this.#lock = undefined;
      }
    }
  }

  /** Until it is told to stop, or has lost the lock. */
  async #workUnder(lock: Lock): Promise<void> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const ended = new Promise<void>((resolve) =>
      ending.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    const causes = [this.#stopping.signal, lock.signal];
    for (const cause of causes) cause.addEventListener('abort', end, { once: true });
    if (causes.some(({ aborted }) => aborted)) end();
    try {
      await this.#work({ partition: this.#partition, token: lock.token, lock, signal: ending.signal });
      await ended;
    } finally {
      for (const cause of causes) cause.removeEventListener('abort', end);
    }
  }
}
