import type { Machine } from '../machine/machine.ts';
import type { Slot } from '../paxos/record.ts';
import type { NodeId, Revision } from '../wire/identifiers.ts';
import type { Consistency, ReadBody } from '../wire/operation.ts';
import { encodeResult, errorResult } from '../wire/result-codec.ts';
import type { Target } from './command-router.ts';
import type { Connections } from './connections.ts';
import type { ReplicaEffect, StateAnswer, StateRefusal } from './effect.ts';
import type { ConnectionId } from './input.ts';
import { replicaLimits } from './limits.ts';
import type { ReadPointAnswer } from './messages.ts';
import type { QuestionIds } from './question-ids.ts';

/** A read that finds no leader, or a node that stays behind, goes back to its client in this time. */
const patienceMs = 500;
/** A question for a read point that got no answer is asked again. */
const askAgainMs = 200;
/** How often all that waits is looked through for what has lost its patience. */
const lookMs = 50;
const behindText = 'this node has not applied what the client has seen, or could see elsewhere';

export type PendingRead = ClientRead | StateRead;

export interface ClientRead {
  readonly connection: ConnectionId;
  readonly requestId: number;
  readonly seenRevision: Revision;
  readonly body: ReadBody;
  readonly arrivedMs: number;
}

/** The whole state is read, for the shell. */
export interface StateRead {
  readonly connection: 'shell';
  readonly requestId: number;
  readonly seenRevision: Revision;
  readonly body: { readonly consistency: Consistency };
  readonly arrivedMs: number;
}

export type TellState = (requestId: number, answer: StateAnswer) => void;

interface Question {
  readonly id: number;
  readonly to: NodeId;
  readonly askedMs: number;
  readonly reads: readonly PendingRead[];
}

/**
 * Reads on any node, from its applied state.
 *
 * A linearizable read needs a read point: a slot at or above everything acknowledged before the read arrived. The leader
 * takes it from itself once it surely leads; a follower asks the leader, one question for all the reads of a turn, and
 * answers when it has applied so far (Ongaro, dissertation 6.4, there for Raft).
 */
export class ReadRouter {
  readonly #machine: Machine;
  readonly #connections: Connections;
  /** Gives reads to the leadership gate; false if this node does not lead. */
  readonly #checkLeadership: (reads: readonly PendingRead[]) => boolean;
  readonly #tellState: TellState;
  #count = 0;
  /** Linearizable, without a question under way. */
  #unasked: PendingRead[] = [];
  #questions: Question[] = [];
  readonly #ids: QuestionIds;
  /** Waiting until a slot is applied. */
  #atSlot: { readonly slot: Slot; readonly reads: readonly PendingRead[] }[] = [];
  /** Stale reads of clients that have seen more than this node. */
  #behind: PendingRead[] = [];
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(
    machine: Machine,
    connections: Connections,
    ids: QuestionIds,
    checkLeadership: (reads: readonly PendingRead[]) => boolean,
    tellState: TellState,
  ) {
    this.#machine = machine;
    this.#connections = connections;
    this.#ids = ids;
    this.#checkLeadership = checkLeadership;
    this.#tellState = tellState;
  }

  get pendingCount(): number {
    return this.#count;
  }

  submit(read: PendingRead): void {
    if (this.#count >= replicaLimits.pendingReads) {
      this.#refuse(read, 'BUSY', 'too many reads are waiting on this node');
      return;
    }
    this.#count += 1;
    if (read.body.consistency === 'linearizable') this.#unasked.push(read);
    else this.#answerOrWait(read);
  }

  /** The leader has surely led after these reads had come, and had chosen slots up to `slot`. */
  onLeadershipConfirmed(reads: readonly PendingRead[], slot: Slot): void {
    this.#whenApplied(slot, reads);
  }

  onReadPointAnswer(from: NodeId, message: ReadPointAnswer): void {
    const question = this.#questions.find(({ id, to }) => id === message.id && to === from);
    if (question === undefined) return;
    this.#questions = this.#questions.filter((other) => other !== question);
    this.#whenApplied(message.slot, question.reads);
  }

