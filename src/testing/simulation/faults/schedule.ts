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
  const { seed, faults, faultIntervalMs, interruptionIntervalMs, spares } = config;
  const stream = new RandomStream(seed).fork('faults of the run');
  const scheduled = drawSeries(config, stream, faults, faultIntervalMs, afterMs);
  if (interruptionIntervalMs === 0) return scheduled;
  const kinds = [['interruptTransfer', 3] as const, ['interruptChange', spares > 0 ? 2 : 0] as const];
  const own = new RandomStream(seed).fork('interruptions of the run');
  scheduled.push(...drawSeries(config, own, kinds, interruptionIntervalMs, afterMs));
  return scheduled.sort((a, b) => a.atMs - b.atMs);
}

function drawSeries(
  { calmMs, chaosMs }: SimulationConfig,
  stream: RandomStream,
  kinds: SimulationConfig['faults'],
  intervalMs: number,
  afterMs: number,
): ScheduledFault[] {
  const series: ScheduledFault[] = [];
  for (let drawnMs = calmMs; ; ) {
    drawnMs += stream.exponential(intervalMs);
    const kind = stream.weighted(kinds);
    const draw = stream.next32();
    const atMs = Math.round(drawnMs * 1000) / 1000;
    if (atMs >= chaosMs) return series;
    if (atMs > afterMs) series.push({ atMs, kind, draw });
  }
}
