import type { CallOptions, View } from '../client/index.ts';
import type { Metadata } from './group-types.ts';
import type { IsolationOptions } from './isolation.ts';
import type { Strategy } from './load-balancing.ts';

export interface Instance {
  readonly id: string;
  /** As it was registered: a URL, or HOST:PORT. */
  readonly address: string;
  readonly weight: number;
  readonly metadata: Metadata;
  readonly session: string;
}

export interface RegisterOptions {
  readonly address: string;
  /** By default one that nobody else has. An instance of the same id is replaced. */
  readonly id?: string | undefined;
  /** Above 0, at most 100; default 1. */
  readonly weight?: number | undefined;
  readonly metadata?: Metadata | undefined;
}

/** Lasts through the loss of the session, as a membership does. */
export interface Registration extends AsyncDisposable {
  readonly id: string;
  /** Aborts when it is over for good. */
  readonly signal: AbortSignal;
  /** What is not named stays. Rejects with NOT_A_MEMBER once it is over; otherwise as the update of a membership. */
  update(change: Partial<Pick<RegisterOptions, 'address' | 'weight' | 'metadata'>>): Promise<void>;
  /** Idempotent; what disposal does, too. */
  deregister(): Promise<void>;
}

/** `signal` ends the loading, and later the resolver; `timeoutMs` bounds the loading. */
export interface ResolveOptions extends CallOptions, IsolationOptions {
  /** Default 'roundRobin'. */
  readonly strategy?: Strategy | undefined;
  /** For tests: milliseconds that never go back, and numbers in [0, 1). */
  readonly clock?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
}

/** Something that is under way at an instance. */
export interface PickedInstance {
  readonly instance: Instance;
  /** Once it is over. 'unknown' (also: disposal) says nothing of the health of the instance. The first call counts. */
  done(outcome: 'succeeded' | 'failed' | 'unknown'): void;
  [Symbol.dispose](): void;
}

export interface Resolver extends AsyncDisposable {
  /** 'stale': it shows what it last knew, as a view does. */
  readonly state: View['state'];
  /** All that are registered, in the order of registration. */
  readonly instances: readonly Instance[];
  /** Those that have failed too often, and are spared. */
  readonly isolated: readonly Instance[];
  /** By the strategy, one that is not isolated; if all are, the one that is tried again first. Undefined: none is registered. */
  pick(): PickedInstance | undefined;
  /** As `pick`, for something longer than a request: it counts as a connection until it is done. */
  connect(): PickedInstance | undefined;
  /** Runs the task with one of them; an error of the task is a failure of the instance. Rejects with NO_INSTANCE if there is none. */
  call<T>(task: (instance: Instance) => T | PromiseLike<T>): Promise<T>;
  /** All instances, as of now and after each change. Whoever reads slowly gets the newest. */
  changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly Instance[]>;
  close(): Promise<void>;
}

export interface Directory {
  readonly service: string;
  /** Resolves once others can see it. */
  register(options: RegisterOptions): Promise<Registration>;
  /** Resolves once it knows all that are registered. */
  resolve(options?: ResolveOptions): Promise<Resolver>;
}
