import { type CallLimits, defaultTimeoutMs } from './arguments.ts';
import { ClientCore } from './core/client-core.ts';
import type { ClientEffect, Failure, Settlement } from './core/effect.ts';
import type { CallId, CallRequest, ClientInput } from './core/input.ts';
import type { LockView } from './core/locks.ts';
import type { SessionView } from './core/sessions.ts';
import type { ClientSettings } from './core/settings.ts';
import { abortError, ConclaveError, errorOf } from './error.ts';
import { type Surroundings, systemSurroundings, type Transport } from './surroundings.ts';
import { timerLimitMs } from './system-clock.ts';
import type { ClientStatus } from './types.ts';
import { batchOf } from './watch-batch.ts';
import type { WatchSink } from './watch-sink.ts';

export type Settled<Type extends Settlement['type']> = Extract<Settlement, { readonly type: Type }>;

interface PendingCall {
  readonly resolve: (settlement: Settlement) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

/** Gives the core its clocks, timer and streams, and turns its effects into promises and callbacks. */
export class Driver {
  readonly #core: ClientCore;
  readonly #clock: Surroundings['clock'];
  readonly #transport: Transport;
  readonly #pending = new Map<CallId, PendingCall>();
  readonly #lockSinks = new Map<CallId, () => void>();
  readonly #watchSinks = new Map<CallId, WatchSink>();
  readonly #statusSinks = new Set<(status: ClientStatus) => void>();
  readonly #closedSinks: (() => void)[] = [];
  #sessionSink: (serial: number) => void = () => undefined;
  /** Yet to be carried out, in order. */
  readonly #effects: ClientEffect[] = [];
  #carryingOut = false;
  #endOfTurnDue = false;
  #timer: NodeJS.Timeout | undefined;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #lastCallId = 0;
  #closed = false;
  #status: ClientStatus | undefined;
  #fault: unknown;

  constructor(settings: ClientSettings, { clock, openTransport }: Surroundings = systemSurroundings) {
    this.#core = new ClientCore(settings);
    this.#clock = clock;
    this.#transport = openTransport({
      onFrame: (stream, frame) => this.#give({ type: 'streamFrame', stream, frame }),
      onWritable: (stream) => this.#give({ type: 'streamWritable', stream }),
      onClosed: (stream, reason) => this.#give({ type: 'streamClosed', stream, reason }),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  get status(): ClientStatus {
    return this.#status ?? this.#core.status;
  }

  newCallId(): CallId {
    this.#lastCallId += 1;
    return this.#lastCallId;
  }

  /** Rejects with a ConclaveError. `Type`: the settlement to which such a request leads. */
  call<Type extends Settlement['type']>(
    request: CallRequest,
    { signal, timeoutMs }: CallLimits = { signal: undefined, timeoutMs: defaultTimeoutMs },
    callId = this.newCallId(),
  ): Promise<Settled<Type>> {
    if (signal?.aborted === true) return Promise.reject(abortError(signal));
    if (this.#closed) return Promise.reject(new ConclaveError('CLOSED', 'the client is closed'));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#give({ type: 'cancel', callId });
      this.#pending.set(callId, { resolve: resolve as (settlement: Settlement) => void, reject, signal, onAbort });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#give({ type: 'call', callId, request, timeoutMs });
    });
  }

  /** Judged at this moment. */
  lock(lockId: CallId): LockView {
    this.#observe();
    return this.#closed ? { held: false, remainingMs: 0 } : this.#core.lock(lockId);
  }

  /** Judged at this moment. */
  session(): SessionView {
    this.#observe();
    return this.#core.session();
  }

  onLockLost(lockId: CallId, sink: () => void): void {
    this.#lockSinks.set(lockId, sink);
  }

  forgetLock(lockId: CallId): void {
    this.#lockSinks.delete(lockId);
  }

  onWatch(watchId: CallId, sink: WatchSink): void {
    this.#watchSinks.set(watchId, sink);
  }

  consumed(watchId: CallId, events: number, bytes: number): void {
    this.#give({ type: 'watchConsumed', watchId, events, bytes });
  }

  closeWatch(watchId: CallId): void {
    this.#watchSinks.delete(watchId);
    this.#give({ type: 'watchClose', watchId });
  }

  onSessionExpired(sink: (serial: number) => void): void {
    this.#sessionSink = sink;
  }

  addStatusSink(sink: (status: ClientStatus) => void): void {
    this.#statusSinks.add(sink);
  }

