import type { Sequence } from '../../wire/identifiers.ts';
import type { Result } from '../../wire/result.ts';
import type { AbandonReason, CallOwner } from './calls.ts';
import { Command, type CommandListener } from './command.ts';
import type { Failure } from './effect.ts';
import type { CallId } from './input.ts';
import type { Session } from './session.ts';

/** asking: no answer yet · queued: waits its turn · cancelling: the place is being given up · over: nothing more to do. */
type AcquisitionPhase = 'asking' | 'queued' | 'held' | 'releasing' | 'cancelling' | 'over';

/** What the locks of a client do with the news of one acquisition. */
export interface AcquisitionHandler {
  onAnswer(acquisition: Acquisition, result: Result): void;
  onFailure(acquisition: Acquisition, failure: Failure): void;
  onAbandoned(acquisition: Acquisition, reason: AbandonReason): void;
}

/** One `lock` call: owned by (session, sequence), which is how the service finds it again. */
export class Acquisition implements CallOwner, CommandListener {
  readonly callId: CallId;
  readonly name: string;
  readonly wait: boolean;
  readonly session: Session;
  readonly command: Command;
  readonly #handler: AcquisitionHandler;
  phase: AcquisitionPhase = 'asking';
  /** The revision at which the service put it into the queue. */
  queuedRevision = 0;
  cancelReason: AbandonReason | undefined;
  /** When an aborted call stops waiting for its place to be given up. */
  cancelUntilMs = Number.POSITIVE_INFINITY;

  constructor(callId: CallId, name: string, wait: boolean, session: Session, handler: AcquisitionHandler) {
    this.callId = callId;
    this.name = name;
    this.wait = wait;
    this.session = session;
    this.#handler = handler;
    this.command = new Command({ kind: 'lockAcquire', name, wait }, 3 * name.length, this);
  }

  /** It is held already, by what a former program of the session asked. */
  adopt(sequence: Sequence): void {
    this.command.sequence = sequence;
    this.command.state = 'over';
    this.phase = 'held';
  }

  /** Known once it has been sent. */
  get sequence(): Sequence {
    return this.command.sequence as Sequence;
  }

  onDone(result: Result): void {
    this.#handler.onAnswer(this, result);
  }

  onFailed(failure: Failure): void {
    this.#handler.onFailure(this, failure);
  }

  abandon(reason: AbandonReason): void {
    this.#handler.onAbandoned(this, reason);
  }
}
