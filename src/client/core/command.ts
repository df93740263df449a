import type { ErrorCode } from '../../wire/errors.ts';
import type { OperationBody } from '../../wire/operation.ts';
import type { Result } from '../../wire/result.ts';
import type { Failure } from './effect.ts';

/** What becomes of a command. */
export interface CommandListener {
  /** The replicated state answered; never an error. */
  onDone(result: Result): void;
  onFailed(failure: Failure): void;
}

/**
 * queued: not numbered yet · due: numbered, to be sent (again) · waiting: sent on the current stream, not answered · over.
 */
type CommandState = 'queued' | 'due' | 'waiting' | 'over';

/** One command of a session, from the call until its number is done with. */
export class Command {
  body: OperationBody;
  readonly payloadBytes: number;
  /** Undefined: nobody waits for it any longer, yet its number has to be answered. */
  listener: CommandListener | undefined;
  state: CommandState = 'queued';
  requestId = 0;
  sequence = 0;
  /** Encoded once; every attempt sends the same. */
  bytes: Uint8Array | undefined;
  attempts = 0;
  /** An attempt was not answered, or the answer said nothing of its effect. */
  uncertain = false;
  /** Why it is to be sent again. */
  refusal: ErrorCode | undefined;
  /** First sent on the current stream. */
  sentMs: number | undefined;
  /** Stands in for a command that had no effect, so that its number is taken. */
  filler = false;

  constructor(body: OperationBody, payloadBytes: number, listener: CommandListener | undefined) {
    this.body = body;
    this.payloadBytes = payloadBytes;
    this.listener = listener;
  }

  /** What a caller may be told who does not wait any longer. */
  get outcome(): Failure['outcome'] {
    return this.state === 'waiting' || this.uncertain ? 'unknown' : 'not-applied';
  }
}
