import type { SimulationConfig } from '../config.ts';
import { RandomStream } from '../prng.ts';
import type { FaultKind } from './fault-kinds.ts';

/**
 * One fault of a run. Whom it hits, and for how long, is drawn from its own number when it begins, so that the others stay as they
 * are when one is taken away.
 */
export interface ScheduledFault {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly draw: number;
}

/** What will go wrong, and when: known before the run, and independent of what happens in it. */
export function drawFaults(config: SimulationConfig): ScheduledFault[] {
  const stream = new RandomStream(config.seed).fork('faults of the run');
  const scheduled: ScheduledFault[] = [];
  let atMs = config.calmMs;
  for (;;) {
    atMs += stream.exponential(config.faultIntervalMs);
    const kind = stream.weighted(config.faults);
    const draw = stream.next32();
    if (atMs >= config.chaosMs) return scheduled;
    scheduled.push({ atMs: Math.round(atMs * 1000) / 1000, kind, draw });
  }
}