  removeStatusSink(sink: (status: ClientStatus) => void): void {
    this.#statusSinks.delete(sink);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve();
        return;
      }
      this.#closedSinks.push(resolve);
      this.#give({ type: 'close' });
    });
  }

  #observe(): void {
    this.#give({ type: 'tick' });
  }

  #give(input: ClientInput): void {
    if (this.#closed) return;
    try {
      this.#core.step(this.#clock.now(), input, this.#effects);
      this.#carryOut();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (input.type !== 'endOfTurn') this.#askForEndOfTurn();
  }

  /** After all promises that are settled now have been acted on, so that what the program does next goes in one frame. */
  #askForEndOfTurn(): void {
    if (this.#endOfTurnDue || this.#closed) return;
    this.#endOfTurnDue = true;
    process.nextTick(() => {
      this.#endOfTurnDue = false;
      this.#give({ type: 'endOfTurn' });
    });
  }

  /** An effect may lead to another input (an abort listener that asks a lock): its effects come after those that are here. */
  #carryOut(): void {
    if (this.#carryingOut) return;
    this.#carryingOut = true;
    try {
      for (let next = 0; next < this.#effects.length; next++) this.#perform(this.#effects[next] as ClientEffect);
    } finally {
      this.#effects.length = 0;
      this.#carryingOut = false;
    }
  }

  #perform(effect: ClientEffect): void {
    switch (effect.type) {
      case 'connect':
        this.#transport.open(effect.stream, effect.endpoint);
        break;
      case 'send':
        this.#transport.send(effect.stream, effect.frame);
        break;
      case 'disconnect':
        this.#transport.close(effect.stream);
        break;
      case 'settle':
        this.#settle(effect.callId, effect.settlement);
        break;
      case 'watchBatch':
        this.#deliver(effect);
        break;
      case 'watchProgress':
        for (const watchId of effect.watchIds) this.#watchSinks.get(watchId)?.onProgress(effect.revision);
        break;
      case 'watchEnded':
        this.#endWatch(effect.watchId, effect.failure);
        break;
      case 'lockLost':
        this.#loseLock(effect.lockId);
        break;
      case 'session':
        if (effect.state === 'expired') this.#sessionSink(effect.serial);
        break;
      case 'status':
        for (const sink of [...this.#statusSinks]) sink(effect.status);
        break;
      case 'wakeAt':
        this.#wakeAtMs = effect.monotonicMs;
        this.#setTimer();
        break;
      case 'closed':
        this.#onClosed();
    }
  }

  #settle(callId: CallId, settlement: Settlement): void {
    const call = this.#pending.get(callId);
    if (call === undefined) return;
    this.#pending.delete(callId);
    call.signal?.removeEventListener('abort', call.onAbort);
    if (settlement.type !== 'failed') call.resolve(settlement);
    else
      call.reject(
        errorOf(settlement.failure, settlement.failure.code === 'ABORTED' ? call.signal?.reason : this.#fault),
      );
  }

  /** Watches of one selection share what they are given. */
  #deliver({ watchIds, revision, events, bytes }: Extract<ClientEffect, { readonly type: 'watchBatch' }>): void {
    const batch = batchOf(revision, events);
    for (const watchId of watchIds) this.#watchSinks.get(watchId)?.onBatch(batch, bytes);
  }

  #endWatch(watchId: CallId, failure: Failure | undefined): void {
    const sink = this.#watchSinks.get(watchId);
    this.#watchSinks.delete(watchId);
    sink?.onEnded(failure);
  }

  #loseLock(lockId: CallId): void {
    const sink = this.#lockSinks.get(lockId);
    this.#lockSinks.delete(lockId);
    sink?.();
  }

  /** An open client keeps the process alive, as an open connection does; a closed one does not. */
  #setTimer(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const delayMs = Math.min(timerLimitMs, Math.max(0, Math.ceil(this.#wakeAtMs - this.#clock.monotonicMs())));
    this.#timer = setTimeout(() => this.#onTimer(), delayMs);
  }

  #onTimer(): void {
    if (this.#clock.monotonicMs() < this.#wakeAtMs) this.#setTimer();
    else this.#give({ type: 'tick' });
  }

  #onClosed(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#transport.closeAll();
    this.#statusSinks.clear();
    for (const sink of this.#closedSinks.splice(0)) sink();
  }

  /** The core has found itself to be wrong: nothing that it says may be trusted any more. */
  #fail(cause: unknown): void {
    if (this.#closed) return;
    this.#fault = cause;
    const failure: Failure = {
      code: 'INTERNAL',
      message: `the client found a fault in itself and closed: ${String(cause)}`,
      outcome: 'unknown',
      oldestRevision: 0,
      endpoints: undefined,
    };
    this.#effects.length = 0;
    this.#status = { type: 'closed' };
    this.#closed = true;
    for (const lockId of [...this.#lockSinks.keys()]) this.#loseLock(lockId);
    this.#sessionSink(this.#core.session().serial);
    for (const sink of [...this.#statusSinks]) sink(this.#status);
    for (const callId of [...this.#pending.keys()]) this.#settle(callId, { type: 'failed', failure });
    for (const watchId of [...this.#watchSinks.keys()]) this.#endWatch(watchId, failure);
    this.#onClosed();
  }
}