  /** Another leader, or none: ask again. */
  retarget(abandoned: readonly PendingRead[]): void {
    const reads = [...abandoned];
    for (const question of this.#questions) reads.push(...question.reads);
    this.#questions = [];
    this.#unasked = [...reads, ...this.#unasked];
  }

  flush(target: Target, nowMs: number, effects: ReplicaEffect[]): void {
    if (this.#unasked.length === 0 || target.kind === 'none') return;
    const reads = this.#unasked;
    if (target.kind === 'self') {
      this.#unasked = [];
      if (!this.#checkLeadership(reads)) this.#unasked = reads;
      return;
    }
    this.#unasked = [];
    const id = this.#ids.next();
    this.#questions.push({ id, to: target.nodeId, askedMs: nowMs, reads });
    effects.push({ type: 'send', to: target.nodeId, lane: 'control', message: { type: 'readPoint', id } });
  }

  onTick(nowMs: number): void {
    if (nowMs - this.#lookedMs < lookMs) return;
    this.#lookedMs = nowMs;
    for (const { askedMs, reads } of this.#questions) {
      if (nowMs - askedMs > askAgainMs) for (const read of reads) this.#unasked.push(read);
    }
    this.#questions = this.#questions.filter(({ askedMs }) => nowMs - askedMs <= askAgainMs);
    this.#unasked = this.#giveUp(this.#unasked, nowMs, 'NOT_LEADER', 'this node reaches no leader');
    this.#behind = this.#giveUp(this.#behind, nowMs, 'NODE_BEHIND', behindText);
    this.#atSlot = this.#atSlot
      .map(({ slot, reads }) => ({ slot, reads: this.#giveUp(reads, nowMs, 'NODE_BEHIND', behindText) }))
      .filter(({ reads }) => reads.length > 0);
  }

  /** After slots have been applied. */
  onApplied(): void {
    if (this.#atSlot.length > 0) {
      const ready = this.#atSlot.filter(({ slot }) => slot <= this.#machine.appliedSlot);
      if (ready.length > 0) {
        this.#atSlot = this.#atSlot.filter(({ slot }) => slot > this.#machine.appliedSlot);
        for (const { reads } of ready) for (const read of reads) this.#answerOrWait(read);
      }
    }
    if (this.#behind.length > 0) {
      const ready = this.#behind.filter(({ seenRevision }) => seenRevision <= this.#machine.revision);
      this.#behind = this.#behind.filter(({ seenRevision }) => seenRevision > this.#machine.revision);
      for (const read of ready) this.#answer(read);
    }
  }

  #whenApplied(slot: Slot, reads: readonly PendingRead[]): void {
    if (slot <= this.#machine.appliedSlot) for (const read of reads) this.#answerOrWait(read);
    else this.#atSlot.push({ slot, reads });
  }

  /**
   * Nobody is led back in time. A leader whose lease holds has everything that a client can have seen; but a lease is as good
   * as the clocks, and this is not.
   */
  #answerOrWait(read: PendingRead): void {
    if (read.seenRevision > this.#machine.revision) this.#behind.push(read);
    else this.#answer(read);
  }

  #answer(read: PendingRead): void {
    this.#count -= 1;
    if (read.connection === 'shell') {
      this.#tellState(read.requestId, { kind: 'state', snapshot: this.#machine.snapshot() });
      return;
    }
    const connection = this.#connections.get(read.connection);
    if (connection === undefined) return;
    if (!connection.takesReads) {
      this.#refuse(read, 'BUSY', 'the client does not read its answers');
      return;
    }
    const body = this.#machine.read(read.body);
    const asked = 'revision' in read.body ? read.body.revision : 0;
    const revision = body.kind === 'error' || asked === 0 ? this.#machine.revision : asked;
    connection.result(encodeResult({ requestId: read.requestId, revision, body }));
  }

  #giveUp(
    reads: readonly PendingRead[],
    nowMs: number,
    code: 'NOT_LEADER' | 'NODE_BEHIND',
    message: string,
  ): PendingRead[] {
    const kept: PendingRead[] = [];
    for (const read of reads) {
      if (nowMs - read.arrivedMs <= patienceMs) {
        kept.push(read);
        continue;
      }
      this.#count -= 1;
      this.#refuse(read, code, message);
    }
    return kept;
  }

  refuseState(token: number, code: StateRefusal['code'], problem: string): void {
    this.#tellState(token, { kind: 'refused', code, problem });
  }

  #refuse(read: PendingRead, code: 'BUSY' | 'NOT_LEADER' | 'NODE_BEHIND', message: string): void {
    if (read.connection === 'shell') {
      this.refuseState(read.requestId, code, message);
      return;
    }
    const result = encodeResult(errorResult(read.requestId, this.#machine.revision, code, message));
    this.#connections.get(read.connection)?.result(result);
  }
}
