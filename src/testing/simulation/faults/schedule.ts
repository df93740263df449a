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

/**
 * What will go wrong, and when: known before the run, and independent of what happens in it. A longer chaos begins with the same
 * faults; `afterMs`: only those after that time.
 */
export function drawFaults(config: SimulationConfig, afterMs = 0): ScheduledFault[] {
  const stream = new RandomStream(config.seed).fork('faults of the run');
  const scheduled: ScheduledFault[] = [];
  for (let drawnMs = config.calmMs; ; ) {
    drawnMs += stream.exponential(config.faultIntervalMs);
    const kind = stream.weighted(config.faults);
    const draw = stream.next32();
    const atMs = Math.round(drawnMs * 1000) / 1000;
    if (atMs >= config.chaosMs) return scheduled;
    if (atMs > afterMs) scheduled.push({ atMs, kind, draw });
  }
}
