import type { Instant } from '../../wire/clock-reader.ts';
import type { ServerFrame } from '../../wire/frame.ts';
import type { Revision } from '../../wire/identifiers.ts';
import { decodeWatchNotice } from '../../wire/notice-codec.ts';
import { WireFormatError } from '../../wire/protobuf.ts';
import { decodeResult } from '../../wire/result-codec.ts';
import type { ClientStatus } from '../types.ts';
import { CallDesk } from './call-desk.ts';
import { Calls } from './calls.ts';
import { ElapsedClock } from './clock.ts';
import { Connector } from './connector.ts';
import { CoreContext } from './context.ts';
import type { ClientEffect, EndpointReport, Failure } from './effect.ts';
import { clusterChanged, failure } from './failure.ts';
import type { CallId, ClientInput, StreamId } from './input.ts';
import { KeepAlives } from './keep-alives.ts';
import { Locks, type LockView } from './locks.ts';
import { Outbox } from './outbox.ts';
import { Reads } from './reads.ts';
import { Sessions, type SessionView } from './sessions.ts';
import { type ClientSettings, timing } from './settings.ts';
import { Shutdown } from './shutdown.ts';
import { StatusBoard } from './status-board.ts';
import type { Expectation } from './stream.ts';
import { TimeoutJudge } from './timeout.ts';
import { Watches } from './watches.ts';

/**
 * One client, without its clocks, timers, streams and promises: those are the shell's. Everything that the client promises
 * (deadlines of sessions, retries, what a lock is worth, watches without gaps) is decided here, synchronously, and the same
 * inputs always lead to the same effects.
 */
export class ClientCore {
  readonly #clock = new ElapsedClock();
  readonly #context: CoreContext;
  readonly #connector: Connector;
  readonly #calls: Calls;
  readonly #reads: Reads;
  readonly #locks: Locks;
  readonly #watches: Watches;
  readonly #sessions: Sessions;
  readonly #keepAlives = new KeepAlives();
  readonly #outbox: Outbox;
  readonly #shutdown: Shutdown;
  readonly #desk: CallDesk;
  readonly #board: StatusBoard;
  #started = false;
  #wakeMs = Number.POSITIVE_INFINITY;

