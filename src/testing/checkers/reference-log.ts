import type { ErrorCode } from '../../wire/errors.ts';
import type { Revision, Sequence, SessionId } from '../../wire/identifiers.ts';
import type { LockDetails, LockMode, LockState } from '../../wire/lock-operation.ts';
import type { Operation } from '../../wire/operation.ts';
import type { ResultBody, WireEntry } from '../../wire/result.ts';
import type { SessionMetadata } from '../../wire/session-info.ts';
import type { WireObjectEvent } from '../../wire/watch.ts';
import type { WatchedKeyEvent } from './history.ts';

/** One operation of the chosen log, with what it must have done by the sequential model. */
export interface AppliedOperation {
  readonly index: number;
  readonly slot: number;
  /** When its slot was chosen, true time. */
  readonly chosenUs: number;
  readonly operation: Operation;
  /** It was not a repetition, and not refused for its number or session: its result is remembered. */
  readonly taken: boolean;
  /** It raised the revision. */
  readonly changed: boolean;
  readonly revision: Revision;
  readonly result: ResultBody;
}

export interface Version<T> {
  readonly revision: number;
  readonly value: T;
}

export interface SessionHistory {
  readonly sessionId: SessionId;
  readonly ttlMs: number;
  readonly name: string;
  readonly nonce: bigint;
  readonly metadata: readonly SessionMetadata[];
  readonly openedUs: number;
  /** In order; the first begins with the session. */
  readonly generations: GenerationHistory[];
  endedRevision: number | undefined;
  endedUs: number | undefined;
  /** `forced`: by the command of another session. */
  endedBy: 'closed' | 'expired' | 'forced' | undefined;
}

export interface GenerationHistory {
  readonly generation: number;
  /** Of the command that made it. */
  readonly nonce: bigint;
  readonly fromRevision: number;
  readonly fromUs: number;
}

/** The end of one generation of a session. */
export interface GenerationEnd {
  readonly revision: number;
  readonly us: number;
  /** `superseded`: the next generation has taken over. */
  readonly by: 'closed' | 'expired' | 'forced' | 'superseded';
}

export interface AcquisitionHistory {
  /** Of several, the first. */
  readonly name: string;
  readonly names: readonly string[];
  readonly mode: LockMode;
  readonly permits: number;
  readonly delayMs: number;
  note: Uint8Array;
  readonly sessionId: SessionId;
  readonly sequence: Sequence;
  /** That of the session when it asked. */
  readonly generation: number;
  readonly askedRevision: number;
  /** Undefined while it waits. */
  token: number | undefined;
  grantedRevision: number | undefined;
  endedRevision: number | undefined;
  /** `force`: by an operator. */
  endedBy: 'released' | 'withdrawn' | 'session' | 'force' | undefined;
}

/** Everything that the chosen log means, at every revision. */
export interface ReferenceLog {
  readonly revision: number;
  readonly applied: readonly AppliedOperation[];
  readonly sessions: ReadonlyMap<SessionId, SessionHistory>;
  /** Keyed by `acquisitionKey`. */
  readonly acquisitions: ReadonlyMap<string, AcquisitionHistory>;
  /** The first taking of a command; undefined if it was never taken. */
  taken(sessionId: SessionId, sequence: Sequence): AppliedOperation | undefined;
  /** What a revision did to keys, in key order. */
  events(revision: number): readonly WatchedKeyEvent[];
  /** What a revision did to locks, counters and sessions, in this order, and then of names. */
  objectEvents(revision: number): readonly WireObjectEvent[];
  entryAt(key: string, revision: number): WireEntry | undefined;
  /** Keys that ever existed, sorted. */
  keys(): readonly string[];
  counterAt(name: string, revision: number): bigint;
  lockAt(name: string, revision: number): LockState;
  lockDetailsAt(name: string, revision: number): LockDetails;
}

/** The generation that a session had at the revision. */
export function generationAt(session: SessionHistory | undefined, revision: number): number {
  return session?.generations.findLast(({ fromRevision }) => fromRevision <= revision)?.generation ?? 0;
}

/** Undefined as long as it goes on. */
export function endOfGeneration(session: SessionHistory | undefined, generation: number): GenerationEnd | undefined {
  const next = session?.generations.find((other) => other.generation === generation + 1);
  if (next !== undefined) return { revision: next.fromRevision, us: next.fromUs, by: 'superseded' };
  const { endedRevision: revision, endedUs: us, endedBy: by } = session ?? {};
  return revision === undefined || us === undefined || by === undefined ? undefined : { revision, us, by };
}

export function acquisitionKey(sessionId: SessionId, sequence: Sequence): string {
  return `${sessionId}/${sequence}`;
}

/** The newest value that is not newer than the revision. */
export function valueAt<T>(versions: readonly Version<T>[] | undefined, revision: number): T | undefined {
  if (versions === undefined) return undefined;
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((versions[middle] as Version<T>).revision <= revision) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : (versions[low - 1] as Version<T>).value;
}

/** Its text is not compared. */
export function refusal(code: ErrorCode): ResultBody {
  return { kind: 'error', code, message: '', oldestRevision: 0 as Revision };
}
