import type { Finding } from '../checkers/history.ts';
import type { ConfigOverrides } from './config.ts';
import type { CoverageMarker } from './coverage.ts';
import { withoutNondeterminism } from './determinism-guard.ts';
import type { FaultKind } from './faults/fault-kinds.ts';
import { LivenessPhase } from './invariants/liveness.ts';
import { SimulationViolation } from './invariants/violation.ts';
import { judge } from './judgement.ts';
import { noteLocks } from './lock-coverage.ts';
import { RandomStream } from './prng.ts';
import { drawPlan, prolongPlan, type RunPlan } from './run-plan.ts';
import { createRealReplica, type ReplicaFactory } from './world/replica-adapter.ts';
import { tightenLimits } from './world/tight-limits.ts';
import { World } from './world.ts';

/** Chaos that has brought fewer events goes on. */
export const leastEvents = 5_000;
const prolongedByMs = 1_000;
/** But no longer than this. */
const longestChaosMs = 120_000;

export interface RunOptions {
  /** In place of the product's replicas: those of a test of the simulator itself. */
  readonly createReplica?: ReplicaFactory | undefined;
  /** Keep so many of the last lines of the trace; default none. */
  readonly traceLines?: number | undefined;
  /** Report the hash after each event; default no. */
  readonly eventHashes?: boolean | undefined;
  /** Chaos goes on, drawn from the seed, until it has brought so many events; default 0: it is as long as planned. */
  readonly leastEvents?: number | undefined;
}

export interface SimulationOptions extends RunOptions {
  /** Fixed instead of drawn. */
  readonly overrides?: ConfigOverrides | undefined;
}

export interface Violation {
  /** A stable name. */
  readonly invariant: string;
  readonly detail: string;
}

export interface SimulationReport {
  readonly seed: number;
  /** As it was run, prolonged chaos included: run again, it gives the same. */
  readonly plan: RunPlan;
  readonly violation: Violation | undefined;
  readonly coverage: readonly (readonly [CoverageMarker, number])[];
  /** How many faults have begun. */
  readonly faults: readonly (readonly [FaultKind, number])[];
  /** Equal for equal runs. */
  readonly traceHash: number;
  readonly eventHashes: readonly number[] | undefined;
  /** Steps of replicas and SDK cores, and completions of disks. */
  readonly events: number;
  /** When the run ended. */
  readonly virtualMs: number;
  readonly trace: readonly string[];
}

/**
 * One run of the whole cluster, decided by the seed alone: at least 10 simulated seconds and 5,000 events, unless a promise is broken
 * earlier, or faults beyond the budget leave nothing that could bring events.
 */
export function runSimulation(seed: number, options: SimulationOptions = {}): SimulationReport {
  return runPlan(drawPlan(seed, options.overrides), { leastEvents, ...options });
}

/** One run of the whole cluster: chaos under load, then recovery, then judgement over the history. */
export function runPlan(plan: RunPlan, options: RunOptions = {}): SimulationReport {
  const { config } = plan;
  const limits = tightenLimits(config);
  try {
    return withoutNondeterminism(() => run(plan, options, () => limits.relax()));
  } finally {
    limits.restore();
  }
}

function run(planned: RunPlan, options: RunOptions, relaxLimits: () => void): SimulationReport {
  const { seed } = planned.config;
  let plan = planned;
  const world = new World({
    plan,
    createReplica: options.createReplica ?? createRealReplica,
    trace: { lines: options.traceLines ?? 0, eventHashes: options.eventHashes ?? false },
  });
  let violation: Violation | undefined;
  try {
    world.start();
    world.runUntil(plan.config.chaosMs * 1000);
    while (world.trace.events < (options.leastEvents ?? 0) && plan.config.chaosMs < longestChaosMs) {
      const { whole, added } = prolongPlan(plan, prolongedByMs);
      plan = whole;
      world.schedule(added);
      world.runUntil(plan.config.chaosMs * 1000);
    }
    // The deadlines of recovery are those of the limits that ship: one slot for each question could take for ever.
    relaxLimits();
    new LivenessPhase(world, new RandomStream(seed).fork('liveness')).run();
    if (world.promises.has('liveness')) world.invariants.onEnd((node) => world.replica(node));
    violation = firstOf(judge(world, world.promises.has('liveness')));
  } catch (error) {
    if (!(error instanceof SimulationViolation)) throw error;
    // What clients have seen so far often says more than a missed deadline.
    const earlier = error.invariant.startsWith('liveness') ? firstOf(judge(world, false)) : undefined;
    violation = earlier ?? { invariant: error.invariant, detail: error.detail };
    if (!world.promises.has(violation.invariant)) {
      world.coverage.hit('beyond the budget: a promise was broken');
      violation = firstOf(judge(world, false));
    }
  }
  noteLocks(world.service.model, world.coverage);
  return {
    seed,
    plan,
    violation,
    coverage: world.coverage.entries(),
    faults: [...world.nemesis.begun],
    traceHash: world.trace.hash,
    eventHashes: world.trace.eventHashes,
    events: world.trace.events,
    virtualMs: world.queue.nowUs / 1000,
    trace: world.trace.lines,
  };
}

function firstOf([first]: readonly Finding[]): Violation | undefined {
  return first === undefined ? undefined : { invariant: first.check, detail: first.detail };
}
