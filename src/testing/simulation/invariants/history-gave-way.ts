import type { World } from '../world.ts';

/** A quota that most states have outgrown. */
export const scarceBytes = 16_000;

/** Where there is little room, what was deleted or overwritten does not stand in the way of what would be kept. */
export function historyGaveWay(world: World): boolean {
  const leader = world.leader();
  const governance = leader && world.replica(leader)?.machine.governance;
  if (governance?.quotaBytes !== scarceBytes) return false;
  const { total, history } = governance.residentBytes;
  return total <= scarceBytes * (15 / 16) || history <= scarceBytes / 64;
}
