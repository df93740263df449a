import { type Client, ConclaveError } from '../client/index.ts';
import { jsonOf } from './leased-task.ts';
import { persistently } from './patience.ts';
import type { PoolKeys, PoolResult, PoolTask } from './pool-tasks.ts';
import type { Task, TaskConsumer } from './queue-types.ts';
import { RecipeError } from './recipe-error.ts';
import type { Running, Worker } from './worker-pool-types.ts';

export interface PoolWorkerParts<T, R> {
  readonly client: Client;
  readonly keys: PoolKeys;
  readonly tasks: TaskConsumer<PoolTask>;
  readonly run: (payload: T, running: Running) => R | PromiseLike<R>;
  readonly concurrency: number;
  /** Resolves when the pool is shut down and empty, or when the signal aborts. */
  readonly untilTerminated: (signal: AbortSignal) => Promise<void>;
}

export class PoolWorker<T, R> implements Worker {
  readonly finished: Promise<void>;
  readonly #parts: PoolWorkerParts<T, R>;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(parts: PoolWorkerParts<T, R>) {
    this.#parts = parts;
    this.finished = this.#work();
    // It need not be awaited by anybody.
    this.finished.catch(() => undefined);
  }

  get running(): number {
    return this.#running.size;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.finished;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    const { tasks, concurrency, untilTerminated } = this.#parts;
    const terminated = untilTerminated(signal).then(
      () => this.#stopping.abort(),
      (error: unknown) => {
        if (!signal.aborted) throw error;
      },
    );
    terminated.catch(() => this.#stopping.abort());
    try {
      while (!signal.aborted) {
        while (this.#running.size >= concurrency) await Promise.race(this.#running);
        const task = await tasks.take({ signal });
        const running = this.#runOne(task).finally(() => this.#running.delete(running));
        this.#running.add(running);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#stopping.abort();
      await Promise.all(this.#running);
      await terminated;
    }
  }

  /** Never rejects: what goes wrong with one task is for whoever waits for it, or for the worker that has it next. */
  async #runOne(task: Task<PoolTask>): Promise<void> {
    try {
      const value = await this.#parts.run(task.payload.payload as T, this.#runningOf(task));
      await this.#settle(task, value);
    } catch (error) {
      if (isLost(error)) return;
      await persistently(() => this.#failed(task, error), task.signal).catch(() => undefined);
    }
  }

  /** The result and the end of the task are written at once: it is not run again once there is a result. */
  async #settle(task: Task<PoolTask>, value: unknown): Promise<void> {
    const { keys } = this.#parts;
    const { reply } = task.payload;
    // Nothing returned is a result, too.
    const result: PoolResult = { value: value === undefined ? null : JSON.parse(jsonOf(value, 'a result')) };
    const told = keys.tell(reply, keys.result(reply), JSON.stringify(result));
    // If the answer is lost and it has taken effect, the second one finds no lease.
    await persistently(() => task.acknowledge({ with: [told] }), task.signal);
  }

  /** After the last attempt whoever waits is told in the same revision in which the task goes to the dead letters. */
  async #failed(task: Task<PoolTask>, error: unknown): Promise<void> {
    await task.fail(error instanceof Error ? error.message : String(error));
  }

  #runningOf(task: Task<PoolTask>): Running {
    const { client, keys } = this.#parts;
    const { reply } = task.payload;
    return {
      id: task.id,
      attempt: task.attempt,
      token: task.token,
      checkpoint: task.checkpoint,
      signal: task.signal,
      saveCheckpoint: (checkpoint) => task.saveCheckpoint(checkpoint),
      async progress(progress) {
        const text = jsonOf(progress, 'progress');
        await client.txn({ if: [], then: [keys.tell(reply, keys.progress(reply), text)] });
      },
    };
  }
}

function isLost(error: unknown): boolean {
  if (error instanceof RecipeError) return error.code === 'LEASE_LOST';
  return error instanceof ConclaveError && error.code === 'CLOSED';
}
