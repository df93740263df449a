import { randomUUID } from 'node:crypto';
import { type CallOptions, type Client, ConclaveError, cond, op, type View } from '../client/index.ts';
import { jsonOf } from './leased-task.ts';
import { wholeNumber } from './names.ts';
import { inBackground, Patience, persistently, untilDecided } from './patience.ts';
import { isPoolTask, PoolKeys, type PoolResult, type PoolTask } from './pool-tasks.ts';
import { PoolWorker } from './pool-worker.ts';
import { priorityQueue } from './queue.ts';
import { QueueKeys } from './queue-keys.ts';
import type { DeadLetter, PriorityQueue } from './queue-types.ts';
import { RecipeError, withUnknownOutcome } from './recipe-error.ts';
import type {
  ExecuteOptions,
  PoolState,
  Running,
  Worker,
  WorkerPool,
  WorkerPoolOptions,
  WorkOptions,
} from './worker-pool-types.ts';

const sweepMs = 600_000;

/**
 * A thread pool whose threads are processes: `execute` a task, and some worker returns its result. A task whose worker dies or fails is run
 * again, from its last checkpoint, until it has succeeded or used up its attempts; there is one result, of the attempt that counted.
 *
 * Built on `priorityQueue`: a task may be run by two workers at once for a moment, when one has lost its session and does not know yet, so
 * what it does elsewhere should be fenced by its token, or bear repetition.
 */
export function workerPool<T = unknown, R = unknown>(
  client: Client,
  name: string,
  options: WorkerPoolOptions = {},
): WorkerPool<T, R> {
  return new QueuePool<T, R>(client, name, options);
}

class QueuePool<T, R> implements WorkerPool<T, R> {
  readonly name: string;
  readonly #client: Client;
  readonly #keys: PoolKeys;
  readonly #queueKeys: QueueKeys;
  readonly #queue: PriorityQueue<PoolTask>;

  constructor(client: Client, name: string, { attempts = 3 }: WorkerPoolOptions) {
    this.name = name;
    this.#client = client;
    this.#keys = new PoolKeys(name);
    this.#queueKeys = new QueueKeys(this.#keys.queueName);
    const onDead = (letter: DeadLetter) => this.#tellOf(letter);
    this.#queue = priorityQueue<PoolTask>(client, this.#keys.queueName, { attempts, onDead });
  }

  async execute(payload: T, { priority = 5_000, signal, timeoutMs, onProgress }: ExecuteOptions = {}): Promise<R> {
    const reply = randomUUID();
    const task: PoolTask = { reply, payload: JSON.parse(jsonOf(payload, 'a task')) };
    using patience = new Patience(`the task in the pool '${this.name}'`, { signal, timeoutMs });
    patience.throwIfOver();
    const result = await this.#resultOf(task, priority, onProgress, patience);
    await this.#forget(reply).catch(() => this.#forgetInTheBackground(reply));
    if ('value' in result) return result.value as R;
    throw new RecipeError('TASK_FAILED', `failed in ${result.attempts} attempts, at last: ${result.failure}`);
  }

  work(run: (payload: T, running: Running) => R | PromiseLike<R>, { concurrency = 1 }: WorkOptions = {}): Worker {
    const worker = new PoolWorker<T, R>({
      client: this.#client,
      keys: this.#keys,
      tasks: this.#queue,
      run,
      concurrency: wholeNumber(concurrency, 'concurrency', 1, 10_000),
      untilTerminated: (signal) => this.#untilTerminated(signal),
    });
    const sweep = () => void this.#sweep().catch(() => undefined);
    sweep();
    const sweeping = setInterval(sweep, sweepMs).unref();
    worker.finished.catch(() => undefined).finally(() => clearInterval(sweeping));
    return worker;
  }

  async shutdown(options?: CallOptions): Promise<void> {
    await this.#client.put(this.#keys.shutdown, '', { ...options, ifAbsent: true });
  }

  async awaitTermination(options?: CallOptions): Promise<boolean> {
    using patience = new Patience(`the end of the pool '${this.name}'`, options);
    try {
      await this.#untilTerminated(patience.signal);
      return true;
    } catch (error) {
      const reason = patience.errorOf(error);
      if (reason instanceof ConclaveError && reason.code === 'TIMEOUT') return false;
      throw reason;
    }
  }

