import type { NodeId, Revision, Sequence, SessionId } from './identifiers.ts';
import type { WireError } from './result.ts';
import type { WatchTarget, WireEvent } from './watch.ts';

/** What a client sends; see `client.proto` for the flow. */
export interface ClientFrame {
  readonly hello: Hello | undefined;
  /** Serialised operations; slices of the frame's buffer. */
  readonly operations: readonly Uint8Array[];
  readonly keepAlives: readonly KeepAlive[];
  readonly watchCreates: readonly WatchCreate[];
  readonly watchCancels: readonly number[];
  readonly grantQueries: readonly GrantQuery[];
}

/** To be filled in. */
export const emptyClientFrame: ClientFrame = {
  hello: undefined,
  operations: [],
  keepAlives: [],
  watchCreates: [],
  watchCancels: [],
  grantQueries: [],
};

/** What a node sends. */
export interface ServerFrame {
  readonly welcome: Welcome | undefined;
  /** Serialised results. */
  readonly results: readonly Uint8Array[];
  readonly keepAlives: readonly KeepAliveAnswer[];
  /** Serialised notices. */
  readonly watchNotices: readonly Uint8Array[];
  readonly grants: readonly Grant[];
  readonly leader: LeaderHint | undefined;
  /** The node ends the stream after this frame. */
  readonly goodbye: WireError | undefined;
}

export interface Hello {
  readonly protocol: number;
  readonly clusterId: string;
  readonly revision: Revision;
  readonly client: string;
}

export interface Welcome {
  readonly protocol: number;
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly leader: LeaderHint | undefined;
  readonly revision: Revision;
}

/** Both empty: no leader is known. */
export interface LeaderHint {
  readonly nodeId: NodeId | '';
  readonly address: string;
}

export interface SessionRef {
  readonly sessionId: SessionId;
  readonly generation: number;
}

export interface KeepAlive {
  readonly id: number;
  readonly sessions: readonly SessionRef[];
}

export interface KeepAliveAnswer {
  readonly id: number;
  readonly alive: readonly SessionId[];
  readonly ended: readonly SessionId[];
}

export interface GrantQuery {
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly sequence: Sequence;
  readonly name: string;
}

export interface Grant {
  readonly sessionId: SessionId;
  readonly sequence: Sequence;
  readonly state: 'queued' | 'held' | 'gone' | 'ended';
  /** The fencing token, if held; else 0. */
  readonly token: number;
  readonly revision: Revision;
}

export interface WatchCreate {
  readonly watchId: number;
  readonly target: WatchTarget;
  /** 0: from now. */
  readonly fromRevision: Revision;
  readonly seenRevision: Revision;
}

export interface WatchNotice {
  readonly watchIds: readonly number[];
  readonly notice:
    | { readonly kind: 'created'; readonly startRevision: Revision }
    | WatchBatchNotice
    | { readonly kind: 'progress'; readonly revision: Revision }
    | { readonly kind: 'ended'; readonly error: WireError };
}

export interface WatchBatchNotice {
  readonly kind: 'batch';
  readonly revision: Revision;
  readonly events: readonly WireEvent[];
  readonly partial: boolean;
}
