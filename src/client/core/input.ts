import type { ServerFrame } from '../../wire/frame.ts';
import type { Revision } from '../../wire/identifiers.ts';
import type { LockAcquire } from '../../wire/lock-operation.ts';
import type { CommandBody, ReadBody } from '../../wire/operation.ts';
import type { WatchTarget } from '../../wire/watch.ts';

/** Chosen by the caller, never used twice. Also names the lock or watch that the call opens. */
export type CallId = number;

/** Chosen by the core, never used twice. */
export type StreamId = number;

/** A command as the program calls it; the core adds what opens and closes sessions and handles locks. */
export type ProgramCommand = Extract<
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

export type WatchRequest = Extract<CallRequest, { readonly kind: 'watch' }>;

export type CallRequest =
  /** Settles when a node has welcomed the client. */
  | { readonly kind: 'connect' }
  | { readonly kind: 'command'; readonly body: ProgramCommand }
  | { readonly kind: 'read'; readonly body: ReadBody }
  /** `wait: false`: settles with `lockRefused` if the lock is not free. */
  | { readonly kind: 'lock'; readonly request: LockAcquire }
  /** Of a lock that is held. */
  | { readonly kind: 'setNote'; readonly lockId: CallId; readonly note: Uint8Array }
  | { readonly kind: 'release'; readonly lockId: CallId }
  /** Settles once the start revision is fixed. `fromRevision` 0: from now. */
  | {
      readonly kind: 'watch';
      readonly target: WatchTarget;
      readonly fromRevision: Revision;
      /** The program is told of progress, too. */
      readonly progress: boolean;
    };

export type ClientInput =
  | {
      readonly type: 'call';
      readonly callId: CallId;
      readonly request: CallRequest;
      /** Infinity: no deadline. */
      readonly timeoutMs: number;
    }
  /** The caller does not wait any longer. A call that has been settled is not affected. */
  | { readonly type: 'cancel'; readonly callId: CallId }
  /** The consumer has taken batches with so much in them: all that it was given, sooner or later, several at once. */
  | { readonly type: 'watchConsumed'; readonly watchId: CallId; readonly events: number; readonly bytes: number }
  | { readonly type: 'watchClose'; readonly watchId: CallId }
  | { readonly type: 'streamFrame'; readonly stream: StreamId; readonly frame: ServerFrame }
  /** What was sent has left: the next frame may follow. Due once after each `send`. */
  | { readonly type: 'streamWritable'; readonly stream: StreamId }
  | { readonly type: 'streamClosed'; readonly stream: StreamId; readonly reason: string }
  | { readonly type: 'tick' }
  /** All input that was there has been given: send what has gathered. */
  | { readonly type: 'endOfTurn' }
  | { readonly type: 'close' };
