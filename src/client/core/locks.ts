import type { ErrorCode } from '../../wire/errors.ts';
import type { Grant } from '../../wire/frame.ts';
import type { Result } from '../../wire/result.ts';
import type { SessionLock } from '../../wire/session-info.ts';
import { Acquisition, type AcquisitionHandler } from './acquisition.ts';
import type { AbandonReason, Calls } from './calls.ts';
import { Command } from './command.ts';
import type { CoreContext } from './context.ts';
import type { Failure, ResumedLock } from './effect.ts';
import { failure, type Outcome } from './failure.ts';
import type { CallId } from './input.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import type { Session } from './session.ts';
import { timing } from './settings.ts';
import type { TimeoutJudge } from './timeout.ts';

export interface LockView {
  readonly held: boolean;
  readonly remainingMs: number;
}

/** A node that has not applied the acquisition yet is asked again after this. */
const askAgainMs = 100;

/** Errors that say that the session is gone, and the lock with it. */
const lostWith: ReadonlySet<ErrorCode> = new Set(['SESSION_EXPIRED', 'CLUSTER_CHANGED', 'CLOSED'] as const);

/**
 * Acquisitions of this client, from the call until they are released or lost. A grant is replicated state: the service is
 * asked for it after each reconnect, and now and then, so that lost news delays a lock and never loses it.
 */
export class Locks implements AcquisitionHandler {
  readonly #context: CoreContext;
  readonly #calls: Calls;
  readonly #timeouts: TimeoutJudge;
  readonly #acquisitions = new Map<CallId, Acquisition>();
  /** Those in the queue, by session and sequence. */
  readonly #queued = new Map<string, Acquisition>();
  readonly #toQuery = new Set<Acquisition>();
  /** Aborted calls that wait for their place to be given up. */
  readonly #aborting = new Set<Acquisition>();
  #nextQueryMs = Number.POSITIVE_INFINITY;

  constructor(context: CoreContext, calls: Calls, timeouts: TimeoutJudge) {
    this.#context = context;
    this.#calls = calls;
    this.#timeouts = timeouts;
  }

  get isWaiting(): boolean {
    return this.#queued.size > 0;
  }

  view(lockId: CallId): LockView {
    const acquisition = this.#acquisitions.get(lockId);
    const held = acquisition?.phase === 'held' && acquisition.session.isAlive;
    return { held, remainingMs: held ? acquisition.session.remainingMs : 0 };
  }

  acquire(callId: CallId, name: string, wait: boolean, timeoutMs: number, session: Session): void {
    const acquisition = new Acquisition(callId, name, wait, session, this);
    this.#calls.add(callId, acquisition, timeoutMs);
    this.#acquisitions.set(callId, acquisition);
    session.pipeline.enqueue(acquisition.command);
  }

  /** Held by the session that was taken over: from now on they are this client's. */
  adopt(session: Session, locks: readonly SessionLock[]): readonly ResumedLock[] {
    return locks.map(({ name, sequence, token }, index) => {
      // Callers count theirs from 1.
      const lockId = -1 - index;
      const acquisition = new Acquisition(lockId, name, true, session, this);
      acquisition.adopt(sequence);
      this.#acquisitions.set(lockId, acquisition);
      return { lockId, name, sequence, token };
    });
  }

