import type { CallOptions } from '../client/index.ts';

export interface WorkerPoolOptions {
  /** How often a task is run at most: 1 to 1,000, default 3. */
  readonly attempts?: number | undefined;
}

export interface ExecuteOptions extends CallOptions {
  /** 0, the most urgent, to 9,999; default 5,000. */
  readonly priority?: number | undefined;
  /** Told of the newest progress; of what comes in quick succession, some may be left out. */
  readonly onProgress?: ((progress: unknown) => void) | undefined;
}

/** What a worker knows of the task that it runs. */
export interface Running {
  readonly id: string;
  /** 1 for the first time. */
  readonly attempt: number;
  /** Fences what the task writes elsewhere. */
  readonly token: number;
  /** What the last attempt has saved; undefined: nothing. */
  readonly checkpoint: unknown;
  /** Aborts when the lease of the task is lost: somebody else may be running it. */
  readonly signal: AbortSignal;
  /** For the next attempt, on whatever worker. Anything that JSON can hold. */
  saveCheckpoint(checkpoint: unknown): Promise<void>;
  /** For whoever waits for the result. Anything that JSON can hold. */
  progress(progress: unknown): Promise<void>;
}

export interface WorkOptions {
  /** How many tasks run at a time in this worker: 1 to 10,000, default 1. */
  readonly concurrency?: number | undefined;
}

export interface Worker extends AsyncDisposable {
  /** How many tasks it runs now. */
  readonly running: number;
  /** Resolves when it takes no more tasks and runs none: after `stop`, or because the pool was shut down and is empty. Else rejects. */
  readonly finished: Promise<void>;
  /** Takes no more, and waits for those that run. What disposal does, too. */
  stop(): Promise<void>;
}

export interface PoolState {
  readonly waiting: number;
  readonly running: number;
  /** Given up after their last attempt. */
  readonly failed: number;
  readonly isShutDown: boolean;
}

export interface WorkerPool<T, R> {
  readonly name: string;
  /**
   * Resolves to what the task returned on whatever worker ran it to the end. Without end by default. Rejects with TASK_FAILED after its
   * last attempt; with SHUT_DOWN, not run; with TIMEOUT, ABORTED or SESSION_EXPIRED: then it is left to itself, and its result to nobody;
   * outcome `not-applied`: it is surely not run.
   */
  execute(payload: T, options?: ExecuteOptions): Promise<R>;
  /** Runs tasks of the pool in this process, until it is stopped or the pool is shut down and empty. */
  work(run: (payload: T, running: Running) => R | PromiseLike<R>, options?: WorkOptions): Worker;
  /** From now on no task is taken in, by nobody; what was taken in before is run to its end. Idempotent. */
  shutdown(options?: CallOptions): Promise<void>;
  /** Resolves to true when the pool is shut down and everything in it has come to its end; to false when its time is over before. */
  awaitTermination(options?: CallOptions): Promise<boolean>;
  state(options?: CallOptions): Promise<PoolState>;
}
