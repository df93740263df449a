import fc from 'fast-check';
import { operationKinds, type SimulationConfig } from '../../src/testing/simulation/config.ts';
import { faultKinds } from '../../src/testing/simulation/faults/fault-kinds.ts';
import { largestSeed, type RunPlan } from '../../src/testing/simulation/run-plan.ts';
import type { PlanOracle } from '../../src/testing/simulation/shrinking/shrink-plan.ts';

/** Fields of the configuration that may be any whole number down to a least one. */
const leastOf = {
  clients: 1,
  chaosMs: 0,
  faultDurationMs: 1,
  leaseMs: 50,
  linkDelayUs: 0,
  linkJitterUs: 0,
  diskUs: 0,
  diskJitterUs: 0,
  turnUs: 0,
} satisfies Partial<Record<keyof SimulationConfig, number>>;

type NumberName = keyof typeof leastOf;
const numberNames = Object.keys(leastOf) as readonly NumberName[];

/** A plan in whole numbers, which fast-check shrinks without having drawn them. */
interface PlanNumbers {
  readonly faults: readonly { readonly atUs: number; readonly kind: string; readonly draw: number }[];
  readonly calls: readonly {
    readonly atUs: number;
    readonly client: number;
    readonly kind: string;
    readonly draw: number;
  }[];
  readonly config: Readonly<Record<string, number>>;
}

/**
 * Has fast-check shrink a failing plan: fewer faults and calls, smaller times, draws and settings. It takes one step at a time, so it
 * is for what delta debugging has left.
 */
export function shrinkWithFastCheck(plan: RunPlan, fails: PlanOracle, timeLimitMs: number): RunPlan {
  let smallest = plan;
  const property = fc.property(numbersUpTo(plan), (numbers) => {
    const candidate = planOf(numbers, plan);
    if (!fails(candidate)) return true;
    smallest = candidate;
    return false;
  });
  fc.check(property, {
    examples: [[numbersOf(plan)]],
    numRuns: 1,
    interruptAfterTimeLimit: timeLimitMs,
  });
  return smallest;
}

function numbersUpTo({ config, faults, calls }: RunPlan): fc.Arbitrary<PlanNumbers> {
  const atUs = fc.nat({ max: Math.ceil(Math.max(config.chaosMs, lastMs([...faults, ...calls])) * 1000) });
  const draw = fc.nat({ max: largestSeed });
  const fault = fc.record({ atUs, kind: fc.constantFrom(...faultKinds), draw });
  const client = fc.nat({ max: Math.max(config.clients - 1, ...calls.map((call) => call.client)) });
  const call = fc.record({ atUs, client, kind: fc.constantFrom(...operationKinds), draw });
  const settings = numberNames.map((name) => {
    const present = Math.floor(config[name]);
    return [name, fc.integer({ min: Math.min(leastOf[name], present), max: present })] as const;
  });
  return fc.record({
    faults: fc.array(fault, { maxLength: faults.length, size: 'max' }),
    calls: fc.array(call, { maxLength: calls.length, size: 'max' }),
    config: fc.record(Object.fromEntries(settings)),
  });
}

function lastMs(items: readonly { readonly atMs: number }[]): number {
  return Math.max(0, ...items.map(({ atMs }) => atMs));
}

function numbersOf({ config, faults, calls }: RunPlan): PlanNumbers {
  const inUs = <Item extends { readonly atMs: number }>({ atMs, ...rest }: Item) => ({
    ...rest,
    atUs: Math.round(atMs * 1000),
  });
  return {
    faults: faults.map(inUs),
    calls: calls.map(inUs),
    config: Object.fromEntries(numberNames.map((name) => [name, Math.floor(config[name])])),
  };
}

function planOf({ config, faults, calls }: PlanNumbers, origin: RunPlan): RunPlan {
  const inMs = <Item extends { readonly atUs: number }>({ atUs, ...rest }: Item) => ({ atMs: atUs / 1000, ...rest });
  return {
    config: { ...origin.config, ...config },
    faults: faults.map(inMs) as RunPlan['faults'],
    calls: calls.map(inMs) as RunPlan['calls'],
  };
}
