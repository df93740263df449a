import { utf8Bytes } from '../../../wire/bytes.ts';
import type { Revision, SessionId } from '../../../wire/identifiers.ts';
import type { LockAcquire } from '../../../wire/lock-operation.ts';
import type { Consistency, KeyRange } from '../../../wire/operation.ts';
import { isKeyspaceKind, type OperationKind, type SimulationConfig } from '../config.ts';
import { RandomStream } from '../prng.ts';
import type { ClientActor } from './client-actor.ts';
import { type CallDraws, keyspaceCall } from './keyspace-workload.ts';
import { isSessionKind, sessionCall } from './session-workload.ts';
import { isWatchOperation, type WatchDraws, watchCall } from './watch-workload.ts';

const acquisitionsPerClient = 3;

/**
 * One call of a client. With which key and value is drawn from its own number, so that the others stay as they are when it is
 * taken away.
 */
export interface ScheduledCall {
  readonly atMs: number;
  /** Which of the clients that run at a time; whoever takes the place of a stopped one goes on with its calls. */
  readonly client: number;
  readonly kind: OperationKind;
  readonly draw: number;
}

/** What all clients will call, and when. A longer chaos begins with the same calls; `afterMs`: only those after that time. */
export function drawCalls(config: SimulationConfig, afterMs = 0): ScheduledCall[] {
  const calls: ScheduledCall[] = [];
  for (let client = 0; client < config.clients; client++) {
    const stream = new RandomStream(config.seed).fork(`calls of client ${client}`);
    for (let drawnMs = 0; ; ) {
      drawnMs += stream.exponential(config.thinkMs);
      const kind = stream.weighted(config.operations);
      const draw = stream.next32();
      const atMs = Math.round(drawnMs * 1000) / 1000;
      if (atMs >= config.chaosMs) break;
      if (atMs > afterMs) calls.push({ atMs, client, kind, draw });
    }
  }
  return calls.sort((a, b) => a.atMs - b.atMs || a.client - b.client);
}

/** What one client calls: few keys, so that clients meet; every value is unique, so that none passes for another. */
export class Workload {
  readonly #client: ClientActor;
  readonly #config: SimulationConfig;
  /** Of whatever program. */
  readonly #sessions: readonly { readonly sessionId: SessionId }[];
  #calls = 0;
  /** Of the call that is being made. */
  #stream = new RandomStream(0);

  constructor(client: ClientActor, config: SimulationConfig, sessions: readonly { readonly sessionId: SessionId }[]) {
    this.#client = client;
    this.#config = config;
    this.#sessions = sessions;
  }

