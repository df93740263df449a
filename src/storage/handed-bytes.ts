/** Whose bytes of keys and values were handed to LevelDB since the node began; what it writes itself is more. */
export class HandedBytes {
  journal = 0;
  checkpoints = 0;
}
