import type { ErrorCode } from '../../wire/errors.ts';
import type { Grant } from '../../wire/frame.ts';
import type { LockAcquire } from '../../wire/lock-operation.ts';
import type { Result } from '../../wire/result.ts';
import type { SessionLock } from '../../wire/session-info.ts';
import { Acquisition, type AcquisitionHandler } from './acquisition.ts';
import type { AbandonReason, Calls } from './calls.ts';
import { Command } from './command.ts';
import type { CoreContext } from './context.ts';
import type { Failure, ResumedLock } from './effect.ts';
import { failure, type Outcome } from './failure.ts';
import type { CallId } from './input.ts';
import { LockPlaces } from './lock-places.ts';
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
  readonly #places = new LockPlaces();
  /** Aborted calls that wait for their place to be given up. */
  readonly #aborting = new Set<Acquisition>();

  constructor(context: CoreContext, calls: Calls, timeouts: TimeoutJudge) {
    this.#context = context;
    this.#calls = calls;
    this.#timeouts = timeouts;
  }

  get isWaiting(): boolean {
    return this.#places.isWaiting;
  }

  view(lockId: CallId): LockView {
    const acquisition = this.#acquisitions.get(lockId);
    const held = acquisition?.phase === 'held' && acquisition.session.isAlive;
    return { held, remainingMs: held ? acquisition.session.remainingMs : 0 };
  }

  acquire(callId: CallId, request: LockAcquire, timeoutMs: number, session: Session): void {
    const acquisition = new Acquisition(callId, request, session, this);
    this.#calls.add(callId, acquisition, timeoutMs);
    this.#acquisitions.set(callId, acquisition);
    session.pipeline.enqueue(acquisition.command);
  }

  /** Held by the session that was taken over: from now on they are this client's. */
  adopt(session: Session, locks: readonly SessionLock[], revision: number): readonly ResumedLock[] {
    return locks.map((lock, index) => {
      // Callers count theirs from 1.
      const lockId = -1 - index;
      const acquisition = new Acquisition(lockId, { kind: 'lockAcquire', name: lock.name, wait: true }, session, this);
      acquisition.adopt(lock.sequence, revision);
      this.#acquisitions.set(lockId, acquisition);
      this.#places.add(acquisition);
      // So that it is told if an operator takes the lock away.
      this.#places.ask(acquisition);
      return { lockId, ...lock };
    });
  }

  release(callId: CallId, lockId: CallId, timeoutMs: number): void {
    const acquisition = this.#acquisitions.get(lockId);
    const settle = (released: boolean): void => this.#calls.settle(callId, { type: 'lockReleased', released });
    // The command goes on without its caller.
    const abandon = (reason: AbandonReason): void => {
      const attempts = { sent: true, refusal: undefined, outcome: 'unknown' } as const;
      this.#calls.fail(callId, this.#timeouts.judge(reason, attempts));
    };
    this.#calls.add(callId, { abandon }, timeoutMs);
    if (acquisition?.phase !== 'held') {
      settle(false);
      return;
    }
    this.#places.remove(acquisition);
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

  /** Undefined: the lock is not held. `gone` is to be called if the service says so. */
  held(lockId: CallId): { readonly acquisition: Acquisition; readonly gone: () => void } | undefined {
    const acquisition = this.#acquisitions.get(lockId);
    if (acquisition?.phase !== 'held') return undefined;
    const gone = (): void => {
      if (acquisition.phase === 'held') this.#onTakenAway(acquisition);
    };
    return { acquisition, gone };
  }

  onAnswer(acquisition: Acquisition, { body, revision }: Result): void {
    if (acquisition.phase !== 'asking' || body.kind !== 'lock') return;
    acquisition.knownRevision = revision;
    if (body.state === 'held') {
      this.#onHeld(acquisition, body.token);
      this.#askIfOld(acquisition);
    } else if (body.state === 'refused') {
      this.#end(acquisition);
      this.#calls.settle(acquisition.callId, { type: 'lockRefused' });
    } else {
      acquisition.phase = 'queued';
      this.#places.add(acquisition);
      this.#askIfOld(acquisition);
      this.#places.askWithin(timing.grantQueryMs, this.#context.nowMs);
    }
  }

  onGrant(grant: Grant, session: Session | undefined): void {
    if (session?.ref?.sessionId !== grant.sessionId) return;
    const acquisition = this.#places.find(session, grant.sequence);
    if (acquisition === undefined || grant.state === 'queued') return;
    if (grant.state === 'held') {
      if (acquisition.phase === 'queued') this.#onHeld(acquisition, grant.token);
    } else if (grant.revision < acquisition.knownRevision) {
      this.#places.askWithin(askAgainMs, this.#context.nowMs);
    } else if (grant.state === 'gone') {
      session.markEnded('the service lost a place in a queue');
    } else {
      this.#onTakenAway(acquisition);
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
    this.#places.askAll();
  }

  nextDeadlineMs(): number {
    let nextMs = this.#places.nextDeadlineMs();
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
    this.#places.advance(nowMs);
  }

  fill(frame: OutgoingFrame): void {
    this.#places.fill(frame);
  }

  #onHeld(acquisition: Acquisition, token: number): void {
    this.#places.remove(acquisition);
    acquisition.phase = 'held';
    // It may yet be taken away by an operator.
    this.#places.add(acquisition);
    this.#calls.settle(acquisition.callId, { type: 'lockHeld', token });
  }

  /** The answer may be an old one: the stream is gone over which the grant went, or the news that it was taken away. */
  #askIfOld(acquisition: Acquisition): void {
    if (acquisition.command.attempts > 1) this.#places.ask(acquisition);
  }

  /** By an operator. One that still waited for the news of its grant has had and lost it. */
  #onTakenAway(acquisition: Acquisition): void {
    const { phase, callId, name } = acquisition;
    this.#end(acquisition);
    if (phase === 'held') this.#context.emit({ type: 'lockLost', lockId: callId });
    else this.#calls.fail(callId, failure('LOCK_LOST', `the lock '${name}' was taken away by an operator`, 'unknown'));
  }

  /** Gives up the place, or the lock if it has been granted meanwhile. */
  #cancel(acquisition: Acquisition, reason: AbandonReason): void {
    this.#places.remove(acquisition);
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

  #end(acquisition: Acquisition): void {
    this.#places.remove(acquisition);
    acquisition.phase = 'over';
    this.#aborting.delete(acquisition);
    this.#acquisitions.delete(acquisition.callId);
  }
}
