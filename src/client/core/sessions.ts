import type { KeepAliveAnswer } from '../../wire/frame.ts';
import { Command } from './command.ts';
import type { CoreContext } from './context.ts';
import type { Failure, ResumedLock, SessionState } from './effect.ts';
import { failure, failureOf } from './failure.ts';
import type { Locks } from './locks.ts';
import { Session } from './session.ts';
import type { SessionCredentials } from './session-credentials.ts';

export interface SessionView {
  /** Counts the sessions of this client from 1. */
  readonly serial: number;
  /** Empty until it is open. */
  readonly id: string;
  readonly state: SessionState;
  readonly remainingMs: number;
  /** Undefined until it is open. */
  readonly credentials: SessionCredentials | undefined;
}

/** What has become of the session that the client is to take over, if any. */
export type Resumption =
  | { readonly state: 'pending'; readonly sent: boolean }
  | { readonly state: 'over'; readonly locks: readonly ResumedLock[] }
  | { readonly state: 'failed'; readonly why: Failure };

/** The sessions of a client, one after the other: opened when first needed, never carried over into the next. */
export class Sessions {
  readonly #context: CoreContext;
  readonly #locks: Locks;
  #current: Session | undefined;
  /** The newest one that is over. */
  #ended: Session | undefined;
  #resumption: Exclude<Resumption, { readonly state: 'pending' }> | undefined;

  constructor(context: CoreContext, locks: Locks) {
    this.#context = context;
    this.#locks = locks;
    const { resume } = context.settings;
    if (resume === undefined) this.#resumption = { state: 'over', locks: [] };
    else this.#current = this.#begin(resume);
  }

  get resumption(): Resumption {
    return this.#resumption ?? { state: 'pending', sent: (this.#current?.startAttempts ?? 0) > 0 };
  }

  get current(): Session | undefined {
    return this.#current;
  }

  get isOpen(): boolean {
    return this.#current?.ref !== undefined;
  }

  /** The newest, or the one that will be opened first. */
  view(): SessionView {
    // One that was to be taken over, and never was, is none that has ended.
    const ended = this.#ended?.ref === undefined ? undefined : this.#ended;
    const session = this.#current ?? ended;
    const next = (this.#ended?.serial ?? 0) + 1;
    if (session === undefined) return { serial: next, id: '', state: 'active', remainingMs: 0, credentials: undefined };
    const { serial, ref, state, remainingMs, credentials } = session;
    return { serial, id: ref === undefined ? '' : String(ref.sessionId), state, remainingMs, credentials };
  }

  forCommands(): Session {
    this.#current ??= this.#begin(undefined);
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
    const { refusal, ending, startAttempts } = session;
    const wasOpen = this.isOpen;
    const why =
      refusal?.body.kind === 'error'
        ? failureOf(refusal.body, startAttempts > 1 || refusal.body.code === 'INTERNAL' ? 'unknown' : 'not-applied')
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
    this.#resumption ??= { state: 'failed', why };
    session.expire();
    this.#locks.onSessionEnded(session, why);
    session.pipeline.endAll(why.code, why.message);
  }

  #begin(takesOver: SessionCredentials | undefined): Session {
    return new Session(this.#context, (this.#ended?.serial ?? 0) + 1, takesOver, (session, locks, revision) => {
      this.#resumption ??= { state: 'over', locks: this.#locks.adopt(session, locks, revision) };
    });
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