  /** As soon as the client is awake; not at all if it has stopped, or waits for too many answers. */
  call({ kind, draw }: ScheduledCall): void {
    this.#client.after(0, () => {
      if (this.#client.pendingCount >= this.#config.outstanding) return;
      this.#stream = new RandomStream(draw);
      this.#begin(kind);
    });
  }

  #begin(kind: OperationKind): void {
    if (isCommand(kind) && !this.#client.canCommand) {
      this.#client.openSession();
      return;
    }
    this.#calls += 1;
    if (isKeyspaceKind(kind)) keyspaceCall(kind, this.#client, this.#draws());
    else if (isSessionKind(kind)) sessionCall(kind, this.#client, this.#stream, this.#sessions);
    else if (isWatchOperation(kind)) watchCall(kind, this.#client, this.#draws());
    else if (isCommand(kind)) this.#command(kind);
    else this.#readOrWatch(kind);
  }

  #command(kind: OperationKind): void {
    const client = this.#client;
    const stream = this.#stream;
    switch (kind) {
      case 'put':
        client.command({ kind: 'put', key: this.#key(), value: this.#value(), ephemeral: false });
        return;
      case 'ephemeralPut': {
        const key = stream.chance(0.5) ? this.#key() : utf8Bytes(`k/live-${client.name}`);
        client.command({ kind: 'put', key, value: this.#value(), ephemeral: true });
        return;
      }
      case 'delete':
        client.command({ kind: 'delete', key: this.#key() });
        return;
      case 'compareAndSwap':
        this.#compareAndSwap();
        return;
      case 'readTransaction':
        client.command({
          kind: 'transaction',
          if: [{ kind: 'exists', key: this.#key() }],
          then: [{ kind: 'get', key: this.#key() }],
          else: [],
        });
        return;
      case 'counterAdd':
        client.command({ kind: 'counterAdd', name: this.#counter(), count: stream.pick([1, 1, 10]) });
        return;
      case 'counterCompareAndSet': {
        const expected = BigInt(stream.between(0, 3));
        const value = (expected + 1n) % 4n;
        client.command({ kind: 'counterCompareAndSet', name: 'ring', expected, value });
        return;
      }
      case 'lock':
      case 'tryLock':
      case 'sharedLock':
      case 'permit':
      case 'severalLocks':
      case 'delayedLock':
        if (client.lockCount < acquisitionsPerClient) client.lock(this.#lockRequest(kind));
        return;
      case 'lockForceRelease':
        this.#forceRelease();
        return;
      case 'closeSession':
        if (stream.chance(0.2)) client.closeSession();
        return;
    }
  }

  #lockRequest(kind: 'lock' | 'tryLock' | 'sharedLock' | 'permit' | 'severalLocks' | 'delayedLock'): LockAcquire {
    const stream = this.#stream;
    const wait = kind !== 'tryLock';
    const plain = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: new Uint8Array() } as const;
    switch (kind) {
      case 'lock':
      case 'tryLock':
        return { kind: 'lockAcquire', name: stream.chance(0.2) ? this.#mixedLock() : this.#lock(), wait };
      case 'sharedLock':
        return { kind: 'lockAcquire', name: this.#mixedLock(), wait, terms: { ...plain, mode: 'shared' } };
      case 'permit': {
        const terms = { ...plain, mode: 'permit', permits: stream.between(1, 3) } as const;
        return { kind: 'lockAcquire', name: this.#mixedLock(), wait: stream.chance(0.8), terms };
      }
      case 'severalLocks': {
        const [name = '', ...otherNames] = [...new Set([this.#lock(), this.#lock(), this.#mixedLock()])].sort();
        return { kind: 'lockAcquire', name, wait: stream.chance(0.8), terms: { ...plain, otherNames } };
      }
      case 'delayedLock': {
        const note = utf8Bytes(`${this.#client.name} waits`);
        const terms = { ...plain, delayMs: stream.between(1, 2_000), note };
        return { kind: 'lockAcquire', name: this.#lock(), wait, terms };
      }
    }
  }

  /** An operator who has looked at a lock some time ago, or at nothing. */
  #forceRelease(): void {
    const name = this.#stream.chance(0.5) ? this.#lock() : this.#mixedLock();
    const holder = this.#stream.chance(0.8) ? this.#client.newestToken(name) : undefined;
    const token = holder ?? this.#stream.between(1, this.#client.seenRevision + 1);
    this.#client.command({ kind: 'lockForceRelease', name, token });
  }

  #compareAndSwap(): void {
    const stream = this.#stream;
    const key = this.#key();
    const modRevision = stream.between(0, this.#client.seenRevision) as Revision;
    const condition = stream.chance(0.5)
      ? ({ kind: 'absent', key } as const)
      : ({ kind: 'modRevisionIs', key, modRevision: stream.chance(0.3) ? (0 as Revision) : modRevision } as const);
    this.#client.command({
      kind: 'transaction',
      if: [condition],
      then: [{ kind: 'put', key, value: this.#value(), ephemeral: false }],
      else: stream.chance(0.5)
        ? [{ kind: 'get', key }]
        : [
            { kind: 'delete', key },
            { kind: 'put', key: this.#key(), value: this.#value(), ephemeral: false },
          ],
    });
  }

  #readOrWatch(kind: OperationKind): void {
    const client = this.#client;
    const newest = 0 as Revision;
    const consistency: Consistency = 'linearizable';
    switch (kind) {
      case 'get':
        client.read({ kind: 'get', key: this.#key(), revision: newest, consistency });
        return;
      case 'getPast': {
        const revision = this.#stream.between(0, client.seenRevision) as Revision;
        client.read({ kind: 'get', key: this.#key(), revision, consistency });
        return;
      }
      case 'getStale':
        client.read({ kind: 'get', key: this.#key(), revision: newest, consistency: 'stale' });
        return;
      case 'range': {
        const limit = this.#stream.chance(0.3) ? 2 : 0;
        client.read({ kind: 'range', range: this.#range(), revision: newest, consistency, limit });
        return;
      }
      case 'counterGet':
        client.read({ kind: 'counterGet', name: this.#counter(), consistency });
        return;
      case 'lockGet':
        client.read({ kind: 'lockGet', name: this.#lock(), consistency });
        return;
      case 'lockInspect': {
        const limit = this.#stream.pick([0, 0, 1]);
        client.read({ kind: 'lockInspect', name: this.#mixedLock(), consistency, limit });
        return;
      }
      case 'watchCancel':
        if (this.#stream.chance(0.1)) client.cancelWatch();
        return;
    }
  }

  #draws(): CallDraws & WatchDraws {
    const { seenRevision, sessionId } = this.#client;
    return {
      stream: this.#stream,
      seenRevision,
      sessionId,
      key: () => this.#key(),
      value: () => this.#value(),
      range: () => this.#range(),
      counter: () => this.#counter(),
      lock: () => this.#lock(),
    };
  }

  #key(): Uint8Array {
    return utf8Bytes(`k/${this.#stream.between(1, this.#config.keys)}`);
  }

  #value(): Uint8Array {
    const text = `${this.#client.name}:${this.#calls}:${this.#stream.between(0, 999)}`;
    const { longValueBytes } = this.#config;
    return utf8Bytes(longValueBytes > 0 && this.#stream.chance(0.3) ? text.padEnd(longValueBytes, '.') : text);
  }

  #range(): KeyRange {
    if (this.#stream.chance(0.3)) return { from: this.#key(), to: 'single' };
    if (this.#stream.chance(0.2)) return { from: utf8Bytes('k/2'), to: 'unbounded' };
    return { from: utf8Bytes('k/'), to: utf8Bytes('k0') };
  }

  #lock(): string {
    return `lock-${this.#stream.between(1, this.#config.locks)}`;
  }

  /** Where exclusive and shared requests and permits meet. */
  #mixedLock(): string {
    return 'lock-mixed';
  }

  #counter(): string {
    return `counter-${this.#stream.between(1, this.#config.counters)}`;
  }
}

function isCommand(kind: OperationKind): boolean {
  if (isWatchOperation(kind)) return false;
  switch (kind) {
    case 'get':
    case 'getPast':
    case 'getStale':
    case 'range':
    case 'count':
    case 'rangeDescending':
    case 'counterGet':
    case 'lockGet':
    case 'lockInspect':
    case 'sessionList':
    case 'sessionGet':
    case 'watchCancel':
      return false;
    default:
      return true;
  }
}
