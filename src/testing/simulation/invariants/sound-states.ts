import type { SimulatedNode } from '../world/node.ts';
import type { World } from '../world.ts';
import { violated } from './violation.ts';

/** By the state machines' own word, which takes long. */
export function verifyStates(world: World, nodes: readonly SimulatedNode[]): void {
  for (const node of nodes) {
    try {
      world.replica(node)?.machine.verify();
    } catch (error) {
      violated('a state is sound', `${node.nodeId}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
