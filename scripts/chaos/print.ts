import pc from 'picocolors';
import type { Skipped } from '../../src/testing/chaos/faults/possible-kinds.ts';
import { type ChaosReport, faultCounts } from '../../src/testing/chaos/run/chaos-report.ts';
import type { Round } from '../../src/testing/chaos/run/draw-rounds.ts';

export function printSchedule(rounds: readonly Round[], skipped: readonly Skipped[]): void {
  console.log(`${rounds.length} rounds:`);
  for (const { atMs, calmMs, faults } of rounds) {
    const begin = `${((atMs + calmMs) / 1_000).toFixed(1)} s`.padStart(9);
    console.log(`${begin}  ${faults.map(({ kind, durationMs }) => `${kind} for ${durationMs} ms`).join(', ')}`);
  }
  for (const { what, why } of skipped) console.log(pc.yellow(`skipped: ${what}: ${why}`));
}

export function printReport({ operations, rounds, roundsPlanned, ranMs, verdict, findings }: ChaosReport): void {
  const { ok, fail, unknown } = operations;
  const fired = rounds.flatMap(({ faults }) => faults).filter(({ measured }) => measured !== undefined);
  console.log(`${ok} operations ok, ${fail} failed, ${unknown} of unknown outcome in ${Math.round(ranMs / 1_000)} s`);
  console.log(`${fired.length} faults fired in ${rounds.length} of ${roundsPlanned} rounds planned`);
  const slowest = Math.max(...rounds.map(({ recoveredMs = 0 }) => recoveredMs), 0);
  if (rounds.length > 0) console.log(`slowest recovery ${slowest} ms`);
  for (const { check, detail } of findings) console.log(pc.red(`${check}: ${detail}`));
  if (verdict === 'ok') console.log(pc.green('no promise was broken'));
  else if (verdict === 'undecided') console.log(pc.yellow('nothing is known to be wrong, but not all could be judged'));
}

/** The last line with `--json`. */
export function jsonResult(report: ChaosReport, minutes: number, timeline: string): object {
  const { seed, operations, skipped, verdict, findings } = report;
  return {
    seed,
    minutes,
    ops: operations,
    faults: faultCounts(report),
    skipped,
    violations: findings.length,
    verdict,
    findings,
    timeline,
  };
}
