import Table from 'cli-table3';
import { ConclaveCluster } from './clusters/conclave-cluster.ts';
import type { Load, Measurement } from './load.ts';
import { brief } from './side-by-side.ts';

interface Point {
  readonly title: string;
  readonly nodes: 1 | 3 | 5;
  readonly load: Pick<Load, 'scenario' | 'clients' | 'connections'>;
  /** Undefined: as the options say. */
  readonly valueBytes?: number;
  /** That are there before, and are overwritten; undefined: every put makes one. */
  readonly keys?: number;
}

export interface CurveReport extends Omit<Point, 'load'> {
  readonly measurement: Measurement;
}

const put64 = { scenario: 'put', clients: 64, connections: 16 } as const;

const clusterSizes: readonly Point[] = ([1, 3, 5] as const).map((nodes) => ({
  title: `put, 64 clients, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`,
  nodes,
  load: put64,
}));

const valueSizes: readonly Point[] = [16, 1_024, 8_192, 65_536].map((valueBytes) => ({
  title: `put, 64 clients, values of ${valueBytes} B`,
  nodes: 3,
  load: put64,
  valueBytes,
}));

const keyCounts: readonly Point[] = [10, 1_000, 100_000, 1_000_000].map((keys) => ({
  title: `put, 64 clients, over ${keys} keys`,
  nodes: 3,
  load: put64,
  keys,
}));

const watchers: readonly Point[] = [1, 10, 100, 1_000].map((clients) => ({
  title: `one key, ${clients} ${clients === 1 ? 'watcher' : 'watchers'}`,
  nodes: 3,
  load: { scenario: 'watch', clients, connections: Math.min(10, clients) },
}));

const idleSessions: readonly Point[] = [1_000, 10_000].map((clients) => ({
  title: `${clients} idle sessions, TTL 10 s`,
  nodes: 3,
  load: { scenario: 'sessions', clients, connections: 100 },
}));

/** What one thing more costs: each point on a fresh cluster. */
export async function measureCurves(
  sizes: Pick<Load, 'valueBytes' | 'warmUpMs' | 'measureMs'>,
  onProgress: (text: string) => void,
): Promise<readonly CurveReport[]> {
  const reports: CurveReport[] = [];
  const points = [...clusterSizes, ...valueSizes, ...keyCounts, ...watchers, ...idleSessions];
  for (const { title, nodes, load, valueBytes, keys } of points) {
    const cluster = await ConclaveCluster.start(nodes);
    try {
      const measurement = await cluster.measure({
        ...load,
        ...sizes,
        valueBytes: valueBytes ?? sizes.valueBytes,
        keys,
      });
      reports.push({ title, nodes, measurement });
      onProgress(`${title}: ${brief(measurement)}`);
    } finally {
      await cluster.close();
    }
  }
  return reports;
}

/** Of the processor time of followers, the largest. */
export function curvesText(reports: readonly CurveReport[]): string {
  const text = new Table({
    head: ['', 'per second', 'p50 ms', 'p99 ms', 'leader', 'follower', 'load', 'leader %'],
    style: { head: [], border: [] },
  });
  for (const { title, measurement } of reports) {
    const {
      ops_per_s: perSecond,
      p50_ms: p50,
      p99_ms: p99,
      cpu_us_per_op: us = {},
      cpu_percent: percent,
    } = measurement;
    const { leader, load, ...followers } = us;
    const busiest = Math.max(...Object.values(followers));
    const follower = Number.isFinite(busiest) ? busiest : '';
    text.push([title, perSecond, p50, p99, leader ?? '', follower, load ?? '', percent?.['leader'] ?? '']);
  }
  return `${text.toString()}\nleader, follower, load: processor time for one operation, microseconds`;
}
