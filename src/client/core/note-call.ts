import type { Result } from '../../wire/result.ts';
import type { Acquisition } from './acquisition.ts';
import type { Calls } from './calls.ts';
import { failure } from './failure.ts';
import type { CallId } from './input.ts';
import { ProgramCall } from './program-call.ts';
import type { TimeoutJudge } from './timeout.ts';

/** Sets the note of a lock that is held. */
export class NoteCall extends ProgramCall {
  readonly #callId: CallId;
  readonly #calls: Calls;
  readonly #onGone: () => void;

  /** `onGone`: the service says that the acquisition is over. */
  constructor(
    callId: CallId,
    { name, sequence, session }: Acquisition,
    note: Uint8Array,
    { calls, timeouts }: { readonly calls: Calls; readonly timeouts: TimeoutJudge },
    onGone: () => void,
  ) {
    super(callId, { kind: 'lockSetNote', name, sequence, note }, calls, timeouts, session.pipeline);
    this.#callId = callId;
    this.#calls = calls;
    this.#onGone = onGone;
  }

  override onDone({ body }: Result): void {
    if (body.kind === 'lockNoted' && body.noted) {
      this.#calls.settle(this.#callId, { type: 'noteSet' });
      return;
    }
    this.#onGone();
    this.#calls.fail(this.#callId, failure('LOCK_LOST', 'the lock is not held any more', 'not-applied'));
  }
}
