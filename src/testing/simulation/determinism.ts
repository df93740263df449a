import type { RunPlan } from './run-plan.ts';
import { type RunOptions, runPlan, type SimulationReport, type Violation } from './run-simulation.ts';

export const determinismInvariant = 'equal plans give equal runs';

/**
 * Runs the plan a second time, and compares what happened event by event.
 *
 * @param once a run with `eventHashes`
 */
export function checkRepeatable(once: SimulationReport, options: RunOptions = {}): Violation | undefined {
  const again = runPlan(once.plan, { ...options, eventHashes: true, leastEvents: 0 });
  const at = firstDifference(once, again);
  if (at === undefined) return undefined;
  const detail = `the runs part at event ${at + 1}; ${describeParting(once.plan, options)}`;
  return { invariant: determinismInvariant, detail };
}

/** The number of the first event after which the runs differ, counted from 0; undefined if they are equal. */
export function firstDifference(one: SimulationReport, other: SimulationReport): number | undefined {
  const [a = [], b = []] = [one.eventHashes, other.eventHashes];
  const length = Math.max(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return one.traceHash === other.traceHash ? undefined : length;
}

/** Twice more, with every line of the trace: slow, and only done when something is wrong. */
function describeParting(plan: RunPlan, options: RunOptions): string {
  const [one, other] = [1, 2].map(() => runPlan(plan, { ...options, traceLines: Number.MAX_SAFE_INTEGER }).trace);
  const length = Math.max(one?.length ?? 0, other?.length ?? 0);
  for (let at = 0; at < length; at++) {
    if (one?.[at] !== other?.[at]) return `first ${one?.[at] ?? 'nothing'}, then ${other?.[at] ?? 'nothing'}`;
  }
  return 'the lines of two more runs are equal';
}
