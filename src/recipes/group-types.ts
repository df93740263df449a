import type { CallOptions } from '../client/index.ts';

/** What a member tells of itself: names and texts. */
export type Metadata = Readonly<Record<string, string>>;

export interface Member {
  readonly id: string;
  /** Of the session that it is a member by. */
  readonly session: string;
  /** At which it joined, or came back under another session. */
  readonly joinedRevision: number;
  /** Empty if somebody has put something else there than `join` does. */
  readonly metadata: Metadata;
}

export type GroupEvent =
  | { readonly type: 'joined'; readonly member: Member }
  /** Its metadata changed. */
  | { readonly type: 'updated'; readonly member: Member; readonly previous: Member }
  /** The same id, by another session: a program that was started again, or one that had lost its session. */
  | { readonly type: 'replaced'; readonly member: Member; readonly previous: Member }
  /** In good order: it left, or its client was closed. */
  | { readonly type: 'left'; readonly member: Member }
  /** Its session expired: nothing was heard of it. */
  | { readonly type: 'crashed'; readonly member: Member };

export interface GroupChange {
  readonly revision: number;
  /** All of one revision; none in the first change, which tells who is there. */
  readonly events: readonly GroupEvent[];
  /** Who is there at this revision, in the order of joining. */
  readonly members: readonly Member[];
}

export interface JoinOptions {
  /** By default one that nobody else has. A member of the same id is replaced. */
  readonly id?: string | undefined;
  readonly metadata?: Metadata | undefined;
}

/** Lasts through the loss of the session: then it ends for others, and comes back under the next session with the newest metadata. */
export interface Membership extends AsyncDisposable {
  readonly id: string;
  /** Aborts when it is over for good: left, replaced by another program of the same id, or the client closed; the reason says which. */
  readonly signal: AbortSignal;
  /**
   * Rejects with NOT_A_MEMBER once it is over. Given while the connection is away, it is not lost: after an error with outcome `unknown`
   * it is carried on in the background, until a later one takes its place. With `not-applied` nothing has changed, nor will.
   */
  update(metadata: Metadata): Promise<void>;
  /** Idempotent; what disposal does, too. */
  leave(): Promise<void>;
}

export interface Group {
  readonly name: string;
  /** Resolves once others can see it. */
  join(options?: JoinOptions): Promise<Membership>;
  /** In the order of joining. */
  members(options?: CallOptions): Promise<readonly Member[]>;
  /**
   * Who is there, then every join, update, leave and crash, in the order of their revisions: the same for everyone, none left out, through
   * reconnections and the death of nodes. The loop throws COMPACTED if this client was cut off for longer than the service remembers.
   */
  changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<GroupChange>;
}
