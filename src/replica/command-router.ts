import type { AppliedOperation } from '../machine/applied.ts';
import type { Machine } from '../machine/machine.ts';
import type { NodeId, Sequence, SessionId } from '../wire/identifiers.ts';
import type { CommandId, Operation } from '../wire/operation.ts';
import { encodeResult, errorResult } from '../wire/result-codec.ts';
import type { Connections } from './connections.ts';
import type { ReplicaEffect } from './effect.ts';
import type { ConnectionId } from './input.ts';
import type { Forward, ForwardRefused } from './messages.ts';
import type { ProposalQueue } from './proposal-queue.ts';

/** Commands of clients that wait for their slot, all together; past it, BUSY. */
const pendingLimitBytes = 64 * 1024 * 1024;
const forwardBytes = 512 * 1024;
/** A command that no leader has taken in this time goes back to its client, which may know a better node. */
const noLeaderMs = 500;
/** A forward that shows no effect in this time is sent again; applied twice, it has one effect. */
const resendMs = 2_000;
/** In place of a forward's id: nothing more is to be sent. */
const answered = -1;

interface PendingCommand {
  readonly connection: ConnectionId;
  readonly requestId: number;
  readonly bytes: Uint8Array;
  readonly arrivedMs: number;
  /** The forward that carried it last; 0 if it is to be sent (again). */
  forwardId: number;
  sentMs: number;
  /** Some attempt may have reached a log: a refusal is then no answer for the client. */
  attempted: boolean;
}

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
 * machine takes each (session, sequence) once.
 */
export class CommandRouter {
  readonly #machine: Machine;
  readonly #connections: Connections;
  readonly #queue: ProposalQueue;
  readonly #bySession = new Map<SessionId, Map<Sequence, PendingCommand>>();
  readonly #openings = new Map<bigint, PendingCommand>();
  #pendingBytes = 0;
  #lastForwardId = 0;
  /** Just arrived, never sent. */
  #fresh: PendingCommand[] = [];
  /** Some that were sent are to be sent again: look at all. */
  #resend = false;
  /** Sessions in which a command overtook an earlier one of this node. */
  readonly #disordered = new Set<SessionId>();

  constructor(machine: Machine, connections: Connections, queue: ProposalQueue) {
    this.#machine = machine;
    this.#connections = connections;
    this.#queue = queue;
  }

