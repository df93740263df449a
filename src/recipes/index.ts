/**
 * What people build from locks, keys and watches: small modules over the public SDK alone, each with a promise that is tested. They
 * are given a client, which stays the caller's to close.
 *
 * @packageDocumentation
 */
export {
  type Barrier,
  type BarrierOptions,
  barrier,
  type DoubleBarrier,
  doubleBarrier,
  type Passage,
  type Passing,
} from './barrier.ts';
export { directory } from './directory.ts';
export type {
  Directory,
  Instance,
  PickedInstance,
  RegisterOptions,
  Registration,
  ResolveOptions,
  Resolver,
} from './directory-types.ts';
export { group } from './group.ts';
export type { Group, GroupChange, GroupEvent, JoinOptions, Member, Membership, Metadata } from './group-types.ts';
export { HashRing, type HashRingOptions, type PlaceOptions, type RingMember } from './hash-ring.ts';
export type { IsolationOptions } from './isolation.ts';
export {
  type Latch,
  type LatchOptions,
  type LatchPartyOptions,
  type LatchPlace,
  type LatchState,
  latch,
} from './latch.ts';
export type { Strategy } from './load-balancing.ts';
export { priorityQueue, queue } from './queue.ts';
export type { DeadLetter, PriorityQueue, Queue, QueueOptions, QueueSize, Task, TaskConsumer } from './queue-types.ts';
export { RecipeError, type RecipeErrorCode, type RecipeErrorDetails } from './recipe-error.ts';
export type { ArriveOptions } from './rendezvous.ts';
export { type Ring, type RingChange, type RingOptions, ring } from './ring.ts';
export { workerPool } from './worker-pool.ts';
export type {
  ExecuteOptions,
  PoolState,
  Running,
  Worker,
  WorkerPool,
  WorkerPoolOptions,
  WorkOptions,
} from './worker-pool-types.ts';