  constructor(settings: ClientSettings) {
    this.#context = new CoreContext(settings);
    this.#connector = new Connector(this.#context, {
      onConnected: () => this.#onConnected(),
      onClusterChanged: () => this.#onClusterChanged(),
      onProbe: () => this.#keepAlives.probe(),
      openingSinceMs: () => this.#sessions.current?.openingSinceMs,
    });
    const connector = this.#connector;
    const calls = new Calls(this.#context);
    const timeouts = new TimeoutJudge(
      () => connector.address !== undefined,
      () => connector.reports(),
    );
    this.#calls = calls;
    this.#reads = new Reads(this.#context, calls, timeouts);
    this.#locks = new Locks(this.#context, calls, timeouts);
    this.#watches = new Watches(this.#context, calls, timeouts);
    this.#sessions = new Sessions(this.#context, this.#locks);
    this.#outbox = new Outbox({
      keepAlives: this.#keepAlives,
      locks: this.#locks,
      watches: this.#watches,
      reads: this.#reads,
      sessions: this.#sessions,
    });
    this.#board = new StatusBoard(this.#context, this.#sessions);
    this.#shutdown = new Shutdown(this.#context, calls, this.#sessions);
    this.#desk = new CallDesk(this.#context, {
      isConnected: () => connector.address !== undefined,
      calls,
      timeouts,
      sessions: this.#sessions,
      reads: this.#reads,
      locks: this.#locks,
      watches: this.#watches,
    });
  }

  get status(): ClientStatus {
    return this.#board.status;
  }

  /** The highest revision that the service has shown to this client. */
  get seenRevision(): Revision {
    return this.#context.seenRevision;
  }

  endpoints(): readonly EndpointReport[] {
    return this.#connector.reports();
  }

  /** As of the last input: give a tick first. `lockId`: the call that acquired it. */
  lock(lockId: CallId): LockView {
    return this.#locks.view(lockId);
  }

  /** As of the last input: the newest session, or the one that will be opened first. */
  session(): SessionView {
    return this.#sessions.view();
  }

  /** Bounded work; appends what is to be done. The first input starts connecting. */
  step(now: Instant, input: ClientInput, effects: ClientEffect[]): void {
    if (this.#shutdown.done) return;
    const nowMs = this.#clock.read(now);
    this.#context.begin(nowMs, effects);
    if (!this.#started) {
      this.#started = true;
      this.#connector.start();
    }
    this.#advance();
    this.#handle(input);
    this.#conclude();
  }

  #advance(): void {
    const { nowMs } = this.#context;
    this.#connector.onTimePassed(this.#expectation());
    if (nowMs - this.#wakeMs > timing.lateMs) this.#connector.forgive();
    this.#sessions.current?.advance();
    this.#endSessionIfOver();
    this.#calls.advance();
    this.#locks.advance();
    this.#connector.advance(this.#expectation());
  }

  #handle(input: ClientInput): void {
    switch (input.type) {
      case 'call':
        this.#desk.take(input.callId, input.request, input.timeoutMs, this.#refusal());
        break;
      case 'cancel':
        this.#calls.abandon(input.callId, 'aborted');
        break;
      case 'watchConsumed':
        this.#watches.consumed(input.watchId, input.events, input.bytes);
        break;
      case 'watchClose':
        this.#watches.close(input.watchId);
        break;
      case 'streamFrame':
        this.#onFrame(input.stream, input.frame);
        break;
      case 'streamWritable':
        this.#connector.onWritable(input.stream);
        break;
      case 'streamClosed':
        this.#connector.onClosed(input.stream, input.reason);
        break;
      case 'tick':
        break;
      case 'endOfTurn':
        this.#flush();
        break;
      case 'close':
        this.#close(undefined);
    }
  }

  #conclude(): void {
    this.#endSessionIfOver();
    this.#desk.settleConnecting();
    if (this.#context.progressed) {
      this.#context.progressed = false;
      this.#connector.onProgress();
    }
    const { address } = this.#connector;
    this.#shutdown.advance(address !== undefined);
    if (!this.#shutdown.done) {
      this.#board.update(address);
      this.#arm();
      return;
    }
    this.#connector.stop();
    this.#board.close();
    this.#context.emit({ type: 'closed' });
  }

  /** Why no call is taken at all. */
  #refusal(): Failure | undefined {
    if (this.#shutdown.begun) return failure('CLOSED', 'the client is closed', 'not-applied');
    return this.#connector.isForeign ? clusterChanged('not-applied') : undefined;
  }

  #onConnected(): void {
    this.#keepAlives.onNewStream();
    this.#board.onConnected();
    this.#sessions.current?.onNewStream();
    this.#reads.onNewStream();
    this.#locks.onNewStream();
    this.#watches.onNewStream();
  }

  #onFrame(stream: StreamId, frame: ServerFrame): void {
    if (!this.#connector.onFrame(stream, frame)) return;
    try {
      this.#takeFrame(frame);
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      this.#connector.reject(stream, `PROTOCOL_ERROR: ${error.message}`);
      return;
    }
    if (frame.leader !== undefined) this.#connector.onLeaderHint(frame.leader);
    if (frame.goodbye !== undefined) this.#connector.onGoodbye(stream, frame.goodbye);
  }

  #takeFrame(frame: ServerFrame): void {
    for (const bytes of frame.results) {
      const result = decodeResult(bytes);
      this.#context.see(result.revision);
      this.#context.ownerOf(result.requestId)?.onResult(result);
    }
    for (const answer of frame.keepAlives) this.#sessions.onKeepAliveAnswer(answer);
    for (const grant of frame.grants) {
      this.#context.see(grant.revision);
      this.#locks.onGrant(grant, this.#sessions.current);
    }
    for (const bytes of frame.watchNotices) this.#watches.onNotice(decodeWatchNotice(bytes));
  }

  #flush(): void {
    const stream = this.#connector.writableStream;
    if (stream === undefined) return;
    const frame = this.#outbox.next(!this.#connector.isMoving);
    if (frame === undefined) return;
    this.#context.emit({ type: 'send', stream, frame });
    this.#connector.onSent(stream);
  }

  #expectation(): Expectation {
    const session = this.#sessions.current;
    let oldestSentMs: number | undefined;
    for (const sentMs of [session?.oldestSentMs, this.#reads.oldestSentMs, this.#watches.oldestSentMs]) {
      if (sentMs !== undefined && (oldestSentMs === undefined || sentMs < oldestSentMs)) oldestSentMs = sentMs;
    }
    return { oldestSentMs, listening: this.#watches.isListening || this.#sessions.isOpen };
  }

  #endSessionIfOver(): void {
    const why = this.#sessions.endIfOver();
    if (why !== undefined) this.#onSessionLost(why);
  }

  #onSessionLost(why: Failure): void {
    // One that this client closed itself has not been lost.
    if (!this.#shutdown.begun) this.#board.onSessionLost();
    if (this.#context.settings.onExpiry === 'close') this.#close(why);
  }

  #onClusterChanged(): void {
    const why = clusterChanged('unknown');
    const wasOpen = this.#sessions.isOpen;
    this.#sessions.retire(why);
    this.#reads.failAll({ ...why, outcome: 'not-applied' });
    this.#watches.endAll({ ...why, outcome: 'not-applied' });
    if (wasOpen) this.#onSessionLost(why);
  }

  /** `why`: it was not the program that closed the client. */
  #close(why: Failure | undefined): void {
    if (this.#shutdown.begun) return;
    this.#shutdown.begin();
    this.#watches.endAll(why);
    this.#locks.stopWaiting();
    this.#desk.stopConnecting();
    if (why !== undefined) this.#calls.abandonAll('closed');
  }

  /** A later deadline than the one asked for needs no new wake-up: the one that comes will ask again. */
  #arm(): void {
    const { nowMs } = this.#context;
    const nextMs = Math.min(
      this.#calls.nextDeadlineMs(),
      this.#sessions.current?.nextDeadlineMs() ?? Number.POSITIVE_INFINITY,
      this.#reads.nextDeadlineMs,
      this.#locks.nextDeadlineMs(),
      this.#watches.nextDeadlineMs(),
      this.#connector.nextDeadlineMs(this.#expectation()),
      this.#shutdown.nextDeadlineMs,
    );
    if (nextMs >= this.#wakeMs && this.#wakeMs > nowMs) return;
    this.#wakeMs = Math.max(nextMs, nowMs + 1);
    if (this.#wakeMs === Number.POSITIVE_INFINITY) return;
    this.#context.emit({ type: 'wakeAt', monotonicMs: this.#clock.monotonicAt(this.#wakeMs) });
  }
}
