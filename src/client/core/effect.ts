import type { ErrorCode } from '../../wire/errors.ts';
import type { ClientFrame } from '../../wire/frame.ts';
import type { Revision, SessionId } from '../../wire/identifiers.ts';
import type { Result } from '../../wire/result.ts';
import type { SessionLock } from '../../wire/session-info.ts';
import type { WireEvent } from '../../wire/watch.ts';
import type { ClientStatus } from '../types.ts';
import type { CallId, StreamId } from './input.ts';

/** Why an endpoint is not used. */
export interface EndpointReport {
  readonly endpoint: string;
  readonly reason: string;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** 'not-applied': the call surely has had and will have no effect. */
  readonly outcome: 'not-applied' | 'unknown';
  /** COMPACTED: the oldest revision still to be had; else 0. */
  readonly oldestRevision: number;
  /** UNAVAILABLE: what is known of each endpoint. */
  readonly endpoints: readonly EndpointReport[] | undefined;
}

/** A lock of the session that was taken over: it goes by an id that no call has. */
export interface ResumedLock extends SessionLock {
  readonly lockId: CallId;
}

export type Settlement =
  | { readonly type: 'connected'; readonly resumedLocks: readonly ResumedLock[] }
  /** Of a command or a read; never an error. */
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'lockHeld'; readonly token: number }
  | { readonly type: 'lockRefused' }
  | { readonly type: 'lockReleased'; readonly released: boolean }
  | { readonly type: 'noteSet' }
  | { readonly type: 'watching'; readonly startRevision: Revision }
  | { readonly type: 'failed'; readonly failure: Failure };

export type SessionState = 'active' | 'jeopardy' | 'expired';

/** What the shell must do, in this order. */
export type ClientEffect =
  /** Open a stream; frames for it follow at once. */
  | { readonly type: 'connect'; readonly stream: StreamId; readonly endpoint: string }
  /** At most one per stream is under way: `streamWritable` asks for the next. */
  | { readonly type: 'send'; readonly stream: StreamId; readonly frame: ClientFrame }
  /** Nothing more is taken from that stream. */
  | { readonly type: 'disconnect'; readonly stream: StreamId }
  | { readonly type: 'settle'; readonly callId: CallId; readonly settlement: Settlement }
  /** For each of these watches; `watchConsumed` says when their consumers have taken it. */
  | {
      readonly type: 'watchBatch';
      readonly watchIds: readonly CallId[];
      readonly revision: Revision;
      readonly events: readonly WireEvent[];
      /** Roughly what it occupies. */
      readonly bytes: number;
    }
  /** Everything up to and including the revision has been given to these watches, which have asked to be told so. */
  | { readonly type: 'watchProgress'; readonly watchIds: readonly CallId[]; readonly revision: Revision }
  /** After the last batch. Without a failure: the client was closed. */
  | { readonly type: 'watchEnded'; readonly watchId: CallId; readonly failure: Failure | undefined }
  | { readonly type: 'lockLost'; readonly lockId: CallId }
  /** `serial` counts the sessions of this client from 1. */
  | {
      readonly type: 'session';
      readonly serial: number;
      readonly state: SessionState;
      readonly sessionId: SessionId;
      readonly generation: number;
    }
  | { readonly type: 'status'; readonly status: ClientStatus }
  /** Give a tick when the monotonic clock shows this, at the latest. Replaces the one before. */
  | { readonly type: 'wakeAt'; readonly monotonicMs: number }
  /** Every call has been settled and every stream disconnected. */
  | { readonly type: 'closed' };
