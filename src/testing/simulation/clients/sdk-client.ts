import { ClientCore } from '../../../client/core/client-core.ts';
import type { ClientEffect, Settlement } from '../../../client/core/effect.ts';
import type { CallId, CallRequest, ClientInput, StreamId } from '../../../client/core/input.ts';
import type { ServerFrame, SessionRef } from '../../../wire/frame.ts';
import type { Revision, SessionId } from '../../../wire/identifiers.ts';
import type { LockAcquire } from '../../../wire/lock-operation.ts';
import type { ReadBody } from '../../../wire/operation.ts';
import type { WatchTarget } from '../../../wire/watch.ts';
import type { ClientConnection } from '../world/client-transport.ts';
import type { ClientActor, ProgramBody, StoredSession } from './client-actor.ts';
import { Program, type ProgramPlace } from './program.ts';
import { SdkCalls } from './sdk-calls.ts';
import { SdkLocks, type SdkProgram } from './sdk-locks.ts';
import { SdkSessions } from './sdk-sessions.ts';
import { sdkSettings } from './sdk-settings.ts';
import { SdkStreams } from './sdk-streams.ts';
import { SdkWatches } from './sdk-watches.ts';

/** A program that uses the SDK: its core, with the world in place of the shell of promises and streams. */
export class SdkClient extends Program implements ClientActor, SdkProgram {
  readonly core: ClientCore;
  readonly calls: SdkCalls;
  retiring = false;
  readonly sessionTtlMs: number;

  /** The call that tells what has become of that session. */
  #connecting: CallId | undefined;
  readonly #locks: SdkLocks;
  readonly #watches: SdkWatches;
  readonly #streams: SdkStreams;
  readonly #sessions: SdkSessions;
  #lastCallId = 0;
  /** In the order of calling. */
  #called: ClientInput[] = [];
  #wakeUp = 0;
  #turnScheduled = false;

