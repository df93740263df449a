/** The messages of `inspection.proto`: what operators may look at in one node. Every call is read only, and its answer bounded. */
export interface InspectionCalls {
  readonly Locks: { readonly request: LocksRequest; readonly answer: LocksPage };
  readonly Sessions: { readonly request: SessionsRequest; readonly answer: SessionsPage };
  readonly Watches: { readonly request: WatchesRequest; readonly answer: WatchesPage };
  readonly Log: { readonly request: LogRequest; readonly answer: LogPage };
  readonly StateHashes: { readonly request: StateHashesRequest; readonly answer: StateHashesAnswer };
  readonly Vitals: { readonly request: object; readonly answer: NodeVitals };
}

export type InspectionCall = keyof InspectionCalls;

/** What carries the calls out. Errors are AdminRefusal, or faults. */
export type InspectionHandlers = {
  readonly [Call in InspectionCall]: (
    request: InspectionCalls[Call]['request'],
  ) => Promise<InspectionCalls[Call]['answer']>;
};

/** 0: the default, 100; at most 1,000. */
interface PageRequest {
  readonly limit: number;
}

export interface LocksRequest extends PageRequest {
  readonly prefix: string;
  /** Only names behind this one; empty: from the first. */
  readonly after: string;
}

/** Of state that only the leader can tell the times left of. */
interface TimedPage {
  readonly revision: number;
  /** The answer comes from a node that leads. */
  readonly timed: boolean;
  readonly more: boolean;
}

export interface LocksPage extends TimedPage {
  /** In the order of their names. */
  readonly locks: readonly LockReport[];
}

export interface LockReport {
  readonly name: string;
  /** In the order of their grants; at most 16. */
  readonly holders: readonly LockPartyReport[];
  /** In the order of the queue; at most 16. */
  readonly waiters: readonly LockPartyReport[];
  readonly holderCount: number;
  readonly waiterCount: number;
  /** Of the lock-delay that keeps it closed; 0: none. */
  readonly delaySinceRevision: number;
  readonly delayMs: number;
  /** If timed. */
  readonly delayRemainingMs: number;
}

export interface LockPartyReport {
  readonly sessionId: number;
  readonly sessionName: string;
  /** exclusive, shared or permit. */
  readonly mode: string;
  /** The fencing token, of a permit its id; 0: it waits. */
  readonly token: number;
  readonly askedRevision: number;
  readonly note: Uint8Array;
  /** Of its session, if timed. */
  readonly remainingMs: number;
}

export interface SessionsRequest extends PageRequest {
  /** Only those with greater ids; 0: from the first. */
  readonly after: number;
}

export interface SessionsPage extends TimedPage {
  /** Ascending by id. */
  readonly sessions: readonly SessionReport[];
}

export interface SessionReport {
  readonly id: number;
  readonly name: string;
  readonly metadata: readonly { readonly name: string; readonly value: string }[];
  readonly ttlMs: number;
  readonly generation: number;
  readonly ephemeralKeys: number;
  /** Several locks that were asked for together count once. */
  readonly held: number;
  readonly waiting: number;
  /** If timed. */
  readonly remainingMs: number;
}

export interface WatchesRequest extends PageRequest {
  /** Only those behind this one. 0 and 0: from the first. */
  readonly afterConnection: number;
  readonly afterWatch: number;
}

export interface WatchesPage {
  readonly watches: readonly WatchReport[];
  readonly more: boolean;
}

/** A watch of a client of this node. */
export interface WatchReport {
  readonly connection: number;
  readonly watch: number;
  /** HOST:PORT from where the client has connected. */
  readonly client: string;
  /** keys, locks, counters or sessions. */
  readonly kind: string;
  readonly from: Uint8Array;
  /** single, unbounded, or range: up to `to`, which is not in it. */
  readonly extent: string;
  readonly to: Uint8Array;
  /** It reads history. */
  readonly lagging: boolean;
  /** Said to this client and not written yet. */
  readonly unwrittenBytes: number;
  /** That the client has last kept alive on this stream; at most 16. */
  readonly sessions: readonly number[];
}

export interface LogRequest {
  /** 0: so that the newest `limit` slots come. */
  readonly fromSlot: number;
  /** 0: the default, 20; at most 256. */
  readonly limit: number;
}

export interface LogPage {
  /** Without a gap. */
  readonly slots: readonly ChosenSlot[];
  readonly chosenSlot: number;
  /** The journal begins with it. */
  readonly oldestSlot: number;
}

export interface ChosenSlot {
  readonly slot: number;
  /** A batch of operations, or the members that were chosen; empty: a no-op. */
  readonly value: Uint8Array;
}

export interface StateHashesRequest {
  /** For how long the node looks at its own state; at most 1,000. */
  readonly durationMs: number;
}

export interface StateHashesAnswer {
  /** Ascending; not every slot is among them. */
  readonly hashes: readonly SlotHash[];
}

/** The state had this hash after this slot. */
export interface SlotHash {
  readonly slot: number;
  readonly hash: string;
}

/** How a node and its machine are doing. */
export interface NodeVitals {
  /** When this was said, by both clocks. */
  readonly wallClockMs: number;
  readonly monotonicMs: number;
  readonly residentMemoryBytes: number;
  readonly heapUsedBytes: number;
  /** How late timers have been in the last whole ten seconds, or since the start. */
  readonly eventLoopDelayP99Ms: number;
  readonly eventLoopDelayMaxMs: number;
  /** From the decision to append a record to the journal until it was durable. */
  readonly appends: Durations;
  /** From proposing a slot until it was known to be chosen, while this node led. */
  readonly commits: Durations;
  /** From a heartbeat of this leader to its answer; of another node: none. */
  readonly roundTrips: readonly { readonly nodeId: string; readonly durations: Durations }[];
  /** 0: not known yet. */
  readonly diskFreeBytes: number;
  /** What the node may write before it gives anything up. */
  readonly diskNeededBytes: number;
  /** Since the newest checkpoint. */
  readonly journaledBytes: number;
  /** T and ε of the cluster; 0: it has not formed. */
  readonly leaseMs: number;
  readonly clockDriftPermille: number;
  /** What should be the same on all nodes. */
  readonly settings: readonly { readonly name: string; readonly value: string }[];
}

/** Of the newest ones; all 0 if there was none. */
export interface Durations {
  readonly count: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}
