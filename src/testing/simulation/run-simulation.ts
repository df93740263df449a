import { checkCounters } from '../checkers/counters.ts';
import type { Finding } from '../checkers/history.ts';
import { checkLinearizability } from '../checkers/linearizability.ts';
import { checkFencing, checkGrants, checkMutualExclusion, checkTokens } from '../checkers/locks.ts';
import { checkSessions } from '../checkers/sessions.ts';
import { checkWatches } from '../checkers/watches.ts';
import type { SimulationConfig } from './config.ts';
import type { CoverageMarker } from './coverage.ts';
import { LivenessPhase } from './invariants/liveness.ts';
import { SimulationViolation } from './invariants/violation.ts';
import type { PlantedBug } from './planted-bug.ts';
import { RandomStream } from './prng.ts';
import { drawPlan, type RunPlan } from './run-plan.ts';
import { createRealReplica } from './world/replica-adapter.ts';
import { tightenLimits } from './world/tight-limits.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  /** 3 or 5; drawn if absent. */
  readonly nodes?: number | undefined;
  /** Instead of the product itself: a mutant of it. */
  readonly bug?: PlantedBug | undefined;
  /** Keep so many of the last lines of the trace; default none. */
  readonly traceLines?: number | undefined;
}

export interface SimulationReport {
  readonly seed: number;
  readonly config: SimulationConfig;
  readonly violation: { readonly invariant: string; readonly detail: string } | undefined;
  readonly coverage: readonly (readonly [CoverageMarker, number])[];
  /** Equal for equal runs. */
  readonly traceHash: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly trace: readonly string[];
}

/** One run of the whole cluster, decided by the seed alone. */
export function runSimulation(seed: number, options: SimulationOptions = {}): SimulationReport {
  return runPlan(drawPlan(seed, { ...options.bug?.focus, nodes: options.nodes }), options);
}

/** One run of the whole cluster: chaos under load, then recovery, then judgement over the history. */
export function runPlan(plan: RunPlan, options: SimulationOptions = {}): SimulationReport {
  const { config } = plan;
  const uninstall = options.bug?.install?.();
  const relax = config.tightLimits ? tightenLimits(new RandomStream(config.seed).fork('limits')) : undefined;
  try {
    return run(plan, options, () => relax?.());
  } finally {
    relax?.();
    uninstall?.();
  }
}

function run(plan: RunPlan, options: SimulationOptions, relaxLimits: () => void): SimulationReport {
  const { config } = plan;
  const { seed } = config;
  const world = new World({
    plan,
    createReplica: options.bug?.createReplica ?? createRealReplica,
    traceLines: options.traceLines ?? 0,
  });
  let violation: SimulationReport['violation'];
  try {
    world.start();
    world.runUntil(config.chaosMs * 1000);
    // The deadlines of recovery are those of the limits that ship: one slot for each question could take for ever.
    relaxLimits();
    new LivenessPhase(world, new RandomStream(seed).fork('liveness')).run();
    violation = firstOf(judge(world, true));
  } catch (error) {
    if (!(error instanceof SimulationViolation)) throw error;
    // What clients have seen so far often says more than a missed deadline.
    const earlier = error.invariant.startsWith('liveness') ? firstOf(judge(world, false)) : undefined;
    violation = earlier ?? { invariant: error.invariant, detail: error.detail };
  }
  for (const { token, endedBy } of world.service.model.acquisitions.values()) {
    if (token === undefined && endedBy === 'session') world.coverage.hit('lock waiter died');
  }
  return {
    seed,
    config,
    violation,
    coverage: world.coverage.entries(),
    traceHash: world.trace.hash,
    events: world.trace.events,
    virtualMs: world.queue.nowUs / 1000,
    trace: world.trace.lines,
  };
}

function judge(world: World, complete: boolean): Finding[] {
  const { history } = world;
  const { model } = world.service;
  return [
    ...checkLinearizability(history.operations, model),
    ...checkCounters(history.operations),
    ...checkGrants(history.grants, model),
    ...checkMutualExclusion(history.holds),
    ...checkTokens(history.holds),
    ...checkFencing(history.fencedWrites),
    ...checkSessions(history.sessions, model),
    ...checkWatches(history.watches, model, complete),
  ];
}

function firstOf([first]: readonly Finding[]): SimulationReport['violation'] {
  return first === undefined ? undefined : { invariant: first.check, detail: first.detail };
}
