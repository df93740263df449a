import { expect, test } from 'vitest';
import { type CurveReport, curvesText } from '../../scripts/bench/curves.ts';

const measurement: CurveReport['measurement'] = {
  scenario: 'put',
  clients: 64,
  connections: 16,
  value_size: 256,
  ops: 1_000,
  seconds: 1,
  ops_per_s: 1_000,
  p50_ms: 1.5,
  p99_ms: 4.5,
  max_ms: 9,
  longest_gap_ms: 0,
};

const cells = (line: string | undefined): readonly string[] => (line ?? '').split('│').map((cell) => cell.trim());

test('a point tells its rate, its latencies, and the processor time of leader, busiest follower and load', () => {
  const point = {
    ...measurement,
    cpu_us_per_op: { leader: 30, n2: 20, n3: 21, load: 15 },
    cpu_percent: { leader: 3 },
  };
  const text = curvesText([{ title: 'a point', nodes: 3, measurement: point }]);
  const line = text.split('\n').find((candidate) => candidate.includes('a point'));
  expect(cells(line).slice(1, -1)).toEqual(['a point', '1000', '1.5', '4.5', '30', '21', '15', '3']);
});

test('where the processor time is not known, nothing is claimed', () => {
  const text = curvesText([{ title: 'a point', nodes: 1, measurement }]);
  const line = text.split('\n').find((candidate) => candidate.includes('a point'));
  expect(cells(line).slice(1, -1)).toEqual(['a point', '1000', '1.5', '4.5', '', '', '', '']);
});