  /** `former`: the session of the program whose place it takes. */
  constructor(place: ProgramPlace, former: StoredSession | undefined) {
    super(place);
    const { name, clock, host, stream } = place;
    const settings = sdkSettings(place, former);
    this.sessionTtlMs = settings.sessionTtlMs;
    this.core = new ClientCore(settings);
    this.calls = new SdkCalls(host);
    this.#streams = new SdkStreams(this, host);
    this.#sessions = new SdkSessions({ name, ttlMs: this.sessionTtlMs, clockRate: clock.rate, former }, host);
    this.#locks = new SdkLocks(this);
    this.#watches = new SdkWatches(name, host, {
      take: (watchId, events, bytes) => {
        const delayMs = stream.chance(0.01) ? stream.real(50, 500) : stream.exponential(1);
        this.after(delayMs, () => this.#give({ type: 'watchConsumed', watchId, events, bytes }));
      },
      watch: (target, fromRevision) => this.watch(target, fromRevision),
    });
  }

  get seenRevision(): number {
    return this.core.seenRevision;
  }

  get connection(): ClientConnection | undefined {
    return this.#streams.newest;
  }

  get sessionId(): SessionId | undefined {
    return this.#sessions.current?.sessionId;
  }

  get session(): SessionRef | undefined {
    return this.#sessions.current;
  }

  get stored(): StoredSession | undefined {
    return this.#sessions.stored(this.core.session());
  }

  get canCommand(): boolean {
    return this.phase === 'running';
  }

  get pendingCount(): number {
    return this.calls.count;
  }

  get lockCount(): number {
    return this.#locks.count;
  }

  get watchCount(): number {
    return this.#watches.count;
  }

  start(): void {
    this.#give({ type: 'tick' });
    if (this.#sessions.isResuming) this.#connecting = this.call({ kind: 'connect' }, Number.POSITIVE_INFINITY);
  }

  stop(closeStream: boolean): void {
    if (this.phase === 'stopped') return;
    this.phase = 'stopped';
    this.#locks.stop();
    this.#watches.stop();
    this.#sessions.end(false);
    this.#streams.abandon(closeStream);
    this.host.onStopped(this);
  }

  /** The SDK opens sessions by itself. */
  openSession(): void {
    this.#give({ type: 'tick' });
  }

  /** Only by closing the client, which is then replaced. */
  closeSession(): void {
    if (this.calls.count > 0 || this.#locks.count > 0) return;
    this.#sessions.onCloseCalled();
    this.#give({ type: 'close' });
  }

  command(body: ProgramBody): void {
    const callId = this.call({ kind: 'command', body }, this.#timeoutMs());
    this.calls.begin(callId, this, body);
    if (!this.stream.chance(0.02)) return;
    this.after(this.stream.exponential(20), () => {
      this.host.coverage.hit('call aborted through the SDK');
      this.#give({ type: 'cancel', callId });
    });
  }

  read(body: ReadBody): void {
    const callId = this.call({ kind: 'read', body }, this.#timeoutMs());
    this.calls.begin(callId, this, body);
  }

  lock(request: LockAcquire): void {
    this.#locks.acquire(request);
  }

  watch(target: WatchTarget, fromRevision: number): CallId {
    const request = { kind: 'watch', target, fromRevision: fromRevision as Revision, progress: true } as const;
    const watchId = this.call(request, Number.POSITIVE_INFINITY);
    const { name: client, seenRevision } = this;
    const record = { client, target, fromRevision, seenRevision, startRevision: 0, deliveries: [], ended: false };
    this.host.history.watches.push(record);
    this.#watches.add(watchId, record);
    if (fromRevision !== 0) this.host.coverage.hit('watch started in the past');
    return watchId;
  }

  cancelWatch(): void {
    const watchId = this.#watches.closeOne();
    if (watchId !== undefined) this.#give({ type: 'watchClose', watchId });
  }

  call(request: CallRequest, timeoutMs: number): CallId {
    this.#lastCallId += 1;
    const callId = this.#lastCallId;
    // A moment later: whoever calls must know the call's id before it is settled.
    if (this.#called.length === 0) this.host.queue.after(0, () => this.whenAwake(() => this.#giveCalls()));
    this.#called.push({ type: 'call', callId, request, timeoutMs });
    return callId;
  }

  trueTimeInUs(delayMs: number): number {
    return this.host.queue.nowUs + this.clock.trueDurationUs(delayMs);
  }

  tick(): void {
    this.#give({ type: 'tick' });
  }

  onFrame(connection: ClientConnection, frame: ServerFrame, taken: () => void): void {
    const stream = this.#streams.numberOf(connection);
    this.whenAwake(() => {
      taken();
      if (stream !== undefined) this.#give({ type: 'streamFrame', stream, frame });
    });
  }

  onClosed(connection: ClientConnection): void {
    const stream = this.#streams.numberOf(connection);
    if (stream !== undefined) this.whenAwake(() => this.#onStreamClosed(stream, 'closed'));
  }

  #timeoutMs(): number {
    return this.stream.pick([300, 2_000, Number.POSITIVE_INFINITY]);
  }

  #give(input: ClientInput): void {
    if (this.phase !== 'running') return;
    const effects: ClientEffect[] = [];
    this.core.step(this.clock.instant(this.host.queue.nowUs), input, effects);
    this.host.trace.event('clientStep', this.party, this.host.queue.nowUs);
    this.#perform(effects);
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    this.host.queue.after(this.stream.between(0, 300), () => {
      this.#turnScheduled = false;
      this.whenAwake(() => this.#endTurn());
    });
  }

  #giveCalls(): void {
    const called = this.#called;
    this.#called = [];
    for (const call of called) this.#give(call);
  }

  #endTurn(): void {
    const effects: ClientEffect[] = [];
    this.core.step(this.clock.instant(this.host.queue.nowUs), { type: 'endOfTurn' }, effects);
    this.#perform(effects);
  }

  #perform(effects: readonly ClientEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
    if (this.phase === 'stopped') return;
    this.#locks.believe();
    const session = this.core.session();
    this.#sessions.believe(session, this.trueTimeInUs(session.remainingMs));
  }

  #performOne(effect: ClientEffect): void {
    switch (effect.type) {
      case 'connect':
        this.#connect(effect.stream, effect.endpoint);
        return;
      case 'send':
        this.calls.onSend(effect.frame);
        this.#streams.send(effect.stream, effect.frame);
        this.after(this.stream.exponential(0.1), () => this.#give({ type: 'streamWritable', stream: effect.stream }));
        return;
      case 'disconnect':
        this.#streams.close(effect.stream);
        return;
      case 'settle':
        this.#onSettled(effect.callId, effect.settlement);
        return;
      case 'watchBatch':
        this.#watches.onBatch(effect);
        return;
      case 'watchProgress':
        this.#watches.onProgress(effect);
        return;
      case 'watchEnded':
        this.#watches.onEnded(effect);
        return;
      case 'lockLost':
        this.#locks.onLost(effect.lockId);
        return;
      case 'session':
        if (effect.state === 'expired') this.#sessions.end(true);
        else this.#sessions.onOpen(effect);
        return;
      case 'wakeAt':
        this.#wakeAt(effect.monotonicMs);
        return;
      case 'status':
        this.log(effect.status.type);
        return;
      case 'closed':
        this.host.coverage.hit('session closed');
        this.stop(true);
    }
  }

  #connect(stream: StreamId, endpoint: string): void {
    const dialled = this.#streams.dial(stream, endpoint);
    this.log(`dials ${endpoint}: ${dialled}`);
    if (dialled === 'refused') this.after(this.stream.exponential(1), () => this.#onStreamClosed(stream, 'refused'));
  }

  #onStreamClosed(stream: StreamId, reason: string): void {
    this.#streams.forget(stream);
    this.#give({ type: 'streamClosed', stream, reason });
  }

  #onSettled(callId: CallId, settlement: Settlement): void {
    if (callId === this.#connecting) {
      if (settlement.type === 'connected') this.#locks.adopt(settlement.resumedLocks);
      else this.host.coverage.hit('resumption refused');
      return;
    }
    const taken =
      this.calls.onSettled(callId, settlement) ||
      this.#locks.onSettled(callId, settlement) ||
      this.#watches.onSettled(callId, settlement);
    if (taken) this.log(`call ${callId}: ${settlement.type}`);
  }

  #wakeAt(monotonicMs: number): void {
    this.#wakeUp += 1;
    const wakeUp = this.#wakeUp;
    this.at(monotonicMs, () => {
      if (wakeUp === this.#wakeUp) this.#give({ type: 'tick' });
    });
  }
}
