import { expect, test } from 'vitest';
import type { Measurement } from '../../scripts/bench/load.ts';
import { throughputAgainstLatency } from '../../scripts/bench/plot.ts';

function point(clients: number, throughput: number, latencyMs: number): Measurement {
  const latencies = { p50_ms: latencyMs, p99_ms: latencyMs, max_ms: latencyMs, longest_gap_ms: 0 };
  const counts = { ops: throughput, seconds: 1, ops_per_s: throughput, value_size: 256 };
  return { scenario: 'put', clients, connections: 1, ...counts, ...latencies };
}

test('more throughput is further right, less latency further down, and every point says how many clients it is', () => {
  const svg = throughputAgainstLatency('Puts', [
    { name: 'one', color: '#111', points: [point(1, 1_000, 1), point(64, 10_000, 10)] },
    { name: 'other', color: '#222', points: [point(1, 2_000, 0.5)] },
  ]);
  const points = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
  const [slow, busy, fast] = points as [number, number][];
  expect(points).toHaveLength(3);
  expect(busy?.[0]).toBeGreaterThan(fast?.[0] ?? Number.NaN);
  expect(fast?.[0]).toBeGreaterThan(slow?.[0] ?? Number.NaN);
  expect(fast?.[1]).toBeGreaterThan(slow?.[1] ?? Number.NaN);
  expect(slow?.[1]).toBeGreaterThan(busy?.[1] ?? Number.NaN);
  expect(svg).toContain('>64</text>');
  expect(svg.endsWith('</svg>\n')).toBe(true);
});
