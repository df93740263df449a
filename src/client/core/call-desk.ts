import type { LockAcquire } from '../../wire/lock-operation.ts';
import type { AbandonReason, Calls } from './calls.ts';
import type { CommandPipeline } from './command-pipeline.ts';
import type { CoreContext } from './context.ts';
import type { Failure, ResumedLock } from './effect.ts';
import { failure } from './failure.ts';
import type { CallId, CallRequest, ProgramCommand } from './input.ts';
import type { Locks } from './locks.ts';
import { NoteCall } from './note-call.ts';
import { ProgramCall } from './program-call.ts';
import type { Reads } from './reads.ts';
import type { Sessions } from './sessions.ts';
import type { TimeoutJudge } from './timeout.ts';
import { checkRequest } from './validation.ts';
import type { Watches } from './watches.ts';

/** Who does the work of each kind of call. */
export interface Workers {
  isConnected(): boolean;
  readonly calls: Calls;
  readonly timeouts: TimeoutJudge;
  readonly sessions: Sessions;
  readonly reads: Reads;
  readonly locks: Locks;
  readonly watches: Watches;
}

/** Takes the calls of the program, refuses what can be refused at once, and hands the rest on. */
export class CallDesk {
  readonly #context: CoreContext;
  readonly #workers: Workers;
  /** Calls that wait for the first welcome, and for the session that is to be taken over. */
  readonly #connecting = new Set<CallId>();

  constructor(context: CoreContext, workers: Workers) {
    this.#context = context;
    this.#workers = workers;
  }

  /** `refusal`: why no call is taken at all, if so. */
  take(callId: CallId, request: CallRequest, timeoutMs: number, refusal: Failure | undefined): void {
    // A lock that is lost is released without an error, whatever the cause.
    const problem = checkRequest(request) ?? (request.kind === 'release' ? undefined : refusal);
    if (problem !== undefined) {
      this.#refuse(callId, problem);
      return;
    }
    switch (request.kind) {
      case 'connect':
        this.#connect(callId, timeoutMs);
        break;
      case 'command':
        this.#command(callId, request.body, timeoutMs);
        break;
      case 'read':
        this.#workers.reads.add(callId, request.body, timeoutMs);
        break;
      case 'lock':
        this.#acquire(callId, request.request, timeoutMs);
        break;
      case 'release':
        this.#workers.locks.release(callId, request.lockId, timeoutMs);
        break;
      case 'setNote':
        this.#setNote(callId, request.lockId, request.note, timeoutMs);
        break;
      case 'watch':
        this.#workers.watches.open(callId, request, timeoutMs);
    }
  }

  /** After each input: calls that wait for the first welcome, and for the session that is taken over, may have waited enough. */
  settleConnecting(): void {
    if (this.#connecting.size === 0 || !this.#workers.isConnected()) return;
    const { resumption } = this.#workers.sessions;
    if (resumption.state === 'pending') return;
    for (const callId of this.#connecting) {
      if (resumption.state === 'over') this.#connected(callId, resumption.locks);
      else if (this.#goesOnWithout(resumption.why)) this.#connected(callId, []);
      else this.#workers.calls.fail(callId, resumption.why);
    }
    this.#connecting.clear();
  }

  stopConnecting(): void {
    for (const callId of [...this.#connecting]) this.#workers.calls.abandon(callId, 'closed');
  }

  #connect(callId: CallId, timeoutMs: number): void {
    const { calls, timeouts, sessions } = this.#workers;
    const abandon = (reason: AbandonReason): void => {
      this.#connecting.delete(callId);
      const { resumption } = sessions;
      const sent = resumption.state === 'pending' && resumption.sent;
      const outcome = sent ? 'unknown' : 'not-applied';
      calls.fail(callId, timeouts.judge(reason, { sent, refusal: undefined, outcome }));
    };
    calls.add(callId, { abandon }, timeoutMs);
    this.#connecting.add(callId);
  }

  /** The session is gone, and the program has said that it can do with another one. Wrong credentials are no such case. */
  #goesOnWithout({ code }: Failure): boolean {
    return code === 'SESSION_EXPIRED' && this.#context.settings.onResumeFailure === 'reopen';
  }

  #connected(callId: CallId, resumedLocks: readonly ResumedLock[]): void {
    this.#workers.calls.settle(callId, { type: 'connected', resumedLocks });
  }

  #command(callId: CallId, body: ProgramCommand, timeoutMs: number): void {
    const { calls, timeouts, sessions } = this.#workers;
    const { pipeline } = sessions.forCommands();
    this.#enqueue(callId, new ProgramCall(callId, body, calls, timeouts, pipeline), pipeline, timeoutMs);
  }

  #acquire(callId: CallId, request: LockAcquire, timeoutMs: number): void {
    const { sessions, locks } = this.#workers;
    const session = sessions.forCommands();
    if (session.pipeline.hasRoomFor(0)) locks.acquire(callId, request, timeoutMs, session);
    else this.#refuse(callId, tooManyCommands);
  }

  #setNote(callId: CallId, lockId: CallId, note: Uint8Array, timeoutMs: number): void {
    const held = this.#workers.locks.held(lockId);
    if (held === undefined) {
      this.#refuse(callId, failure('LOCK_LOST', 'the lock is not held any more', 'not-applied'));
      return;
    }
    const { acquisition, gone } = held;
    this.#enqueue(
      callId,
      new NoteCall(callId, acquisition, note, this.#workers, gone),
      acquisition.session.pipeline,
      timeoutMs,
    );
  }

  #enqueue(callId: CallId, call: ProgramCall, pipeline: CommandPipeline, timeoutMs: number): void {
    if (pipeline.hasRoomFor(call.command.payloadBytes)) {
      this.#workers.calls.add(callId, call, timeoutMs);
      pipeline.enqueue(call.command);
    } else {
      this.#refuse(callId, tooManyCommands);
    }
  }

  #refuse(callId: CallId, why: Failure): void {
    this.#context.emit({ type: 'settle', callId, settlement: { type: 'failed', failure: why } });
  }
}

const tooManyCommands = failure('BUSY', 'too many commands are waiting to be sent', 'not-applied');
