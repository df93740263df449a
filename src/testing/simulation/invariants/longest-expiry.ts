import type { SimulationConfig } from '../config.ts';

/** A leader's own time for the longest session, by the slowest clock, with a little more for good measure. */
export function longestExpiryMs({ sessionTtlMs, clockDriftPermille, realDriftPermille }: SimulationConfig): number {
  const stretched = (1000 + clockDriftPermille) / (1000 - clockDriftPermille);
  const slowest = 1 - realDriftPermille / 1000;
  return Math.ceil(sessionTtlMs[1] * Math.max(1.5, (1.1 * stretched) / slowest));
}
