import { barrierScenario } from './barrier-scenario.ts';
import { cacheScenario } from './cache-scenario.ts';
import { counterScenario } from './counter-scenario.ts';
import { groupScenario } from './group-scenario.ts';
import { latchScenario } from './latch-scenario.ts';
import { partitionsScenario } from './partitions-scenario.ts';
import { poolScenario } from './pool-scenario.ts';
import { queueScenario } from './queue-scenario.ts';
import type { ScenarioFactory } from './scenario.ts';
import { twoPhaseScenario } from './two-phase-scenario.ts';

/** By the recipe that its programs use: those that hold state. */
export const scenarios = {
  queue: queueScenario,
  workerPool: poolScenario,
  doubleBarrier: barrierScenario,
  latch: latchScenario,
  partitions: partitionsScenario,
  group: groupScenario,
  twoPhase: twoPhaseScenario,
  stripedCounter: counterScenario,
  cache: cacheScenario,
} as const satisfies Record<string, ScenarioFactory>;

export type RecipeName = keyof typeof scenarios;

export const recipeNames = Object.keys(scenarios) as readonly RecipeName[];
