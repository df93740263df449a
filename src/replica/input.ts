import type { AcceptedSlot, Incarnation, JournalRecord, Slot } from '../paxos/record.ts';
import type { ClientFrame } from '../wire/frame.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Consistency } from '../wire/operation.ts';
import type { Settings } from '../wire/settings.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { MemberChange } from './member-change.ts';
import type { PeerMessage } from './messages.ts';

/** A client's stream, named by the shell; never reused within a boot. */
export type ConnectionId = number;

export type ReplicaInput =
  | CheckpointInput
  /** Durable records, oldest first, all before `boot`. */
  | { readonly type: 'restore'; readonly record: JournalRecord }
  | { readonly type: 'boot' }
  /** At least every 25 ms. */
  | { readonly type: 'tick' }
  | {
      readonly type: 'peerMessage';
      readonly from: NodeId;
      readonly incarnation: Incarnation;
      readonly message: PeerMessage;
    }
  | { readonly type: 'peerConnected'; readonly peer: NodeId }
  /** `refused`: reconnecting was refused at once, so the process is surely gone. */
  | { readonly type: 'peerDisconnected'; readonly peer: NodeId; readonly refused: boolean }
  | { readonly type: 'persisted'; readonly sequence: number }
  | { readonly type: 'persistFailed'; readonly sequence: number; readonly code: string }
  | { readonly type: 'slotsRead'; readonly token: number; readonly slots: readonly AcceptedSlot[] }
  | { readonly type: 'clientOpened'; readonly connection: ConnectionId }
  | { readonly type: 'clientFrame'; readonly connection: ConnectionId; readonly frame: ClientFrame }
  /** So many bytes of what was replied have left for the socket. */
  | { readonly type: 'clientDrained'; readonly connection: ConnectionId; readonly bytes: number }
  | { readonly type: 'clientClosed'; readonly connection: ConnectionId }
  /** Hand leadership over, to the given member or to the one that has accepted most. */
  | { readonly type: 'transferLeadership'; readonly to: NodeId | undefined }
  /** The whole state, to be given with `stateRead`. `linearizable`: with everything that was acknowledged anywhere before. */
  | { readonly type: 'readState'; readonly token: number; readonly consistency: Consistency }
  /**
   * To be proposed by a serving leader whose cluster has come to the level of settings; of others without effect. `version` is that of
   * the settings which they were made from.
   */
  | { readonly type: 'changeSettings'; readonly settings: Settings }
  /** An operator wants other members; then `membersChangeEnded` is given, in seconds at most. */
  | { readonly type: 'changeMembers'; readonly token: number; readonly change: MemberChange }
  /** All input that was there has been given: propose, cut the journal record, send. */
  | { readonly type: 'endOfTurn' };

export type CheckpointInput =
  /** The newest checkpoint on the disk that can be read, chunk by chunk: before all else. A chunk of another one begins anew. */
  | { readonly type: 'restoreChunk'; readonly slot: Slot; readonly bytes: Uint8Array }
  /**
   * That was all of it; `older`: what else is kept. It becomes the state of the replica, which else asks for it to be dropped: then the
   * older one, if there is one, is to be restored in its place.
   */
  | { readonly type: 'restoreCheckpoint'; readonly checkpoint: Checkpoint; readonly older: Checkpoint | undefined }
  /** What `writeCheckpoint` or `finishCheckpoint` asked for is complete on the disk, and was read again and verified. */
  | { readonly type: 'checkpointWritten'; readonly checkpoint: Checkpoint }
  /** That one cannot be read any more, and is gone from the disk. */
  | { readonly type: 'checkpointDamaged'; readonly slot: Slot }
  | { readonly type: 'journalTrimmed'; readonly throughSlot: Slot }
  /** What `readChunk` asked for; undefined: it cannot be read. */
  | { readonly type: 'chunkRead'; readonly token: number; readonly bytes: Uint8Array | undefined }
  /** What `storeChunk` asked for is written, if not yet durable. */
  | { readonly type: 'chunkStored'; readonly token: number; readonly index: number };
