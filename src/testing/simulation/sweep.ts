import { type CoverageMarker, coverageMarkers } from './coverage.ts';
import { plantedBug } from './planted-bugs.ts';
import { runSimulation } from './run-simulation.ts';

/** Every so many seeds one is run a second time: equal seeds must give equal runs. */
const repeatEvery = 20;

/** A range of seeds for one worker. */
export interface SweepTask {
  readonly firstSeed: number;
  readonly runs: number;
  readonly nodes: number | undefined;
  readonly bug: string | undefined;
}

export interface SweepResult {
  /** Up to and including the failing one. */
  readonly runs: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly coverage: readonly (readonly [CoverageMarker, number])[];
  readonly failure: SweepFailure | undefined;
}

export interface SweepFailure {
  readonly seed: number;
  readonly invariant: string;
  readonly detail: string;
}

/** Runs seed after seed until one fails. */
export function sweep({ firstSeed, runs, nodes, bug: bugName }: SweepTask): SweepResult {
  const bug = bugName === undefined ? undefined : plantedBug(bugName);
  const coverage = new Map<CoverageMarker, number>(coverageMarkers.map((marker) => [marker, 0]));
  let done = 0;
  let events = 0;
  let virtualMs = 0;
  let failure: SweepFailure | undefined;
  for (let seed = firstSeed; seed < firstSeed + runs && failure === undefined; seed++) {
    const report = runSimulation(seed, { nodes, bug });
    done += 1;
    events += report.events;
    virtualMs += report.virtualMs;
    for (const [marker, times] of report.coverage) coverage.set(marker, (coverage.get(marker) ?? 0) + times);
    if (report.violation !== undefined) failure = { seed, ...report.violation };
    else if (seed % repeatEvery === 0 && runSimulation(seed, { nodes, bug }).traceHash !== report.traceHash) {
      failure = { seed, invariant: 'equal seeds give equal runs', detail: 'two runs differ' };
    }
  }
  return { runs: done, events, virtualMs, coverage: [...coverage], failure };
}
