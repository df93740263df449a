import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../cluster/wait-for.ts';
import { RandomStream } from '../../simulation/prng.ts';
import { chaosFaultActions } from '../faults/fault-actions.ts';
import { type ActiveFault, FaultContext, type FaultContextParts } from '../faults/fault-context.ts';
import type { FaultRecord } from './chaos-report.ts';
import type { PlannedFault } from './draw-rounds.ts';

/** How long, beyond its duration, a fault may take to show. */
const proofTimeoutMs = 15_000;
/** How long the first fault of a round has to show before the second begins. */
const headStartMs = 2_000;

export interface FaultRunnerOptions extends Omit<FaultContextParts, 'random' | 'workers'> {
  readonly workers: () => FaultContextParts['workers'];
  /** Since the run's start. */
  readonly nowMs: () => number;
  /** Ends durations early. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Begins faults, proves them, and ends them. */
export class FaultRunner {
  readonly #options: FaultRunnerOptions;

  constructor(options: FaultRunnerOptions) {
    this.#options = options;
  }

  /** The first, and the second as soon as the first shows. Resolves once all have ended; never rejects. */
  async run(faults: readonly PlannedFault[]): Promise<readonly FaultRecord[]> {
    const records: Promise<FaultRecord>[] = [];
    for (const fault of faults) {
      let show: () => void = () => undefined;
      const shown = new Promise<void>((resolve) => {
        show = resolve;
      });
      records.push(this.#runOne(fault, show));
      await Promise.race([shown, sleep(headStartMs, undefined, { ref: false })]);
    }
    return await Promise.all(records);
  }

  async #runOne(fault: PlannedFault, onShown: () => void): Promise<FaultRecord> {
    const { nowMs, say } = this.#options;
    const startMs = Math.round(nowMs());
    const record = await this.#beginAndEnd(fault, onShown);
    onShown();
    const ended = { kind: fault.kind, startMs, endMs: Math.round(nowMs()), ...record };
    say(`  ${ended.kind}: ${ended.what}; ${ended.measured ?? 'DID NOT FIRE'}`);
    return ended;
  }

  async #beginAndEnd(
    { kind, draw, durationMs }: PlannedFault,
    onShown: () => void,
  ): Promise<Pick<FaultRecord, 'what' | 'targets' | 'measured'>> {
    const { workers, signal } = this.#options;
    const context = new FaultContext({ ...this.#options, workers: workers(), random: new RandomStream(draw) });
    let active: ActiveFault;
    try {
      active = await chaosFaultActions[kind](context);
    } catch (error) {
      return { what: `could not begin: ${textOf(error)}`, targets: [], measured: undefined };
    }
    const { what, targets, measure, end } = active;
    try {
      const begunMs = performance.now();
      await proof(measure, durationMs + proofTimeoutMs);
      onShown();
      await pauseFor(durationMs - (performance.now() - begunMs), signal);
      // Once more: counters have grown.
      const measured = await proof(measure, proofTimeoutMs);
      await end();
      return { what, targets, measured };
    } catch (error) {
      await end().catch(() => undefined);
      return { what: `${what}; ${textOf(error)}`, targets, measured: undefined };
    }
  }
}

function proof(measure: ActiveFault['measure'], timeoutMs: number): Promise<string> {
  return waitFor('the fault to show', measure, { timeoutMs, everyMs: 50 });
}

/** Not at all if there is nothing left; less if the signal comes. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
