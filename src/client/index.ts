export { cond } from './conditions.ts';
export { connect } from './connect.ts';
export type {
  CampaignOptions,
  Election,
  Leader,
  LeaderChange,
  Leadership,
  ObserveOptions,
} from './election-types.ts';
export { ConclaveError } from './error.ts';
export { FencedResource, type FencingToken } from './fenced-resource.ts';
export { type FencingStore, memoryFencingStore, oneAtATime } from './fencing-store.ts';
export type {
  Comparison,
  ConditionalPutOptions,
  DeleteOptions,
  DeleteResult,
  KeyEntry,
  KeysOnly,
  NoCondition,
  OrderOptions,
  PutOptions,
  PutResult,
  RangeOptions,
  RangeResult,
  ScanOptions,
  WithValues,
} from './keyspace-types.ts';
export type {
  Held,
  Lock,
  LockDesk,
  LockInfo,
  LockOptions,
  LockParty,
  LockReadOptions,
  Permit,
  PermitOptions,
  SeveralLocksOptions,
} from './lock-types.ts';
export type { SessionInfo, SessionLock, Sessions } from './session-types.ts';
export type { Transacted, Transaction, TransactOptions } from './transact-types.ts';
export { op } from './transaction.ts';
export type {
  Bytes,
  CallOptions,
  Client,
  ClientStatus,
  Condition,
  ConnectOptions,
  Counter,
  Entry,
  Op,
  ReadOptions,
  Selector,
  StandardSchema,
  TxnResult,
} from './types.ts';
export type { TypedViewOptions, View, ViewChange, ViewEvent, ViewOptions } from './view-types.ts';
export type {
  CounterEvent,
  LockEvent,
  NameSelector,
  ObjectWatchOptions,
  SessionEvent,
  SessionWatchOptions,
  Watch,
  WatchBatch,
  WatchEvent,
  WatchOptions,
  WatchStart,
} from './watch-types.ts';
