import type { KeepAliveAnswer } from '../../wire/frame.ts';
import { Command } from './command.ts';
import type { CoreContext } from './context.ts';
import type { Failure, SessionState } from './effect.ts';
import { failure, failureOf } from './failure.ts';
import type { Locks } from './locks.ts';
import { Session } from './session.ts';

export interface SessionView {
  /** Counts the sessions of this client from 1. */
  readonly serial: number;
  /** Empty until it is open. */
  readonly id: string;
  readonly state: SessionState;
  readonly remainingMs: number;
}

/** The sessions of a client, one after the other: opened when first needed, never carried over into the next. */
export class Sessions {
  readonly #context: CoreContext;
  readonly #locks: Locks;
  #current: Session | undefined;
  /** The newest one that is over. */
  #ended: Session | undefined;

  constructor(context: CoreContext, locks: Locks) {
    this.#context = context;
    this.#locks = locks;
  }

  get current(): Session | undefined {
    return this.#current;
  }

  get isOpen(): boolean {
    return this.#current?.ref !== undefined;
  }

  /** The newest, or the one that will be opened first. */
  view(): SessionView {
    const session = this.#current ?? this.#ended;
    if (session === undefined) return { serial: 1, id: '', state: 'active', remainingMs: 0 };
    const { serial, ref, state, remainingMs } = session;
    return { serial, id: ref === undefined ? '' : String(ref.sessionId), state, remainingMs };
  }

  forCommands(): Session {
    this.#current ??= new Session(this.#context, (this.#ended?.serial ?? 0) + 1);
    return this.#current;
  }

  onKeepAliveAnswer({ id, alive, ended }: KeepAliveAnswer): void {
    const session = this.#current;
    if (session?.ref === undefined) return;
    if (ended.includes(session.ref.sessionId)) session.markEnded('the service has ended it');
    else if (alive.includes(session.ref.sessionId)) session.onAlive(id);
  }

  /** Ends the session if its time is over or the service said so; returns why, if it had been open. */
  endIfOver(): Failure | undefined {
    const session = this.#current;
    if (session?.ending === undefined) return undefined;
    const { refusal, ending } = session;
    const wasOpen = this.isOpen;
    const why =
      refusal?.body.kind === 'error'
        ? failureOf(refusal.body, 'not-applied')
        : failure('SESSION_EXPIRED', `the session is over: ${ending}`, 'unknown');
    this.retire(why);
    return wasOpen ? why : undefined;
  }

  /** Nothing of it is carried over to another session. Locks learn of it first. */
  retire(why: Failure): void {
    const session = this.#current;
    if (session === undefined) return;
    this.#current = undefined;
    this.#ended = session;
    session.expire();
    this.#locks.onSessionEnded(session, why);
    session.pipeline.endAll(why.code, why.message);
  }

  /** Asks the service to end it, so that locks and ephemeral keys are given up at once. */
  close(): void {
    const session = this.#current;
    if (session?.isAlive !== true) return;
    this.#locks.giveUpHeld();
    const over = (): void => session.markEnded('it was closed');
    session.pipeline.enqueue(new Command({ kind: 'closeSession' }, 0, { onDone: over, onFailed: over }));
  }
}
