import type { Sequence, SessionId } from '../wire/identifiers.ts';
import type { CommandId, Operation } from '../wire/operation.ts';
import { isSessionStart } from '../wire/operation-kind.ts';
import type { ConnectionId } from './input.ts';

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

/** Commands of one session, in the order in which they arrived. Each generation counts its commands by itself. */
export interface PendingSession {
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly commands: Map<Sequence, PendingCommand>;
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
        session = { sessionId, generation, commands: new Map() };
        this.#sessions.set(key, session);
      }
      session.commands.set(command.sequence, pending);
    } else if (isSessionStart(body)) {
      this.#starts.set(body.nonce, pending);
    }
    this.#count += 1;
    this.#bytes += pending.bytes.byteLength;
  }

  find({ command, body }: Operation): PendingCommand | undefined {
    if (command !== undefined) return this.session(command)?.commands.get(command.sequence);
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
    session?.commands.delete(command.sequence);
    if (session?.commands.size === 0) this.#sessions.delete(key);
  }

  /** Removes all that are unwanted, and returns them. */
  drop(unwanted: (pending: PendingCommand) => boolean): readonly PendingCommand[] {
    const dropped: PendingCommand[] = [];
    const discard = <Key>(commands: Map<Key, PendingCommand>): void => {
      for (const [key, pending] of commands) {
        if (!unwanted(pending)) continue;
        commands.delete(key);
        this.#forget(pending);
        dropped.push(pending);
      }
    };
    discard(this.#starts);
    for (const [key, { commands }] of this.#sessions) {
      discard(commands);
      if (commands.size === 0) this.#sessions.delete(key);
    }
    return dropped;
  }

  /** In the order of sending: within a session that is the order of arrival. */
  *all(): IterableIterator<PendingCommand> {
    yield* this.#starts.values();
    for (const { commands } of this.#sessions.values()) yield* commands.values();
  }

  #forget(pending: PendingCommand): void {
    this.#count -= 1;
    this.#bytes -= pending.bytes.byteLength;
    pending.forwardId = over;
  }
}

export function lowestSequence({ commands }: PendingSession): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const sequence of commands.keys()) if (sequence < lowest) lowest = sequence;
  return lowest;
}

function keyOf({ sessionId, generation }: CommandId): SessionKey {
  return generation === 1 ? sessionId : `${sessionId}/${generation}`;
}
