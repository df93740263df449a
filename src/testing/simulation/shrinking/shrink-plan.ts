import type { RunPlan } from '../run-plan.ts';
import { ddmin } from './ddmin.ts';
import { type Simplification, simplifications } from './simpler-config.ts';

/** Whether a run of the plan still shows what is looked for. */
export type PlanOracle = (plan: RunPlan) => boolean;

export interface ShrinkOptions {
  /** When to stop with what there is; asked before each run. Default: never. */
  readonly outOfTime?: () => boolean;
  /** Called whenever a smaller plan has been found. */
  readonly onSmaller?: (plan: RunPlan) => void;
}

/**
 * A plan that still fails, with fewer faults, fewer calls, a simpler world and rounder times. That one fails is taken for granted.
 * Every draw hangs on what it is for and not on what was drawn before, so what is left behaves as it did in the whole.
 */
export function shrinkPlan(plan: RunPlan, fails: PlanOracle, options: ShrinkOptions = {}): RunPlan {
  const shrinking = new Shrinking(plan, fails, options);
  let size: string;
  do {
    size = JSON.stringify(shrinking.smallest);
    shrinking.leaveOutFaults();
    shrinking.leaveOutCalls();
    shrinking.simplifyConfig();
  } while (size !== JSON.stringify(shrinking.smallest) && !shrinking.outOfTime());
  shrinking.roundTimes();
  return shrinking.smallest;
}

const roundToMs = [1_000, 100, 10, 1] as const;

class Shrinking {
  smallest: RunPlan;
  readonly #fails: PlanOracle;
  readonly outOfTime: () => boolean;
  readonly #onSmaller: (plan: RunPlan) => void;

  constructor(plan: RunPlan, fails: PlanOracle, { outOfTime = () => false, onSmaller = () => {} }: ShrinkOptions) {
    this.smallest = plan;
    this.#fails = fails;
    this.outOfTime = outOfTime;
    this.#onSmaller = onSmaller;
  }

  leaveOutFaults(): void {
    ddmin(this.smallest.faults, (faults) => this.#try({ ...this.smallest, faults }), this.outOfTime);
  }

  leaveOutCalls(): void {
    ddmin(this.smallest.calls, (calls) => this.#try({ ...this.smallest, calls }), this.outOfTime);
  }

  /** Each as far as it goes; what has failed may work once another has worked. */
  simplifyConfig(): void {
    for (const simplification of simplifications) while (this.#simplify(simplification));
  }

  #simplify(simplification: Simplification): boolean {
    return simplification(this.smallest).some((config) => this.#tryUnlessOutOfTime({ ...this.smallest, config }));
  }

  /** All at once if that does it, else one by one, each as round as possible. */
  roundTimes(): void {
    for (const unitMs of roundToMs) if (this.#tryUnlessOutOfTime(roundAll(this.smallest, unitMs))) break;
    this.#roundEach('faults');
    this.#roundEach('calls');
  }

  #roundEach(list: 'faults' | 'calls'): void {
    for (let at = 0; at < this.smallest[list].length; at++) {
      for (const unitMs of roundToMs) if (this.#tryUnlessOutOfTime(roundOne(this.smallest, list, at, unitMs))) break;
    }
  }

  #tryUnlessOutOfTime(plan: RunPlan): boolean {
    return !this.outOfTime() && this.#try(plan);
  }

  #try(plan: RunPlan): boolean {
    if (!this.#fails(plan)) return false;
    this.smallest = plan;
    this.#onSmaller(plan);
    return true;
  }
}

function rounded<Item extends { readonly atMs: number }>(item: Item, unitMs: number): Item {
  return { ...item, atMs: Math.round(item.atMs / unitMs) * unitMs };
}

function roundAll(plan: RunPlan, unitMs: number): RunPlan {
  const { config, faults, calls } = plan;
  return {
    config,
    faults: faults.map((fault) => rounded(fault, unitMs)),
    calls: calls.map((call) => rounded(call, unitMs)),
  };
}

function roundOne(plan: RunPlan, list: 'faults' | 'calls', at: number, unitMs: number): RunPlan {
  const change = <Item extends { readonly atMs: number }>(items: readonly Item[]): Item[] =>
    items.map((item, index) => (index === at ? rounded(item, unitMs) : item));
  return list === 'faults' ? { ...plan, faults: change(plan.faults) } : { ...plan, calls: change(plan.calls) };
}
