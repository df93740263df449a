import type { Checksum } from './hash.ts';

export interface MachineOptions {
  /** CRC-32, as `zlib.crc32`. The same on all nodes. */
  readonly checksum: Checksum;
  /** The highest feature level that this node carries out; default: that of this version. */
  readonly supportedLevel?: number;
}
