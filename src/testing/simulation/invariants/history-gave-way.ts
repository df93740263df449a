import { firstFeatureLevel } from '../../../wire/feature-level.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { World } from '../world.ts';

/** A quota that most states have outgrown. */
export const scarceBytes = 16_000;

/** Where there is little room, what was deleted or overwritten does not stand in the way of what would be kept. */
export function historyGaveWay(world: World, core: readonly SimulatedNode[]): boolean {
  const leader = core.find((node) => world.replica(node)?.serving === true);
  const governance = leader && world.replica(leader)?.machine.governance;
  // A cluster of which one member has never been heard stays without quotas.
  if (governance?.featureLevel === firstFeatureLevel) return true;
  if (governance?.quotaBytes !== scarceBytes) return false;
  const { total, history } = governance.residentBytes;
  return total <= scarceBytes * (15 / 16) || history <= scarceBytes / 64;
}
