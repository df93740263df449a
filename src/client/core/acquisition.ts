import type { Sequence } from '../../wire/identifiers.ts';
import type { LockAcquire } from '../../wire/lock-operation.ts';
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
  /** Of several, the first. */
  readonly name: string;
  readonly wait: boolean;
  readonly session: Session;
  readonly command: Command;
  readonly #handler: AcquisitionHandler;
  phase: AcquisitionPhase = 'asking';
  /** The service knew of it at this revision: a state from before it says nothing. */
  knownRevision = 0;
  cancelReason: AbandonReason | undefined;
  /** When an aborted call stops waiting for its place to be given up. */
  cancelUntilMs = Number.POSITIVE_INFINITY;

  constructor(callId: CallId, request: LockAcquire, session: Session, handler: AcquisitionHandler) {
    this.callId = callId;
    this.name = request.name;
    this.wait = request.wait;
    this.session = session;
    this.#handler = handler;
    this.command = new Command(request, lockPayloadBytes(request), this);
  }

  /** It is held already, by what a former program of the session asked. */
  adopt(sequence: Sequence, revision: number): void {
    this.knownRevision = revision;
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

/** Roughly what it will take on the wire. */
function lockPayloadBytes({ name, terms }: LockAcquire): number {
  const nameBytes = 3 * name.length;
  if (terms === undefined) return nameBytes;
  return terms.otherNames.reduce((sum, other) => sum + 3 * other.length, nameBytes + terms.note.length);
}
