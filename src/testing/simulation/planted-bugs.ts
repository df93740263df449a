import type { PlantedBug } from './planted-bug.ts';
import { consensusBugs } from './planted-consensus-bugs.ts';
import { leaseBugs } from './planted-lease-bugs.ts';
import { serviceBugs } from './planted-service-bugs.ts';

/**
 * Bugs that are put into the product from outside, to prove that the simulator would find them: each of them must be found within a
 * bounded number of seeds. A simulator that finds nothing in a broken product says nothing about a good one.
 */
export const plantedBugs: readonly PlantedBug[] = [...consensusBugs, ...leaseBugs, ...serviceBugs];

export function plantedBug(name: string): PlantedBug | undefined {
  return plantedBugs.find((bug) => bug.name === name);
}
