import type { CallOptions, Op, StandardSchema } from '../client/index.ts';

export interface QueueOptions<T> {
  /** How often a task is handed out at most before it goes to the dead letters: 1 to 1,000, default 5. */
  readonly attempts?: number | undefined;
  /** What tasks have to be. One that does not fit goes to the dead letters instead of being handed out. Without it, T is your word. */
  readonly schema?: StandardSchema<T> | undefined;
  /** What is to be written in the same revision in which a task goes to the dead letters: for whoever waits for it. */
  readonly onDead?: ((letter: DeadLetter) => readonly Op<unknown>[]) | undefined;
}

/**
 * A task that was handed out: leased for as long as the session lives that took it. Whatever is done under the lease is done only if it is
 * still held, by the service's own judgement, and rejects with LEASE_LOST otherwise.
 */
export interface Task<T> {
  /** Of this task and no other, ever. */
  readonly id: string;
  readonly payload: T;
  readonly priority: number;
  /** Fences what the task writes elsewhere: larger than those of all who had the task before. */
  readonly token: number;
  /** 1 for the first time that it is handed out. */
  readonly attempt: number;
  /** What was saved last, in whatever attempt; undefined: nothing. */
  readonly checkpoint: unknown;
  /** Aborts when the session is lost that the lease belongs to; judged by the clock when read, as that of a lock. */
  readonly signal: AbortSignal;
  readonly held: boolean;
  /** For the next one who gets the task, should this one die. Anything that JSON can hold. */
  saveCheckpoint(checkpoint: unknown, options?: CallOptions): Promise<void>;
  /**
   * It is done: the task is gone, and what is written along with it is written, in one revision, once. After an error with outcome
   * `unknown` it may be done.
   */
  acknowledge(options?: CallOptions & { readonly with?: readonly Op<unknown>[] | undefined }): Promise<void>;
  /** It failed: handed out again, at its old place; or, after the last attempt, to the dead letters, with that reason. */
  fail(reason: string, options?: CallOptions): Promise<'retried' | 'dead'>;
  /** Not failed, but not to be done here: handed out again, and this attempt does not count. */
  giveBack(options?: CallOptions): Promise<void>;
}

export interface DeadLetter {
  readonly id: string;
  /** As it was added, whether it fits the schema or not. */
  readonly payload: unknown;
  readonly priority: number;
  /** At most 4,096 characters of it. */
  readonly reason: string;
  readonly attempts: number;
}

export interface QueueSize {
  /** Neither handed out nor dead. */
  readonly waiting: number;
  readonly leased: number;
  readonly dead: number;
}

export interface TaskConsumer<T> {
  readonly name: string;
  /** Waits for a task, without end by default. */
  take(options?: CallOptions): Promise<Task<T>>;
  /** Undefined: there is none to be had now. */
  tryTake(options?: CallOptions): Promise<Task<T> | undefined>;
  size(options?: CallOptions): Promise<QueueSize>;
  /** In the order of the queue. */
  deadLetters(options?: CallOptions): Promise<readonly DeadLetter[]>;
  /** Back into the queue at its old place, with all attempts before it. False: there is no such dead letter. */
  revive(id: string, options?: CallOptions): Promise<boolean>;
  /** Away for ever. False: there is no such dead letter. */
  discard(id: string, options?: CallOptions): Promise<boolean>;
}

export interface Queue<T> extends TaskConsumer<T> {
  /** Resolves to its id, once it is stored. Anything that JSON can hold, up to 1 MiB. */
  add(payload: T, options?: CallOptions): Promise<string>;
}

export interface PriorityQueue<T> extends TaskConsumer<T> {
  /** `priority`: 0, the most urgent, to 9,999. */
  add(payload: T, priority: number, options?: CallOptions): Promise<string>;
}