  async state(options?: CallOptions): Promise<PoolState> {
    const { waiting, leased, dead } = await this.#queue.size(options);
    const isShutDown = (await this.#client.get(this.#keys.shutdown, options)) !== undefined;
    return { waiting, running: leased, failed: dead, isShutDown };
  }

  async #resultOf(
    task: PoolTask,
    priority: number,
    onProgress: ExecuteOptions['onProgress'],
    patience: Patience,
  ): Promise<PoolResult> {
    const { reply } = task;
    const { signal } = patience;
    let isQueued = false;
    try {
      const waits = op.put(this.#keys.waiting(reply), '', { ephemeral: true });
      const takesIn = cond.absent(this.#keys.shutdown);
      const { succeeded } = await this.#client.txn({ if: [takesIn], then: [waits] }, { signal });
      if (!succeeded) throw shutDown(this.name);
      const id = await this.#queue.add(task, priority, { signal });
      isQueued = true;
      await this.#withdrawIfShutDown(id, signal);
      const decide = this.#replyIn(reply, onProgress);
      const result = await untilDecided(this.#client, { prefix: this.#keys.repliesTo(reply) }, decide, patience);
      if (result !== 'unawaited') return result;
      throw new ConclaveError('SESSION_EXPIRED', 'the session is over that waited for the result of the task');
    } catch (error) {
      this.#forgetInTheBackground(reply);
      const reason = patience.errorOf(error);
      // What is in the queue is run, whoever waits for it.
      throw isQueued ? withUnknownOutcome(reason) : reason;
    }
  }

  /** The number of a task is the revision of its creation: that tells for ever whether the shutdown came before it. */
  async #withdrawIfShutDown(id: string, signal: AbortSignal): Promise<void> {
    const shutdown = await persistently(() => this.#client.get(this.#keys.shutdown, { signal }), signal);
    if (shutdown === undefined || shutdown.createRevision > numberOf(id)) return;
    const isFree = [cond.exists(this.#queueKeys.task(id)), cond.absent(this.#queueKeys.lease(id))];
    const gone = [op.delete(this.#queueKeys.task(id)), op.delete(this.#queueKeys.attempts(id))];
    const { succeeded } = await this.#client.txn({ if: isFree, then: gone }, { signal });
    // Else a worker was quicker, and it counts.
    if (succeeded) throw shutDown(this.name);
  }

  #replyIn(reply: string, onProgress: ((progress: unknown) => void) | undefined) {
    let toldRevision = 0;
    return (view: View): PoolResult | 'unawaited' | undefined => {
      const result = view.entry(this.#keys.result(reply));
      if (result !== undefined) return result.json() as PoolResult;
      if (!view.has(this.#keys.waiting(reply))) return 'unawaited';
      const progress = view.entry(this.#keys.progress(reply));
      if (progress !== undefined && progress.modRevision > toldRevision) {
        toldRevision = progress.modRevision;
        onProgress?.(progress.json());
      }
      return undefined;
    };
  }

  #tellOf({ payload, reason, attempts }: DeadLetter) {
    if (!isPoolTask(payload)) return [];
    const result: PoolResult = { failure: reason, attempts };
    return [this.#keys.tell(payload.reply, this.#keys.result(payload.reply), JSON.stringify(result))];
  }

  async #forget(reply: string): Promise<void> {
    const keys = [this.#keys.waiting(reply), this.#keys.progress(reply), this.#keys.result(reply)];
    await this.#client.txn({ if: [], then: keys.map((key) => op.delete(key)) });
  }

  /** With the session goes what is awaited, and the rest is swept. */
  #forgetInTheBackground(reply: string): void {
    inBackground(() => this.#forget(reply), this.#client.session.signal);
  }

  /** Replies that came to somebody who has died since. */
  async #sweep(): Promise<void> {
    for await (const { key } of this.#client.scan({ prefix: this.#keys.replies }, { keysOnly: true })) {
      const [reply = ''] = key.slice(this.#keys.replies.length).split('/');
      if (key === this.#keys.waiting(reply)) continue;
      await this.#client.txn({ if: [cond.absent(this.#keys.waiting(reply))], then: [op.delete(key)] });
    }
  }

  async #untilTerminated(signal: AbortSignal): Promise<void> {
    while (!(await persistently(() => this.#hasTerminated(signal), signal)));
  }

  /** False: it is to be asked again, since the history that it followed is gone. */
  async #hasTerminated(signal: AbortSignal): Promise<boolean> {
    try {
      const shutdown = await this.#shutdownRevision(signal);
      const tasks = { prefix: this.#queueKeys.tasks };
      const left = new Set<string>();
      const revision = (await this.#client.range(tasks, { signal, keysOnly: true, limit: 1 })).revision;
      for await (const { key, createRevision } of this.#client.scan(tasks, { signal, keysOnly: true, revision })) {
        if (createRevision < shutdown) left.add(key);
      }
      if (left.size === 0) return true;
      const options = {
        signal,
        fromRevision: revision + 1,
        events: 'delete',
        keysOnly: true,
        previous: false,
      } as const;
      await using watch = await this.#client.watch(tasks, options);
      for await (const { events } of watch) {
        for (const { key } of events) left.delete(key);
        if (left.size === 0) return true;
      }
    } catch (error) {
      if (error instanceof ConclaveError && error.code === 'COMPACTED') return false;
      throw error;
    }
    throw new ConclaveError('CLOSED', 'the client is closed');
  }

  async #shutdownRevision(signal: AbortSignal): Promise<number> {
    await using view = await this.#client.view(this.#keys.shutdown, { signal });
    const changes = view.changes();
    for (;;) {
      const entry = view.entry(this.#keys.shutdown);
      if (entry !== undefined) return entry.createRevision;
      if ((await changes.next()).done === true) throw view.error ?? new ConclaveError('CLOSED', 'the client is closed');
    }
  }
}

function numberOf(id: string): number {
  return Number(id.slice(id.indexOf('-') + 1));
}

function shutDown(name: string): RecipeError {
  return new RecipeError('SHUT_DOWN', `the pool '${name}' takes no more tasks`);
}
