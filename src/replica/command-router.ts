import type { AppliedOperation } from '../machine/applied.ts';
import type { Machine } from '../machine/machine.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { CommandId, Operation } from '../wire/operation.ts';
import { encodeResult, errorResult } from '../wire/result-codec.ts';
import type { Connections } from './connections.ts';
import type { ReplicaEffect } from './effect.ts';
import type { ConnectionId } from './input.ts';
import { replicaLimits } from './limits.ts';
import type { Forward, ForwardRefused } from './messages.ts';
import { type PendingCommand, PendingCommands } from './pending-commands.ts';
import type { PendingSession } from './pending-session.ts';
import type { ProposalQueue } from './proposal-queue.ts';
import type { QuestionIds } from './question-ids.ts';

const forwardBytes = 512 * 1024;
/** A command that no leader has taken in this time goes back to its client, which may know a better node. */
const noLeaderMs = 500;
/** A forward that shows no effect in this time is sent again; applied twice, it has one effect. */
const resendMs = 2_000;
/**
 * A command that came in something longer than so many of it is copied: a slice would keep all of that in memory, which nobody counts.
 * Those that fill their frame are left in it.
 */
const sharedCommands = 32;
/** How often all that is pending is looked through for what has waited too long. */
const lookMs = 100;

const refusals = {
  BUSY: 'too many commands are waiting on this node',
  NOT_LEADER: 'this node knows no leader',
  UNAVAILABLE: 'an attempt was refused, but another is under way and may still take effect',
} as const;

/** Where commands go now. */
export type Target =
  | { readonly kind: 'self' }
  | { readonly kind: 'peer'; readonly nodeId: NodeId }
  | { readonly kind: 'none' };

/**
 * The commands of this node's clients, from arrival to answer.
 *
 * The node that a client chose answers for its command: it brings it to the leader, brings it again after a change of
 * leader or a lost message, and replies when it applies the slot that holds it. Repetitions are harmless, since the state
 * machine takes each (session, sequence) once. But a refusal tells the client that the command has had no effect and will have
 * none: it is passed on only while no attempt is open.
 */
