import pc from 'picocolors';
import type { Skipped } from '../../src/testing/chaos/faults/possible-kinds.ts';
import { type ChaosReport, faultCounts } from '../../src/testing/chaos/run/chaos-report.ts';
import type { Round } from '../../src/testing/chaos/run/draw-rounds.ts';
import type { LockCounts } from '../../src/testing/chaos/run/lock-counts.ts';

export function printSchedule(rounds: readonly Round[], skipped: readonly Skipped[]): void {
  console.log(`${rounds.length} rounds:`);
  for (const { atMs, calmMs, faults } of rounds) {
    const begin = `${((atMs + calmMs) / 1_000).toFixed(1)} s`.padStart(9);
    console.log(`${begin}  ${faults.map(({ kind, durationMs }) => `${kind} for ${durationMs} ms`).join(', ')}`);
  }
  for (const { what, why } of skipped) console.log(pc.yellow(`skipped: ${what}: ${why}`));
}

export function printReport({ operations, locks, rounds, roundsPlanned, ranMs, verdict, findings }: ChaosReport): void {
  const { ok, fail, unknown } = operations;
  const fired = rounds.flatMap(({ faults }) => faults).filter(({ measured }) => measured !== undefined);
  console.log(`${ok} operations ok, ${fail} failed, ${unknown} of unknown outcome in ${Math.round(ranMs / 1_000)} s`);
  console.log(lockText(locks));
  console.log(`${fired.length} faults fired in ${rounds.length} of ${roundsPlanned} rounds planned`);
  const slowest = Math.max(...rounds.map(({ recoveredMs = 0 }) => recoveredMs), 0);
  if (rounds.length > 0) console.log(`slowest recovery ${slowest} ms`);
  for (const { check, detail } of findings) console.log(pc.red(`${check}: ${detail}`));
  if (verdict === 'ok') console.log(pc.green('no promise was broken'));
  else if (verdict === 'undecided') console.log(pc.yellow('nothing is known to be wrong, but not all could be judged'));
}

function lockText(counts: LockCounts): string {
  const { exclusiveLocks, sharedLocks, severalLocks, permits, takenAway, sessionsClosed, sessionsResumed } = counts;
  const { locksHandedOver, permitsHandedOver } = counts;
  return [
    `locks: ${exclusiveLocks} exclusive, ${sharedLocks} shared, ${severalLocks} times several at once; ${permits} permits`,
    `operators: ${takenAway} holds taken away, ${sessionsClosed} sessions closed`,
    `${sessionsResumed} sessions resumed, with ${locksHandedOver} locks and ${permitsHandedOver} permits`,
  ].join('\n');
}

/** The last line with `--json`. */
export function jsonResult(report: ChaosReport, minutes: number, timeline: string): object {
  const { seed, operations, locks, skipped, verdict, findings } = report;
  return {
    seed,
    minutes,
    ops: operations,
    locks,
    faults: faultCounts(report),
    skipped,
    violations: findings.length,
    verdict,
    findings,
    timeline,
  };
}
