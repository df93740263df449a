import type { MachineSnapshot } from '../machine/snapshot.ts';
import type { HaltCode, NoticeCode } from '../paxos/effects.ts';
import type { JournalRecord, JournalSummary, Member, Slot } from '../paxos/record.ts';
import type { ServerFrame } from '../wire/frame.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ConnectionId } from './input.ts';
import type { MemberChangeOutcome } from './member-change.ts';
import type { PeerMessage } from './messages.ts';

/** Control messages have a connection of their own and never wait behind bulk. */
export type Lane = 'control' | 'bulk';

/** What the shell must do, in this order. */
export type ReplicaEffect =
  | CheckpointEffect
  | { readonly type: 'send'; readonly to: NodeId; readonly lane: Lane; readonly message: PeerMessage }
  /** Append with fsync, then give `persisted` or `persistFailed`. At most one is under way. */
  | { readonly type: 'persist'; readonly record: JournalRecord }
  /**
   * Read chosen slots back, then give `slotsRead` with what was found, ascending from `fromSlot`, at most `maxBytes`
   * unless it is one slot.
   */
  | {
      readonly type: 'readSlots';
      readonly token: number;
      readonly fromSlot: Slot;
      readonly toSlot: Slot;
      readonly maxBytes: number;
    }
  /** `bytes`: the replica's estimate, to be given back with `clientDrained` once written. */
  | { readonly type: 'reply'; readonly connection: ConnectionId; readonly frame: ServerFrame; readonly bytes: number }
  /** What `readState` asked for, or why it is not to be had. */
  | { readonly type: 'stateRead'; readonly token: number; readonly answer: StateAnswer }
  /** After what was replied has been written. */
  | { readonly type: 'closeClient'; readonly connection: ConnectionId }
  /** Whom this node has to reach from now on, and nobody else. */
  | { readonly type: 'peersChanged'; readonly peers: readonly Member[] }
  | { readonly type: 'membersChangeEnded'; readonly token: number; readonly outcome: MemberChangeOutcome }
  | { readonly type: 'notice'; readonly code: NoticeCode; readonly text: string }
  /** Stop the process at once; nothing after this may leave. */
  | { readonly type: 'halt'; readonly code: HaltCode; readonly reason: string };

export type StateAnswer = { readonly kind: 'state'; readonly snapshot: MachineSnapshot } | StateRefusal;

export interface StateRefusal {
  readonly kind: 'refused';
  /** As for a read of a client; UNAVAILABLE: this node belongs to no cluster yet, or has lost its state. */
  readonly code: 'BUSY' | 'NOT_LEADER' | 'NODE_BEHIND' | 'UNAVAILABLE';
  /** A clause. */
  readonly problem: string;
}

export type CheckpointEffect =
  /** In the background, then give `checkpointWritten`, or `checkpointDamaged` if it cannot be read again. One at a time. */
  | { readonly type: 'writeCheckpoint'; readonly snapshot: MachineSnapshot; readonly chunkBytes: number }
  /** Give up the journal's records through that slot, then give `journalTrimmed`. One at a time. */
  | { readonly type: 'trimJournal'; readonly throughSlot: Slot; readonly summary: JournalSummary }
  /** It holds no state that this node can use, or, without a problem, is sent anew. Nothing is to be answered. */
  | { readonly type: 'dropCheckpoint'; readonly slot: Slot; readonly problem: string | undefined }
  /** For another node; then give `chunkRead`. */
  | { readonly type: 'readChunk'; readonly token: number; readonly slot: Slot; readonly index: number }
  /** Of a checkpoint that another node sends, in order; then give `chunkStored`. Never while one is written. */
  | {
      readonly type: 'storeChunk';
      readonly token: number;
      readonly slot: Slot;
      readonly index: number;
      readonly bytes: Uint8Array;
    }
  /** All its chunks are stored: complete it, then give `checkpointWritten` or `checkpointDamaged`. */
  | { readonly type: 'finishCheckpoint'; readonly token: number; readonly checkpoint: Checkpoint }
  /** What was stored under that token is of no use. */
  | { readonly type: 'abandonCheckpoint'; readonly token: number };
