import pc from 'picocolors';
import { checkRepeatable } from '../../src/testing/simulation/determinism.ts';
import type { SimulationReport } from '../../src/testing/simulation/run-simulation.ts';

/** So many lines at the end of the trace, unless all of it is asked for. */
export const briefLines = 60;
const allLines = Number.MAX_SAFE_INTEGER;

export function traceLines(verbose: boolean): number {
  return verbose ? allLines : briefLines;
}

/** The trace, then what came of it. @returns whether a promise was broken */
export function printReplay(report: SimulationReport, verbose: boolean): boolean {
  const { plan, violation, trace, seed, events, virtualMs, traceHash } = report;
  if (verbose) console.log(plan.config);
  for (const line of trace) console.log(line);
  const hash = traceHash.toString(16).padStart(8, '0');
  const what = `${plan.config.nodes} nodes, ${plan.faults.length} faults, ${plan.calls.length} calls`;
  console.log(pc.dim(`seed ${seed}: ${what}, ${events} events, ${Math.round(virtualMs)} simulated ms, trace ${hash}`));
  const broken = violation ?? checkRepeatable(report);
  if (broken === undefined) {
    console.log(pc.green('no promise was broken'));
    return false;
  }
  console.log(pc.red(`violated: ${broken.invariant}`));
  console.log(broken.detail);
  return true;
}
