import type { HaltCode } from '../paxos/effects.ts';

/**
 * READ_FAILED: a chosen value could not be read back from the journal. CHECKPOINT_FAILED: a checkpoint could not be written, or the journal
 * not be trimmed by it.
 */
export type NodeHaltCode = HaltCode | 'READ_FAILED' | 'CHECKPOINT_FAILED';

/** Why a running node stopped by itself. */
export interface NodeHalt {
  readonly code: NodeHaltCode;
  readonly reason: string;
}
