import type { Load, Measurement } from './load.ts';

/** Who is measured beside Conclave. */
export type PeerName = 'etcd' | 'bare pipe' | 'npm etcd3';

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One ratio of ours to a peer's. */
export interface Figure {
  readonly name: string;
  readonly peer: PeerName;
  readonly ratio: (ours: Measurement, peers: Measurement) => number;
  readonly goal: Goal;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly load: Pick<Load, 'scenario' | 'clients' | 'connections'>;
  /** Instead of what the options say. */
  readonly measureMs?: number;
  readonly figures: readonly Figure[];
}

const throughput = (atLeast: number, peer: PeerName = 'etcd'): Figure => ({
  name: 'throughput',
  peer,
  ratio: (ours, peers) => ours.ops_per_s / peers.ops_per_s,
  goal: { atLeast },
});

const median = (peer: PeerName, atMost: number): Figure => ({
  name: 'p50',
  peer,
  ratio: (ours, peers) => ours.p50_ms / peers.p50_ms,
  goal: { atMost },
});

const tail: Figure = {
  name: 'p99',
  peer: 'etcd',
  ratio: (ours, peers) => ours.p99_ms / peers.p99_ms,
  goal: { atMost: 0.5 },
};

const tailAgainstMedian: Figure = {
  name: "p99 to the peer's p50",
  peer: 'etcd',
  ratio: (ours, peers) => ours.p99_ms / peers.p50_ms,
  goal: { atMost: 1 },
};

/** Of ours alone. */
const slowestSecond: Figure = {
  name: 'slowest second to the median one',
  peer: 'etcd',
  ratio: (ours) => ours.slowest_second ?? 0,
  goal: { atLeast: 0.5 },
};

/** What Conclave sets out to reach against etcd on the same machine, and against the floor that the libraries leave. */
export const table: readonly Row[] = [
  {
    name: 'put-64',
    title: 'put, 64 clients on 16 connections',
    load: { scenario: 'put', clients: 64, connections: 16 },
    figures: [throughput(4), tailAgainstMedian],
  },
  {
    name: 'put-1000',
    title: 'put, 1,000 clients on 100 connections',
    load: { scenario: 'put', clients: 1_000, connections: 100 },
    figures: [throughput(4)],
  },
  {
    name: 'put-1',
    title: 'put, 1 client',
    load: { scenario: 'put', clients: 1, connections: 1 },
    figures: [median('etcd', 0.8), median('bare pipe', 1.25)],
  },
  {
    name: 'get-64',
    title: 'linearizable get, 64 clients on 16 connections',
    load: { scenario: 'get', clients: 64, connections: 16 },
    figures: [throughput(6)],
  },
  {
    name: 'get-1000',
    title: 'linearizable get, 1,000 clients on 100 connections',
    load: { scenario: 'get', clients: 1_000, connections: 100 },
    figures: [throughput(6)],
  },
  {
    name: 'lock-1',
    title: 'lock and unlock, uncontended, 1 client',
    load: { scenario: 'lock', clients: 1, connections: 1 },
    figures: [throughput(1.5), throughput(4, 'npm etcd3')],
  },
  {
    name: 'lock-64',
    title: 'lock and unlock, uncontended, 64 clients on 16 connections',
    load: { scenario: 'lock', clients: 64, connections: 16 },
    figures: [throughput(6), throughput(16, 'npm etcd3')],
  },
  {
    name: 'hot-lock',
    title: 'one hot lock, 64 contenders on 16 connections',
    load: { scenario: 'hot-lock', clients: 64, connections: 16 },
    figures: [throughput(5)],
  },
  {
    name: 'watch-1000',
    title: 'one key, 1,000 watchers on 10 connections: events delivered',
    load: { scenario: 'watch', clients: 1_000, connections: 10 },
    figures: [throughput(4), tail],
  },
  {
    name: 'sustained',
    title: 'put, 64 clients on 16 connections, for a minute in which checkpoints are written',
    load: { scenario: 'put', clients: 64, connections: 16 },
    measureMs: 60_000,
    figures: [throughput(3), slowestSecond],
  },
  {
    name: 'gap',
    title: 'longest gap of writes after kill -9 of the leader',
    load: { scenario: 'gap', clients: 1, connections: 1 },
    figures: [],
  },
];

/** Of the worst trial. */
export const longestGapGoalMs = 600;

export function isMet(goal: Goal, value: number): boolean {
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}
