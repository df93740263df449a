import type { Slot } from '../../../paxos/record.ts';
import type { SimulatedNode } from '../world/node.ts';
import { violated } from './violation.ts';

/** With what is left of a journal either of two checkpoints can do without the other. */
const standing = 2;

/** A journal gives up only what two checkpoints on its disk, read again since they were written, stand for. */
export function checkTrim(node: SimulatedNode, throughSlot: Slot): void {
  const { checkpointImage, checkpointsDamaged } = node.disk;
  const { checkpoints } = checkpointImage;
  const complete = [...checkpoints].filter(([slot, { manifest }]) => slot >= throughSlot && manifest !== undefined);
  if (complete.length >= standing || checkpointsDamaged) return;
  violated(
    'a journal is trimmed below two checkpoints',
    `${node.nodeId} trims through slot ${throughSlot}, and has ${complete.map(([slot]) => slot).join(', ') || 'none'}`,
  );
}
