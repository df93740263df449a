import Table from 'cli-table3';
import pc from 'picocolors';
import { coverageMarkers } from '../../src/testing/simulation/coverage.ts';
import { missingMarkers, overdueMarkers } from '../../src/testing/simulation/coverage-rates.ts';
import { faultKinds } from '../../src/testing/simulation/faults/fault-kinds.ts';
import type { SweepFailure, SweepResult } from '../../src/testing/simulation/sweep.ts';

const msPerHour = 3_600_000;
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const hundredths = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

export interface JsonSummary {
  readonly runs: number;
  readonly events: number;
  /** Of one core: per second that its process was busy, by the clock on the wall. */
  readonly events_per_s: number;
  readonly simulated_hours: number;
  readonly violations: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly coverage: { readonly hit: number; readonly missing: readonly string[] };
}

/** What `--json` prints. `violations`: failing runs. */
export function jsonSummary({ runs, events, wallMs, virtualMs, failures, faults, coverage }: SweepResult): JsonSummary {
  const missing = missingMarkers(coverage);
  const counts = new Map<string, number>(faults);
  return {
    runs,
    events,
    events_per_s: Math.round(perSecond(events, wallMs)),
    simulated_hours: Math.round((100 * virtualMs) / msPerHour) / 100,
    violations: failures.length,
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, counts.get(kind) ?? 0])),
    coverage: { hit: coverageMarkers.length - missing.length, missing },
  };
}

export function progressLine({ runs, events, wallMs, virtualMs }: SweepResult, elapsedMs: number): string {
  const speed = `${whole.format(perSecond(events, wallMs))} events/s on one core`;
  return `${whole.format(runs)} runs, ${hours(virtualMs)} simulated hours in ${seconds(elapsedMs)}, ${speed}`;
}

/** Runs, hours, events, faults by kind, coverage marks. */
export function printSummary(result: SweepResult, elapsedMs: number): void {
  const { runs, events, wallMs, cpuMs, virtualMs, faults, coverage } = result;
  printFaults(faults);
  printCoverage(coverage);
  console.log(
    `${whole.format(runs)} runs: ${hours(virtualMs)} simulated hours, ${whole.format(events)} events in ${seconds(elapsedMs)}`,
  );
  const byWall = whole.format(perSecond(events, wallMs));
  const byCpu = whole.format(perSecond(events, cpuMs));
  console.log(`one core: ${byWall} events/s by the clock on the wall, ${byCpu} by processor time`);
  const overdue = overdueMarkers(coverage, runs);
  if (overdue.length > 0) console.log(pc.red(`should have happened by now: ${overdue.join(', ')}`));
}

function printFaults(faults: SweepResult['faults']): void {
  const counts = new Map<string, number>(faults);
  const cells = faultKinds.map((kind): [string, string] => [kind, count(counts.get(kind) ?? 0)]);
  printInColumns(['fault', 'begun'], cells, 3);
}

function printCoverage(coverage: SweepResult['coverage']): void {
  const times = new Map(coverage);
  const cells = coverageMarkers.map((marker): [string, string] => [marker, count(times.get(marker) ?? 0)]);
  printInColumns(['sometimes', 'times'], cells, 2);
}

function count(value: number): string {
  return value === 0 ? pc.red('never') : whole.format(value);
}

function printInColumns(head: [string, string], cells: readonly [string, string][], columns: number): void {
  const rows = Math.ceil(cells.length / columns);
  const table = new Table({
    head: Array.from({ length: columns }, () => head).flat(),
    style: { head: [], border: [], compact: true },
    colAligns: Array.from({ length: columns }, () => ['left', 'right'] as const).flat(),
  });
  for (let row = 0; row < rows; row++) {
    table.push(Array.from({ length: columns }, (_, column) => cells[row + column * rows] ?? ['', '']).flat());
  }
  console.log(table.toString());
}

/** The first of each invariant, and all seeds with which it was violated. */
export function groupFailures(failures: readonly SweepFailure[]): FailureGroup[] {
  const groups = new Map<string, SweepFailure[]>();
  for (const failure of failures) groups.set(failure.invariant, [...(groups.get(failure.invariant) ?? []), failure]);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ first, seeds: group.map(({ seed }) => seed) }];
  });
}

export interface FailureGroup {
  readonly first: SweepFailure;
  readonly seeds: readonly number[];
}

export function printFailures({ first, seeds }: FailureGroup): void {
  console.log(pc.red(`violated: ${first.invariant}`));
  console.log(`  seeds ${seeds.join(', ')}`);
  console.log(`  ${first.detail}`);
}

function perSecond(events: number, ms: number): number {
  return ms === 0 ? 0 : (1000 * events) / ms;
}

function hours(virtualMs: number): string {
  return hundredths.format(virtualMs / msPerHour);
}

function seconds(ms: number): string {
  return `${whole.format(ms / 1000)} s`;
}
