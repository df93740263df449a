import type { SessionId } from '../../../wire/identifiers.ts';
import type { LockAcquire } from '../../../wire/lock-operation.ts';
import type { CommandBody, ReadBody } from '../../../wire/operation.ts';
import type { WatchTarget } from '../../../wire/watch.ts';
import type { RandomStream } from '../prng.ts';
import type { ClientConnection, ClientEnd } from '../world/client-transport.ts';

/** What a program calls; sessions and locks have calls of their own. */
export type ProgramBody = Extract<
  CommandBody,
  {
    readonly kind:
      | 'put'
      | 'delete'
      | 'transaction'
      | 'createSequential'
      | 'compactHistory'
      | 'lockForceRelease'
      | 'counterAdd'
      | 'counterCompareAndSet'
      | 'closeOtherSession';
  }
>;

/** What a program has stored of its session, for whoever is started in its place. */
export interface StoredSession {
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly secret: Uint8Array;
  readonly ttlMs: number;
}

/** 16 bytes. */
export function secretFrom(stream: RandomStream): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: 4 }, () => stream.next32()).buffer);
}

/** A client program with whatever it speaks to the service through, as the workload, the faults and the last phase see it. */
export interface ClientActor extends ClientEnd {
  readonly name: string;
  readonly phase: 'running' | 'paused' | 'stopped';
  /** The highest revision that it has seen. */
  readonly seenRevision: number;
  readonly connection: ClientConnection | undefined;
  /** The session that it trusts. */
  readonly sessionId: SessionId | undefined;
  readonly sessionTtlMs: number | undefined;
  /** Of the newest session that it has had. */
  readonly stored: StoredSession | undefined;
  /** Commands can be called now. */
  readonly canCommand: boolean;
  /** Calls without an answer. */
  readonly pendingCount: number;
  /** Locks that are waited for or held. */
  readonly lockCount: number;
  readonly watchCount: number;
  /** Commands open no new session any more. */
  retiring: boolean;

  start(): void;
  pause(): void;
  /** As a pause, but the machine's monotonic clock stands still meanwhile. */
  suspend(): void;
  resume(): void;
  /** The program ends without a word, or its machine dies and not even the stream is closed. */
  stop(closeStream: boolean): void;

  openSession(): void;
  closeSession(): void;
  command(body: ProgramBody): void;
  read(body: ReadBody): void;
  lock(request: LockAcquire): void;
  /** What an operator would read off the lock: the token of the grant that anybody learned of last. */
  newestToken(name: string): number | undefined;
  /** `fromRevision` 0: from now. */
  watch(target: WatchTarget, fromRevision: number): void;
  cancelWatch(): void;
  /** Runs when the client's clock has advanced so far, and the program is not paused; never if it has stopped. */
  after(delayMs: number, run: () => void): void;
}
