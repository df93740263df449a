import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import pc from 'picocolors';
import { formatPlanFile } from '../../src/testing/simulation/plan-file.ts';
import type { RunPlan } from '../../src/testing/simulation/run-plan.ts';
import {
  type RunOptions,
  runPlan,
  type SimulationReport,
  type Violation,
} from '../../src/testing/simulation/run-simulation.ts';
import { type PlanOracle, shrinkPlan } from '../../src/testing/simulation/shrinking/shrink-plan.ts';
import { shrinkWithFastCheck } from './fast-check-shrink.ts';

const projectRoot = resolve(import.meta.dirname, '../..');
const failuresDirectory = join(projectRoot, 'sim-failures');
/** The rest is for fast-check. */
const shareOfDeltaDebugging = 0.75;

export interface ShrunkFailure {
  readonly plan: RunPlan;
  readonly tries: number;
}

/** Looks for a smaller plan that violates the same invariant, for so long. */
export function shrinkFailure(
  { plan, violation, virtualMs }: SimulationReport,
  limitMs: number,
  options: RunOptions = {},
): ShrunkFailure {
  const startedMs = performance.now();
  const wanted = kindOf(violation);
  let tries = 0;
  const fails: PlanOracle = (candidate) => {
    tries += 1;
    try {
      return kindOf(runPlan(candidate, options).violation) === wanted;
    } catch {
      // A plan with which the simulation itself fails is no smaller version of this one.
      return false;
    }
  };
  const outOfTime = (): boolean => performance.now() - startedMs > shareOfDeltaDebugging * limitMs;
  const shrunk = shrinkPlan(cutAfter(plan, virtualMs), fails, { outOfTime });
  const leftMs = limitMs - (performance.now() - startedMs);
  return { plan: shrinkWithFastCheck(shrunk, fails, Math.max(1, leftMs)), tries };
}

/** The invariant; what has many causes under one name is told apart by the first words of its detail, whichever node it was. */
function kindOf(violation: Violation | undefined): string | undefined {
  if (violation === undefined) return undefined;
  const { invariant, detail } = violation;
  if (invariant !== 'no node halts' && invariant !== 'no assertion fails') return invariant;
  const [firstLine = ''] = detail.split('\n');
  return `${invariant}: ${firstLine.split(': ').slice(0, 3).join(': ').replace(/\d+/g, '#')}`;
}

/** Without what was planned for the time after the end of the run. */
function cutAfter({ config, faults, calls }: RunPlan, endMs: number): RunPlan {
  const began = ({ atMs }: { readonly atMs: number }): boolean => atMs <= endMs;
  return { config, faults: faults.filter(began), calls: calls.filter(began) };
}

/** Shrinks, writes the result to a file, and says how to run it. */
export function shrinkAndKeep(report: SimulationReport, limitMs: number): void {
  const { plan, violation, seed } = report;
  if (violation === undefined) return;
  console.log(pc.dim(`shrinking for up to ${Math.round(limitMs / 1000)} s`));
  const { plan: shrunk, tries } = shrinkFailure(report, limitMs);
  const from = `${plan.faults.length} faults and ${plan.calls.length} calls`;
  console.log(`${tries} tries: from ${from} to ${shrunk.faults.length} and ${shrunk.calls.length}`);
  mkdirSync(failuresDirectory, { recursive: true });
  const path = join(failuresDirectory, `seed-${seed}.json`);
  writeFileSync(path, formatPlanFile({ product: productVersion(), violates: violation.invariant, plan: shrunk }));
  console.log(`shrunk: ${pc.bold(`npm run sim -- --plan ${relative(process.cwd(), path)}`)}`);
}

function productVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  return version;
}
