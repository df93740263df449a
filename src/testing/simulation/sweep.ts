import type { ConfigOverrides } from './config.ts';
import type { CoverageMarker } from './coverage.ts';
import { checkRepeatable } from './determinism.ts';
import type { FaultKind } from './faults/fault-kinds.ts';
import { drawPlan } from './run-plan.ts';
import { leastEvents, runPlan, type SimulationReport, type Violation } from './run-simulation.ts';

/** Every so many seeds one is run a second time: equal seeds must give equal runs. */
const repeatEvery = 20;

/** The simulation itself went wrong, in a way that is no finding about the product. */
export const brokenRun = 'the simulation itself does not fail';

/** A range of seeds. */
export interface SweepTask {
  readonly firstSeed: number;
  readonly runs: number;
  /** Fixed instead of drawn. */
  readonly overrides?: ConfigOverrides | undefined;
  /** After a failing seed too; default: the first one ends the sweep. */
  readonly keepGoing?: boolean | undefined;
}

export interface SweepResult {
  /** Distinct seeds, up to and including the last failing one. */
  readonly runs: number;
  /** Without those of the runs that were repeated. */
  readonly events: number;
  readonly virtualMs: number;
  /** How long it took, repeated runs included. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly faults: readonly (readonly [FaultKind, number])[];
  readonly coverage: readonly (readonly [CoverageMarker, number])[];
  readonly failures: readonly SweepFailure[];
}

export interface SweepFailure extends Violation {
  readonly seed: number;
}

/** Runs seed after seed; every twentieth twice. `onSeed` is called before each. */
export function sweep(task: SweepTask, onSeed: (seed: number) => void = () => {}): SweepResult {
  const totals = new SweepTotals();
  for (let seed = task.firstSeed; seed < task.firstSeed + task.runs; seed++) {
    onSeed(seed);
    totals.add(sweepOne(seed, task));
    if (totals.failures.length > 0 && task.keepGoing !== true) break;
  }
  return totals;
}

function sweepOne(seed: number, { overrides }: SweepTask): SweepResult {
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const repeat = seed % repeatEvery === 0;
  let report: SimulationReport | undefined;
  let violation: Violation | undefined;
  try {
    report = runPlan(drawPlan(seed, overrides), {
      leastEvents,
      eventHashes: repeat,
    });
    violation = report.violation;
    if (violation === undefined && repeat) violation = checkRepeatable(report);
  } catch (error) {
    violation = { invariant: brokenRun, detail: describeError(error) };
  }
  const cpu = process.cpuUsage(startedCpu);
  return {
    runs: 1,
    events: report?.events ?? 0,
    virtualMs: report?.virtualMs ?? 0,
    wallMs: performance.now() - startedMs,
    cpuMs: (cpu.user + cpu.system) / 1000,
    faults: report?.faults ?? [],
    coverage: report?.coverage ?? [],
    failures: violation === undefined ? [] : [{ seed, ...violation }],
  };
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The sum of several sweeps. */
export class SweepTotals implements SweepResult {
  runs = 0;
  events = 0;
  virtualMs = 0;
  wallMs = 0;
  cpuMs = 0;
  failures: readonly SweepFailure[] = [];
  readonly #faults = new Map<FaultKind, number>();
  readonly #coverage = new Map<CoverageMarker, number>();

  get faults(): readonly (readonly [FaultKind, number])[] {
    return [...this.#faults];
  }

  get coverage(): readonly (readonly [CoverageMarker, number])[] {
    return [...this.#coverage];
  }

  add(result: SweepResult): void {
    this.runs += result.runs;
    this.events += result.events;
    this.virtualMs += result.virtualMs;
    this.wallMs += result.wallMs;
    this.cpuMs += result.cpuMs;
    addCounts(this.#faults, result.faults);
    addCounts(this.#coverage, result.coverage);
    this.failures = [...this.failures, ...result.failures].sort((a, b) => a.seed - b.seed);
  }
}

function addCounts<Kind>(sums: Map<Kind, number>, counts: readonly (readonly [Kind, number])[]): void {
  for (const [kind, count] of counts) sums.set(kind, (sums.get(kind) ?? 0) + count);
}
