import Table from 'cli-table3';
import type { Measurement } from './load.ts';
import { type RowReport, spreadOf } from './side-by-side.ts';

/** What was measured, as a table for a terminal. */
export function tableText(reports: readonly RowReport[]): string {
  const text = new Table({
    head: ['', 'etcd', 'Conclave', 'figure', 'min', 'median', 'max', 'goal', ''],
    style: { head: [], border: [] },
  });
  for (const { title, runs, ratios, leader_changes: changes } of reports) {
    for (const [index, { name, peer, min, median, max, goal, met }] of ratios.entries()) {
      const [rowTitle, etcd, conclave] =
        index === 0 ? [title, medianText(runs.etcd), medianText(runs.conclave)] : ['', '', ''];
      text.push([rowTitle, etcd, conclave, `${name} (${peer})`, min, median, max, goal, met ? 'met' : 'missed']);
    }
    if (changes > 0) text.push([title, '', `${changes} changes of leader`, '', '', '', '', 'none', 'missed']);
  }
  return text.toString();
}

function medianText(runs: readonly Measurement[] = []): string {
  const of = (figure: (run: Measurement) => number): number => spreadOf(runs.map(figure)).median;
  if (runs[0]?.scenario === 'gap') return `${of((run) => run.longest_gap_ms)} ms`;
  return `${of((run) => run.ops_per_s)}/s, p50 ${of((run) => run.p50_ms)} ms, p99 ${of((run) => run.p99_ms)} ms`;
}
