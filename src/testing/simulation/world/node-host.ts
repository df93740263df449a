import type { JournalRecord, Slot } from '../../../paxos/record.ts';
import type { Lane, ReplicaEffect } from '../../../replica/effect.ts';
import type { ConnectionId, ReplicaInput } from '../../../replica/input.ts';
import type { PeerMessage } from '../../../replica/messages.ts';
import type { NodeHaltCode } from '../../../server/halt.ts';
import type { StorageError } from '../../../storage/storage-error.ts';
import type { Instant } from '../../../wire/clock-reader.ts';
import type { ServerFrame } from '../../../wire/frame.ts';
import type { NodeId } from '../../../wire/identifiers.ts';
import type { Coverage } from '../coverage.ts';
import type { Trace } from '../trace.ts';
import type { DiskTiming } from './disk-time.ts';
import type { EventQueue } from './event-queue.ts';
import type { SimulatedNode } from './node.ts';

/** What the simulator drives: the real replica, or a stub. */
export interface SteppedReplica {
  step(input: ReplicaInput, instant: Instant, effects: ReplicaEffect[]): void;
}

export interface NodeIdentity {
  readonly nodeId: NodeId;
  readonly index: number;
  readonly incarnation: string;
  readonly joins?: boolean;
}

/** What a node needs of the world around it. */
export interface NodeHost {
  readonly queue: EventQueue;
  readonly trace: Trace;
  readonly coverage: Coverage;
  createReplica(node: SimulatedNode): SteppedReplica;
  send(from: SimulatedNode, to: NodeId, lane: Lane, message: PeerMessage): void;
  reply(from: SimulatedNode, connection: ConnectionId, frame: ServerFrame, bytes: number): void;
  closeClient(from: SimulatedNode, connection: ConnectionId): void;
  /** A record became durable, by completion or by being found after a crash. */
  onDurable(node: SimulatedNode, record: JournalRecord): void;
  /** A process is about to give up what its journal says of slots up to this one. */
  onTrim(node: SimulatedNode, throughSlot: Slot): void;
  /** A starting process has found its journal in order. */
  onOpened(node: SimulatedNode): void;
  /** It has not, and is gone. */
  onNotOpened(node: SimulatedNode, error: StorageError): void;
  /** A process is about to stop by itself, for what happened to its disk. */
  onHalt(node: SimulatedNode, code: NodeHaltCode): void;
  /** The node is about to look at this input. */
  onStep(node: SimulatedNode, input: ReplicaInput): void;
  onTurnEnd(node: SimulatedNode): void;
  onUp(node: SimulatedNode): void;
  onDown(node: SimulatedNode): void;
}

export interface NodeTiming extends DiskTiming {
  readonly turnUs: number;
}

/** Halts that a disk, or an operator, can bring about; any other is a bug wherever it happens. */
export const diskHalts: readonly NodeHaltCode[] = [
  'PERSIST_FAILED',
  'READ_FAILED',
  'CHECKPOINT_FAILED',
  'ROLLED_BACK',
  'REMOVED',
];
