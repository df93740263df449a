import { drawCalls, type ScheduledCall } from './clients/workload.ts';
import { type ConfigOverrides, drawConfig, type SimulationConfig } from './config.ts';
import { drawFaults, type ScheduledFault } from './faults/schedule.ts';

/** Seeds are 0 to this, both included. */
export const largestSeed = 2 ** 32 - 1;

export interface PlanItems {
  readonly faults: readonly ScheduledFault[];
  readonly calls: readonly ScheduledCall[];
}

/**
 * Everything that decides a run, written out: it can be kept in a file, and a fault or a call can be taken out of it without
 * changing what is drawn for the rest.
 */
export interface RunPlan extends PlanItems {
  readonly config: SimulationConfig;
}

/** The plan of a seed; `overrides` are fixed instead of drawn. @throws RangeError unless the seed is a whole number of 32 bits */
export function drawPlan(seed: number, overrides: ConfigOverrides = {}): RunPlan {
  if (!Number.isInteger(seed) || seed < 0 || seed > largestSeed) {
    throw new RangeError(`a seed is a whole number from 0 to ${largestSeed}, not ${seed}`);
  }
  const config = drawConfig(seed, overrides);
  return { config, faults: drawFaults(config), calls: drawCalls(config) };
}

/** The same plan with so much more of chaos, drawn from the same seed. */
export function prolongPlan({ config, faults, calls }: RunPlan, byMs: number): { whole: RunPlan; added: PlanItems } {
  const prolonged = { ...config, chaosMs: config.chaosMs + byMs };
  const added = { faults: drawFaults(prolonged, config.chaosMs), calls: drawCalls(prolonged, config.chaosMs) };
  const whole = {
    config: prolonged,
    faults: [...faults, ...added.faults],
    calls: [...calls, ...added.calls],
  };
  return { whole, added };
}
