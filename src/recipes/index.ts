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
export { type Cache, type CacheOptions, type CacheProgress, cache } from './cache.ts';
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
export type { OwnedPartition, PartitionWork } from './owned-partition.ts';
export type { Assignment } from './partition-assignment.ts';
export {
  type ParticipateOptions,
  type Participation,
  type Partitions,
  type PartitionsOptions,
  partitions,
} from './partitions.ts';
export { priorityQueue, queue } from './queue.ts';
export type { DeadLetter, PriorityQueue, Queue, QueueOptions, QueueSize, Task, TaskConsumer } from './queue-types.ts';
export { RecipeError, type RecipeErrorCode, type RecipeErrorDetails } from './recipe-error.ts';
export type { ArriveOptions } from './rendezvous.ts';
export { type Ring, type RingChange, type RingOptions, ring } from './ring.ts';
export { type StripedCounter, type StripedCounterOptions, stripedCounter } from './striped-counter.ts';
export { twoPhase } from './two-phase.ts';
export type {
  Committed,
  Part,
  RecoverOptions,
  Recovery,
  RunOptions,
  TransactionSummary,
  TwoPhase,
  TwoPhaseOptions,
  TwoPhaseParticipant,
} from './two-phase-types.ts';
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