export class CommandRouter {
  readonly #machine: Machine;
  readonly #connections: Connections;
  readonly #queue: ProposalQueue;
  readonly #ids: QuestionIds;
  readonly #pending = new PendingCommands();
  /** Just arrived, never sent. */
  #fresh: PendingCommand[] = [];
  /** Some that were sent are to be sent again: look at all. */
  #resend = false;
  /** Forwards of which nothing was queued. */
  readonly #refused = new Set<number>();
  /** In these, a command came before one that precedes it. */
  readonly #disordered = new Set<PendingSession>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(machine: Machine, connections: Connections, queue: ProposalQueue, ids: QuestionIds) {
    this.#machine = machine;
    this.#connections = connections;
    this.#queue = queue;
    this.#ids = ids;
  }

  get pendingCount(): number {
    return this.#pending.count;
  }

  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  /** A validated command from a client. If it was taken before, answers at once and returns that result. */
  submit(connection: ConnectionId, operation: Operation, bytes: Uint8Array, nowMs: number): Uint8Array | undefined {
    const { command, requestId } = operation;
    if (command !== undefined) {
      const remembered = this.#machine.rememberedResult(command);
      if (remembered !== undefined) {
        this.#connections.get(connection)?.result(remembered);
        return remembered;
      }
    }
    const before = this.#pending.find(operation);
    if (before !== undefined) {
      // The same command on a newer stream goes to the end, so that the order of arrival stays the order of sending.
      this.#pending.remove(operation, before);
    } else if (!this.#hasRoomFor(bytes)) {
      this.#refuse(connection, requestId, 'BUSY');
      return undefined;
    }
    const pending: PendingCommand = {
      connection,
      requestId,
      bytes: bytes.buffer.byteLength > sharedCommands * bytes.byteLength ? bytes.slice() : bytes,
      acknowledged: command?.acknowledged ?? 0,
      arrivedMs: nowMs,
      forwardId: 0,
      sentMs: nowMs,
      attempted: before?.attempted ?? false,
      openAttempts: before?.openAttempts ?? 0,
    };
    this.#pending.add(operation, pending);
    this.#fresh.push(pending);
    return undefined;
  }

  /** Another leader, or a new link to it: whatever is unanswered goes there, in order. */
  retarget(): void {
    for (const pending of this.#pending.all()) pending.forwardId = 0;
    this.#resend = true;
  }

  /** Sends what is to be sent. */
  flush(target: Target, nowMs: number, effects: ReplicaEffect[]): void {
    if (this.#fresh.length === 0 && !this.#resend) return;
    const fresh = this.#fresh;
    this.#fresh = [];
    if (target.kind === 'none') {
      this.#resend = true;
      return;
    }
    const candidates = this.#resend ? this.#pending.all() : fresh;
    this.#resend = false;
    let operations: Uint8Array[] = [];
    let bytes = 0;
    let id = this.#ids.next();
    for (const pending of candidates) {
      if (pending.forwardId !== 0) continue;
      if (bytes + pending.bytes.byteLength > forwardBytes && operations.length > 0) {
        this.#deliver(target, id, operations, effects);
        id = this.#ids.next();
        operations = [];
        bytes = 0;
      }
      operations.push(pending.bytes);
      bytes += pending.bytes.byteLength;
      pending.forwardId = id;
      pending.sentMs = nowMs;
      pending.attempted = true;
      pending.openAttempts += 1;
    }
    if (operations.length > 0) this.#deliver(target, id, operations, effects);
  }

  /** Not at once: the next tick tries again, or the next leader gets it. */
  onForwardRefused(message: ForwardRefused): void {
    this.#refused.add(message.id);
  }

  onTick(nowMs: number, target: Target): void {
    this.#takeBackRefused();
    this.#takeBackDisordered();
    if (nowMs - this.#lookedMs < lookMs) return;
    this.#lookedMs = nowMs;
    if (target.kind === 'peer') this.#takeBackLost(nowMs);
    else if (target.kind === 'none') this.#giveUpUnsent(nowMs);
  }

  /** One operation of an applied slot; answers it if a client of this node waits for it. */
  onApplied(applied: AppliedOperation): ConnectionId | undefined {
    const { operation, result } = applied;
    if (result === undefined) return undefined;
    const pending = this.#pending.find(operation);
    if (pending === undefined) return undefined;
    const { command } = operation;
    if (applied.postponed === 'OUT_OF_ORDER' && command !== undefined && !this.#isRefused(command, pending)) {
      return undefined;
    }
    const isBusy = applied.postponed === 'BUSY';
    // An earlier attempt, perhaps by another node: the one from here acknowledges more, and may still take effect.
    if (isBusy && command !== undefined && command.acknowledged < pending.acknowledged) return undefined;
    this.#pending.remove(operation, pending);
    // A client that is told BUSY concludes that nothing has happened and nothing will.
    if (isBusy && pending.openAttempts > 1) this.#refuse(pending.connection, pending.requestId, 'UNAVAILABLE');
    else this.#connections.get(pending.connection)?.result(result);
    return pending.connection;
  }

  /** The client may ask another node; this one is not responsible any more. */
  onClientClosed(connection: ConnectionId): void {
    this.#pending.drop((pending) => pending.connection === connection);
  }

  #hasRoomFor(bytes: Uint8Array): boolean {
    const { pendingCommands, pendingCommandBytes } = replicaLimits;
    return this.#pending.count < pendingCommands && this.#pending.bytes + bytes.byteLength <= pendingCommandBytes;
  }

  /** An attempt came too early. False if another may still take effect, or this node holds what has to come first. */
  #isRefused(command: CommandId, pending: PendingCommand): boolean {
    const session = this.#pending.session(command);
    // An attempt by another node: the one from here is yet to be made.
    if (session === undefined || pending.openAttempts === 0) return false;
    pending.openAttempts -= 1;
    if (pending.openAttempts === 0 && command.sequence <= session.lowestSequence) return true;
    this.#disordered.add(session);
    return false;
  }

  #takeBackRefused(): void {
    if (this.#refused.size === 0) return;
    for (const pending of this.#pending.all()) {
      // It stays an attempt: of a message that came twice, one copy may have been queued.
      if (this.#refused.has(pending.forwardId)) pending.forwardId = 0;
    }
    this.#refused.clear();
    this.#resend = true;
  }

  #takeBackDisordered(): void {
    for (const session of this.#disordered) {
      const state = this.#machine.session(session.sessionId);
      const isAlive = state?.generation === session.generation;
      // As long as none of them is the next, all would be refused again.
      if (isAlive && session.size > 0 && session.lowestSequence > state.lastSequence + 1) continue;
      this.#disordered.delete(session);
      for (const pending of session.commands()) pending.forwardId = 0;
      this.#resend = true;
    }
  }

  #takeBackLost(nowMs: number): void {
    for (const pending of this.#pending.all()) {
      if (nowMs - pending.sentMs <= resendMs) continue;
      pending.forwardId = 0;
      this.#resend = true;
    }
  }

  #giveUpUnsent(nowMs: number): void {
    const hopeless = this.#pending.drop(({ attempted, arrivedMs }) => !attempted && nowMs - arrivedMs > noLeaderMs);
    for (const { connection, requestId } of hopeless) this.#refuse(connection, requestId, 'NOT_LEADER');
  }

  #deliver(target: Target, id: number, operations: readonly Uint8Array[], effects: ReplicaEffect[]): void {
    if (target.kind === 'peer') {
      const message: Forward = { type: 'forward', id, operations };
      effects.push({ type: 'send', to: target.nodeId, lane: 'bulk', message });
    } else if (!this.#queue.offer(operations)) {
      this.#refused.add(id);
    }
  }

  #refuse(connection: ConnectionId, requestId: number, code: keyof typeof refusals): void {
    const result = encodeResult(errorResult(requestId, this.#machine.revision, code, refusals[code]));
    this.#connections.get(connection)?.result(result);
  }
}
