import { drawCalls, type ScheduledCall } from './clients/workload.ts';
import { type ConfigOverrides, drawConfig, type SimulationConfig } from './config.ts';
import { drawFaults, type ScheduledFault } from './faults/schedule.ts';

/**
 * Everything that decides a run, written out: it can be kept in a file, and a fault or a call can be taken out of it without
 * changing what is drawn for the rest.
 */
export interface RunPlan {
  readonly config: SimulationConfig;
  readonly faults: readonly ScheduledFault[];
  readonly calls: readonly ScheduledCall[];
}

/** The plan of a seed; `overrides` are fixed instead of drawn. */
export function drawPlan(seed: number, overrides: ConfigOverrides = {}): RunPlan {
  const config = drawConfig(seed, overrides);
  return { config, faults: drawFaults(config), calls: drawCalls(config) };
}