  get pendingCount(): number {
    let count = this.#openings.size;
    for (const commands of this.#bySession.values()) count += commands.size;
    return count;
  }

  /** A validated command from a client. If it was taken before, answers at once and returns that result. */
  submit(connection: ConnectionId, operation: Operation, bytes: Uint8Array, nowMs: number): Uint8Array | undefined {
    const { command } = operation;
    if (command !== undefined) {
      const remembered = this.#machine.rememberedResult(command);
      if (remembered !== undefined) {
        this.#connections.get(connection)?.result(remembered);
        return remembered;
      }
    }
    if (this.#pendingBytes + bytes.byteLength > pendingLimitBytes) {
      this.#refuse(connection, operation.requestId, 'BUSY');
      return undefined;
    }
    const pending: PendingCommand = {
      connection,
      requestId: operation.requestId,
      bytes,
      arrivedMs: nowMs,
      forwardId: 0,
      sentMs: nowMs,
      attempted: false,
    };
    this.#remember(operation, pending);
    this.#fresh.push(pending);
    return undefined;
  }

  /** Another leader: whatever is unanswered goes to it, in order. */
  retarget(): void {
    for (const pending of this.#all()) pending.forwardId = 0;
    this.#resend = true;
  }

  /** Sends what is to be sent. */
  flush(target: Target, nowMs: number, effects: ReplicaEffect[]): void {
    if (target.kind === 'none' || (this.#fresh.length === 0 && !this.#resend)) return;
    const candidates = this.#resend ? this.#all() : this.#fresh;
    this.#fresh = [];
    this.#resend = false;
    let operations: Uint8Array[] = [];
    let bytes = 0;
    this.#lastForwardId += 1;
    for (const pending of candidates) {
      if (pending.forwardId !== 0) continue;
      if (bytes + pending.bytes.byteLength > forwardBytes && operations.length > 0) {
        this.#deliver(target, operations, effects);
        this.#lastForwardId += 1;
        operations = [];
        bytes = 0;
      }
      operations.push(pending.bytes);
      bytes += pending.bytes.byteLength;
      pending.forwardId = this.#lastForwardId;
      pending.sentMs = nowMs;
      pending.attempted = true;
    }
    if (operations.length > 0) this.#deliver(target, operations, effects);
  }

  onForwardRefused(message: ForwardRefused): void {
    for (const pending of this.#all()) {
      if (pending.forwardId === message.id) pending.forwardId = 0;
    }
    // Not at once: the next tick tries again, or the next leader gets it.
  }

  onTick(nowMs: number, target: Target): void {
    for (const sessionId of this.#disordered) {
      for (const pending of this.#bySession.get(sessionId)?.values() ?? []) pending.forwardId = 0;
    }
    this.#disordered.clear();
    for (const pending of this.#all()) {
      if (target.kind === 'peer' && pending.forwardId !== 0 && nowMs - pending.sentMs > resendMs) pending.forwardId = 0;
      if (pending.forwardId === 0) this.#resend = true;
    }
    if (target.kind !== 'none') return;
    const hopeless = this.#drop((pending) => !pending.attempted && nowMs - pending.arrivedMs > noLeaderMs);
    for (const pending of hopeless) this.#refuse(pending.connection, pending.requestId, 'NOT_LEADER');
  }

  /** One operation of an applied slot; answers it if a client of this node waits for it. */
  onApplied(applied: AppliedOperation): ConnectionId | undefined {
    const { operation, result } = applied;
    if (result === undefined) return undefined;
    const pending = this.#find(operation);
    if (pending === undefined) return undefined;
    if (applied.outOfOrder && operation.command !== undefined && this.#hasEarlier(operation.command)) {
      this.#disordered.add(operation.command.sessionId);
      return undefined;
    }
    this.#remove(operation, pending);
    this.#connections.get(pending.connection)?.result(result);
    return pending.connection;
  }

  /** The client may ask another node; this one is not responsible any more. */
  onClientClosed(connection: ConnectionId): void {
    this.#drop((pending) => pending.connection === connection);
  }

  #deliver(target: Target, operations: readonly Uint8Array[], effects: ReplicaEffect[]): void {
    if (target.kind === 'peer') {
      const message: Forward = { type: 'forward', id: this.#lastForwardId, operations };
      effects.push({ type: 'send', to: target.nodeId, lane: 'bulk', message });
    } else if (!this.#queue.offer(operations)) {
      this.onForwardRefused({ type: 'forwardRefused', id: this.#lastForwardId, code: 'BUSY' });
    }
  }

  #refuse(connection: ConnectionId, requestId: number, code: 'BUSY' | 'NOT_LEADER'): void {
    const message = code === 'BUSY' ? 'too many commands are waiting on this node' : 'this node knows no leader';
    const result = encodeResult(errorResult(requestId, this.#machine.revision, code, message));
    this.#connections.get(connection)?.result(result);
  }

  #remember(operation: Operation, pending: PendingCommand): void {
    const { command, body } = operation;
    this.#pendingBytes += pending.bytes.byteLength;
    if (command === undefined) {
      if (body.kind === 'openSession') this.#openings.set(body.nonce, pending);
      return;
    }
    let commands = this.#bySession.get(command.sessionId);
    if (commands === undefined) {
      commands = new Map();
      this.#bySession.set(command.sessionId, commands);
    }
    const before = commands.get(command.sequence);
    if (before !== undefined) {
      // The same command on a newer stream: it moves to the end, so that the order of arrival stays the order of sending.
      this.#pendingBytes -= before.bytes.byteLength;
      before.forwardId = answered;
      commands.delete(command.sequence);
    }
    commands.set(command.sequence, pending);
  }

  #find({ command, body }: Operation): PendingCommand | undefined {
    if (command !== undefined) return this.#bySession.get(command.sessionId)?.get(command.sequence);
    return body.kind === 'openSession' ? this.#openings.get(body.nonce) : undefined;
  }

  #remove({ command, body }: Operation, pending: PendingCommand): void {
    this.#pendingBytes -= pending.bytes.byteLength;
    pending.forwardId = answered;
    if (command === undefined) {
      if (body.kind === 'openSession') this.#openings.delete(body.nonce);
      return;
    }
    const commands = this.#bySession.get(command.sessionId);
    commands?.delete(command.sequence);
    if (commands?.size === 0) this.#bySession.delete(command.sessionId);
  }

  #drop(unwanted: (pending: PendingCommand) => boolean): readonly PendingCommand[] {
    const dropped: PendingCommand[] = [];
    const discard = <Key>(commands: Map<Key, PendingCommand>): void => {
      for (const [key, pending] of commands) {
        if (!unwanted(pending)) continue;
        commands.delete(key);
        pending.forwardId = answered;
        this.#pendingBytes -= pending.bytes.byteLength;
        dropped.push(pending);
      }
    };
    discard(this.#openings);
    for (const [sessionId, commands] of this.#bySession) {
      discard(commands);
      if (commands.size === 0) this.#bySession.delete(sessionId);
    }
    return dropped;
  }

  #hasEarlier(command: CommandId): boolean {
    for (const sequence of this.#bySession.get(command.sessionId)?.keys() ?? []) {
      if (sequence < command.sequence) return true;
    }
    return false;
  }

  /** In the order of sending: within a session that is the order of arrival. */
  *#all(): IterableIterator<PendingCommand> {
    yield* this.#openings.values();
    for (const commands of this.#bySession.values()) yield* commands.values();
  }
}
