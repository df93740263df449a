import type { NodeId } from '../wire/identifiers.ts';
import type { PaxosMessage } from './messages.ts';
import type { JournalRecord, Member, Slot } from './record.ts';

/** What the protocol wants done, in this order. */
export type PaxosEffect =
  | { readonly type: 'send'; readonly to: NodeId; readonly message: PaxosMessage }
  /** Append with fsync, then call `onPersisted(record.sequence)`. At most one is under way. */
  | { readonly type: 'persist'; readonly record: JournalRecord }
  /**
   * Read chosen slots back from the journal, then call `onSlotsRead`, also if nothing was found. Of several values of a slot
   * the one journaled as chosen counts, else the one of the highest ballot.
   */
  | {
      readonly type: 'readSlots';
      readonly token: number;
      readonly fromSlot: Slot;
      readonly toSlot: Slot;
      readonly maxBytes: number;
    }
  /** Whom this node has to reach from now on: all other members, and those that leave as long as they are listened to. */
  | { readonly type: 'peersChanged'; readonly peers: readonly Member[] }
  /** One line for the operator; `code` is stable. */
  | { readonly type: 'notice'; readonly code: NoticeCode; readonly text: string }
  | { readonly type: 'halt'; readonly code: HaltCode; readonly reason: string };

export type NoticeCode =
  | 'formed'
  | 'became-candidate'
  | 'became-leader'
  | 'stepped-down'
  | 'following'
  | 'peer-refused'
  | 'waits-to-join'
  | 'members-changed'
  | 'suspended'
  | 'state-diverged'
  | 'transfer';

export type HaltCode =
  | 'WRONG_CLUSTER'
  | 'STRANGE_INCARNATION'
  | 'NOT_A_MEMBER'
  | 'REMOVED'
  | 'DIFFERENT_INITIAL'
  | 'DIFFERENT_ORIGIN'
  | 'ROLLED_BACK'
  | 'PERSIST_FAILED'
  | 'STATE_DIVERGED'
  | 'UNDECODABLE_COMMAND'
  | 'UNDECODABLE_STATE'
  | 'ASSERTION_FAILED';
