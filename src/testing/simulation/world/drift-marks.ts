import type { SimulationConfig } from '../config.ts';
import type { Coverage } from '../coverage.ts';
import type { SimulatedNode } from './node.ts';

/** Within this much of the bound a clock counts as being at it, ‰. */
const tolerancePermille = 0.001;

/** How near the clocks of a world come to what they are allowed. */
export function markDrift(
  { realDriftPermille, clockDriftPermille }: SimulationConfig,
  nodes: readonly SimulatedNode[],
  coverage: Coverage,
): void {
  if (realDriftPermille === 0 || realDriftPermille !== clockDriftPermille) return;
  coverage.hit('clock drift at the bound');
  const lowest = Math.min(...nodes.map(({ clock }) => clock.rate));
  const highest = Math.max(...nodes.map(({ clock }) => clock.rate));
  const spreadPermille = (highest - lowest) * 1000;
  if (spreadPermille > 2 * (realDriftPermille - tolerancePermille)) coverage.hit('clocks at opposite bounds');
}
