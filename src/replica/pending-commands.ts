import type { SessionId } from '../wire/identifiers.ts';
import type { CommandId, Operation } from '../wire/operation.ts';
import { isSessionStart } from '../wire/operation-kind.ts';
import type { ConnectionId } from './input.ts';
import { PendingSession } from './pending-session.ts';

export interface PendingCommand {
  readonly connection: ConnectionId;
  readonly requestId: number;
  readonly bytes: Uint8Array;
  /** Results that its client had seen when it sent these bytes. */
  readonly acknowledged: number;
  readonly arrivedMs: number;
  /** The forward that carried it last; 0 if it is to be sent (again). */
  forwardId: number;
  sentMs: number;
  /** It was sent at least once: a copy may be anywhere. */
  attempted: boolean;
  /** Attempts that were sent and have not met their slot: one may still take effect. */
  openAttempts: number;
}

type SessionKey = SessionId | `${SessionId}/${number}`;

/** In place of a forward's id: nothing more is to be sent. */
const over = -1;

/** The commands that wait for their slot: of sessions by number, those that open or resume a session by their nonce. */
export class PendingCommands {
  readonly #sessions = new Map<SessionKey, PendingSession>();
  readonly #starts = new Map<bigint, PendingCommand>();
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add({ command, body }: Operation, pending: PendingCommand): void {
    if (command !== undefined) {
      const key = keyOf(command);
      let session = this.#sessions.get(key);
      if (session === undefined) {
        const { sessionId, generation } = command;
        session = new PendingSession(sessionId, generation);
        this.#sessions.set(key, session);
      }
      session.add(command.sequence, pending);
    } else if (isSessionStart(body)) {
      this.#starts.set(body.nonce, pending);
    }
    this.#count += 1;
    this.#bytes += pending.bytes.byteLength;
  }

  find({ command, body }: Operation): PendingCommand | undefined {
    if (command !== undefined) return this.session(command)?.find(command.sequence);
    return isSessionStart(body) ? this.#starts.get(body.nonce) : undefined;
  }

  session(command: CommandId): PendingSession | undefined {
    return this.#sessions.get(keyOf(command));
  }

  remove({ command, body }: Operation, pending: PendingCommand): void {
    this.#forget(pending);
    if (command === undefined) {
      if (isSessionStart(body)) this.#starts.delete(body.nonce);
      return;
    }
    const key = keyOf(command);
    const session = this.#sessions.get(key);
    session?.remove(command.sequence);
    if (session?.size === 0) this.#sessions.delete(key);
  }

  /** Removes all that are unwanted, and returns them. */
  drop(unwanted: (pending: PendingCommand) => boolean): readonly PendingCommand[] {
    const dropped: PendingCommand[] = [];
    for (const [nonce, pending] of this.#starts) {
      if (!unwanted(pending)) continue;
      this.#starts.delete(nonce);
      dropped.push(pending);
    }
    for (const [key, session] of this.#sessions) {
      for (const [sequence, pending] of session.entries()) {
        if (!unwanted(pending)) continue;
        session.remove(sequence);
        dropped.push(pending);
      }
      if (session.size === 0) this.#sessions.delete(key);
    }
    for (const pending of dropped) this.#forget(pending);
    return dropped;
  }

  /** In the order of sending: within a session that is the order of arrival. */
  *all(): IterableIterator<PendingCommand> {
    yield* this.#starts.values();
    for (const session of this.#sessions.values()) yield* session.commands();
  }

  #forget(pending: PendingCommand): void {
    this.#count -= 1;
    this.#bytes -= pending.bytes.byteLength;
    pending.forwardId = over;
  }
}

function keyOf({ sessionId, generation }: CommandId): SessionKey {
  return generation === 1 ? sessionId : `${sessionId}/${generation}`;
}