  release(callId: CallId, lockId: CallId, timeoutMs: number): void {
    const acquisition = this.#acquisitions.get(lockId);
    const settle = (released: boolean): void => this.#calls.settle(callId, { type: 'lockReleased', released });
    this.#calls.add(
      callId,
      {
        // The command goes on without its caller.
        abandon: (reason) => {
          const attempts = { sent: true, refusal: undefined, outcome: 'unknown' } as const;
          this.#calls.fail(callId, this.#timeouts.judge(reason, attempts));
        },
      },
      timeoutMs,
    );
    if (acquisition?.phase !== 'held') {
      settle(false);
      return;
    }
    acquisition.phase = 'releasing';
    const { name, sequence } = acquisition;
    const command = new Command({ kind: 'lockRelease', name, sequence }, 3 * name.length, {
      onDone: ({ body }) => {
        this.#end(acquisition);
        settle(body.kind === 'lockReleased' && body.released);
      },
      onFailed: (why) => {
        this.#end(acquisition);
        if (lostWith.has(why.code)) settle(false);
        else this.#calls.fail(callId, why);
      },
    });
    acquisition.session.pipeline.enqueue(command);
  }

  onAnswer(acquisition: Acquisition, { body, revision }: Result): void {
    if (acquisition.phase !== 'asking' || body.kind !== 'lock') return;
    if (body.state === 'held') {
      this.#onHeld(acquisition, body.token);
    } else if (body.state === 'refused') {
      this.#end(acquisition);
      this.#calls.settle(acquisition.callId, { type: 'lockRefused' });
    } else {
      acquisition.phase = 'queued';
      acquisition.queuedRevision = revision;
      this.#queued.set(grantKey(acquisition.session, acquisition.sequence), acquisition);
      // The answer may be an old one, and the stream over which the grant went may be gone.
      if (acquisition.command.attempts > 1) this.#toQuery.add(acquisition);
      this.#queryIn(timing.grantQueryMs);
    }
  }

  onGrant(grant: Grant, session: Session | undefined): void {
    if (session?.ref?.sessionId !== grant.sessionId) return;
    const acquisition = this.#queued.get(grantKey(session, grant.sequence));
    if (acquisition === undefined) return;
    if (grant.state === 'held') {
      this.#onHeld(acquisition, grant.token);
    } else if (grant.state === 'gone') {
      if (grant.revision >= acquisition.queuedRevision) session.markEnded('the service lost a place in a queue');
      else this.#queryIn(askAgainMs);
    }
  }

  onFailure(acquisition: Acquisition, why: Failure): void {
    if (acquisition.phase === 'over') return;
    const reason = acquisition.cancelReason;
    this.#end(acquisition);
    if (reason === 'aborted') this.#failAbandoned(acquisition, reason, why.outcome);
    else this.#calls.fail(acquisition.callId, why);
  }

  onAbandoned(acquisition: Acquisition, reason: AbandonReason): void {
    const { command, session, phase } = acquisition;
    if (phase === 'asking' && command.outcome === 'not-applied') {
      session.pipeline.abandon(command);
      this.#end(acquisition);
      this.#failAbandoned(acquisition, reason, 'not-applied');
      return;
    }
    if (phase === 'asking' || phase === 'queued') this.#cancel(acquisition, reason);
    // The service forgets the place together with the session; an aborted call does not wait for ever.
    if (reason === 'closed' || !acquisition.wait) this.#failAbandoned(acquisition, reason, 'unknown');
    else if (reason === 'aborted') {
      acquisition.cancelReason = reason;
      acquisition.cancelUntilMs = this.#context.nowMs + timing.abortMs;
      this.#aborting.add(acquisition);
    }
  }

  /** Before its commands are told. */
  onSessionEnded(session: Session, why: Failure): void {
    for (const acquisition of [...this.#acquisitions.values()]) {
      const { phase, callId, command } = acquisition;
      if (acquisition.session !== session || phase === 'releasing') continue;
      if (phase === 'held') {
        this.#end(acquisition);
        this.#context.emit({ type: 'lockLost', lockId: callId });
      } else {
        const outcome = phase === 'asking' ? command.outcome : 'unknown';
        this.onFailure(acquisition, { ...why, outcome });
      }
    }
  }

  /** The client is about to be closed: calls that wait their turn have no deadline of their own. */
  stopWaiting(): void {
    for (const { callId, wait } of [...this.#acquisitions.values()]) if (wait) this.#calls.abandon(callId, 'closed');
  }

  /** The session is about to be closed: nothing is held from now on. */
  giveUpHeld(): void {
    for (const acquisition of [...this.#acquisitions.values()]) {
      if (acquisition.phase !== 'held') continue;
      this.#end(acquisition);
      this.#context.emit({ type: 'lockLost', lockId: acquisition.callId });
    }
  }

  onNewStream(): void {
    for (const acquisition of this.#queued.values()) this.#toQuery.add(acquisition);
  }

  nextDeadlineMs(): number {
    let nextMs = this.#queued.size > 0 ? this.#nextQueryMs : Number.POSITIVE_INFINITY;
    for (const { cancelUntilMs } of this.#aborting) nextMs = Math.min(nextMs, cancelUntilMs);
    return nextMs;
  }

  advance(): void {
    const { nowMs } = this.#context;
    for (const acquisition of this.#aborting) {
      if (acquisition.cancelUntilMs > nowMs) continue;
      this.#aborting.delete(acquisition);
      this.#failAbandoned(acquisition, 'aborted', 'unknown');
    }
    if (this.#nextQueryMs > nowMs) return;
    this.onNewStream();
    this.#nextQueryMs = nowMs + timing.grantQueryMs;
  }

  fill(frame: OutgoingFrame): void {
    for (const acquisition of this.#toQuery) {
      const { session, sequence, name } = acquisition;
      if (!frame.hasRoomFor(3 * name.length)) return;
      this.#toQuery.delete(acquisition);
      if (session.ref !== undefined) frame.addGrantQuery({ ...session.ref, sequence, name });
    }
  }

  #onHeld(acquisition: Acquisition, token: number): void {
    this.#leaveQueue(acquisition);
    acquisition.phase = 'held';
    this.#calls.settle(acquisition.callId, { type: 'lockHeld', token });
  }

  /** Gives up the place, or the lock if it has been granted meanwhile. */
  #cancel(acquisition: Acquisition, reason: AbandonReason): void {
    this.#leaveQueue(acquisition);
    acquisition.phase = 'cancelling';
    acquisition.cancelReason = reason;
    const { name, session } = acquisition;
    const cancel = new Command({ kind: 'lockCancel', name, sequence: acquisition.sequence }, 3 * name.length, {
      onDone: () => this.#onCancelled(acquisition),
      // That the cancel had no effect says nothing of the acquisition.
      onFailed: (why) => this.onFailure(acquisition, { ...why, outcome: 'unknown' }),
    });
    session.pipeline.enqueue(cancel);
  }

  #onCancelled(acquisition: Acquisition): void {
    if (acquisition.phase !== 'cancelling') return;
    this.#end(acquisition);
    this.#failAbandoned(acquisition, acquisition.cancelReason ?? 'timeout', 'not-applied');
  }

  #failAbandoned(acquisition: Acquisition, reason: AbandonReason, outcome: Outcome): void {
    const { callId, command, wait } = acquisition;
    const { attempts, refusal } = command;
    const why =
      reason === 'timeout' && wait
        ? failure('LOCK_TIMEOUT', `the lock '${acquisition.name}' was not granted in time`, outcome)
        : this.#timeouts.judge(reason, { sent: attempts > 0, refusal, outcome });
    this.#calls.fail(callId, why);
  }

  #queryIn(delayMs: number): void {
    const { nowMs } = this.#context;
    if (this.#nextQueryMs > nowMs + delayMs || this.#nextQueryMs <= nowMs) this.#nextQueryMs = nowMs + delayMs;
  }

  #leaveQueue(acquisition: Acquisition): void {
    this.#toQuery.delete(acquisition);
    if (acquisition.sequence === 0) return;
    this.#queued.delete(grantKey(acquisition.session, acquisition.sequence));
  }

  #end(acquisition: Acquisition): void {
    this.#leaveQueue(acquisition);
    acquisition.phase = 'over';
    this.#aborting.delete(acquisition);
    this.#acquisitions.delete(acquisition.callId);
  }
}

function grantKey(session: Session, sequence: number): string {
  return `${session.serial}/${sequence}`;
}
