import { assert } from '../wire/assert.ts';
import { keyString } from '../wire/bytes.ts';
import type { Sequence, SessionId } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { OpenSession } from '../wire/operation.ts';
import type { SessionMetadata } from '../wire/session-info.ts';
import type { WireSessionEvent } from '../wire/watch.ts';
import { type Checksum, type Hashed, hasher, recordKind, type StateHash } from './hash.ts';
import { resultBytes, sessionBytes } from './resident-bytes.ts';

/** A live session. The object changes with the session: read it at once, do not keep it. */
export interface SessionView {
  readonly id: SessionId;
  readonly generation: number;
  readonly ttlMs: number;
  readonly name: string;
  readonly metadata: readonly SessionMetadata[];
  /** The number of the newest command taken; 0 before the first. */
  readonly lastSequence: number;
  /** The client has seen every result up to this number; those above it are remembered. */
  readonly acknowledged: number;
}

export interface Session extends SessionView, Hashed {
  generation: number;
  lastSequence: number;
  acknowledged: number;
  /** Of acknowledged + 1 to lastSequence. */
  readonly results: RememberedResult[];
  /** Of all of them: follows from `results`. */
  resultBytes: number;
  identity: SessionIdentity;
}

/** Who may take the session over. A record of its own, since commands do not change it; it also stands for the metadata. */
export interface SessionIdentity extends Hashed {
  /** Its bytes, as of `keyString`; empty: nobody may. Shown to nobody. */
  readonly secret: string;
  /** The nonce of the command that made the present generation; 0 before the first resumption. */
  readonly resumedBy: bigint;
}

/** A session without its results, and without what follows from it. */
export interface RestoredSession extends SessionView {
  readonly secret: string;
  readonly resumedBy: bigint;
}

interface RememberedResult extends Hashed {
  /** An encoded Result. */
  readonly bytes: Uint8Array;
}

/** Live sessions, each with the results that its client may still ask for again. */
export class Sessions {
  /** Ids rise and are never used again, so that the order of insertion is the order of ids. */
  readonly #sessions: Map<SessionId, Session>;
  /** By the command under way. */
  #changed: WireSessionEvent[] = [];
  readonly #hash: StateHash;
  readonly #checksum: Checksum;

  constructor(hash: StateHash, checksum: Checksum, origin?: Sessions) {
    this.#hash = hash;
    this.#checksum = checksum;
    this.#sessions = new Map();
    if (origin === undefined) return;
    for (const [id, session] of origin.#sessions) {
      this.#sessions.set(id, { ...session, results: [...session.results] });
    }
  }

  get haveChanged(): boolean {
    return this.#changed.length > 0;
  }

  /** What has happened to sessions since this was last asked. */
  takeChanged(): readonly WireSessionEvent[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }

  get count(): number {
    return this.#sessions.size;
  }

  get(id: SessionId): Session | undefined {
    return this.#sessions.get(id);
  }

  /** In ascending order of ids. */
  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  open(
    id: SessionId,
    { ttlMs, name, secret, metadata }: Pick<OpenSession, 'ttlMs' | 'name' | 'secret' | 'metadata'>,
  ): Session {
    const session: Session = {
      hashA: 0,
      hashB: 0,
      id,
      generation: 1,
      ttlMs,
      name,
      metadata,
      lastSequence: 0,
      acknowledged: 0,
      results: [],
      resultBytes: 0,
      identity: identify(id, metadata, keyString(secret), 0n),
    };
    assert(!this.#sessions.has(id), 'a session id is used once');
    this.#sessions.set(id, session);
    this.#changed.push({ type: 'session', change: 'opened', sessionId: id, name, ttlMs });
    this.#add(session);
    return session;
  }

  /** The next generation takes over: it numbers its commands on, and what the former one remembered is forgotten. */
  resume(session: Session, nonce: bigint): void {
    this.#hash.remove(session);
    this.#hash.remove(session.identity);
    for (const remembered of session.results.splice(0)) this.#forgetResult(remembered);
    session.resultBytes = 0;
    session.generation += 1;
    session.acknowledged = session.lastSequence;
    session.identity = identify(session.id, session.metadata, session.identity.secret, nonce);
    hashSession(session, session);
    this.#hash.add(session);
    this.#hash.add(session.identity);
  }

  /** Takes the session's next command: remembers its result, and forgets those that the client has seen. */
  take(session: Session, acknowledged: number, result: Uint8Array): void {
    this.#hash.remove(session);
    session.lastSequence += 1;
    if (acknowledged > session.acknowledged) {
      for (const seen of session.results.splice(0, acknowledged - session.acknowledged)) {
        this.#forgetResult(seen);
        session.resultBytes -= seen.bytes.length;
      }
      session.acknowledged = acknowledged;
    }
    const remembered: RememberedResult = { hashA: 0, hashB: 0, bytes: result };
    session.results.push(remembered);
    session.resultBytes += result.length;
    assert(
      session.results.length === session.lastSequence - session.acknowledged &&
        session.results.length <= limits.unacknowledgedResults,
      'every result that is not acknowledged is remembered',
    );
    hashResult(session.id, session.lastSequence, result, this.#checksum, remembered);
    this.#addResult(remembered);
    hashSession(session, session);
    this.#hash.add(session);
  }

  /** One that was opened before; in ascending order of ids. Its results follow. */
  restore({ secret, resumedBy, ...view }: RestoredSession): Session {
    const identity = identify(view.id, view.metadata, secret, resumedBy);
    const session: Session = { hashA: 0, hashB: 0, ...view, results: [], resultBytes: 0, identity };
    assert(!this.#sessions.has(session.id), 'a session comes once');
    this.#sessions.set(session.id, session);
    this.#add(session);
    return session;
  }

  /** The next one of a session that was restored. */
  restoreResult(session: Session, bytes: Uint8Array): void {
    const remembered: RememberedResult = { hashA: 0, hashB: 0, bytes };
    session.results.push(remembered);
    session.resultBytes += bytes.length;
    hashResult(session.id, session.acknowledged + session.results.length, bytes, this.#checksum, remembered);
    this.#addResult(remembered);
  }

  end(session: Session, why: 'closed' | 'expired'): void {
    const { id, name, ttlMs } = session;
    assert(this.#sessions.delete(id), 'a session ends once');
    this.#changed.push({ type: 'session', change: why, sessionId: id, name, ttlMs });
    this.#hash.remove(session);
    this.#hash.remove(session.identity);
    this.#hash.resident.sessions -= bytesOf(session);
    for (const remembered of session.results) this.#forgetResult(remembered);
  }

  addTo(hash: StateHash): void {
    const again: Hashed = { hashA: 0, hashB: 0 };
    for (const session of this.#sessions.values()) {
      hashSession(session, again);
      hash.add(again);
      hash.resident.sessions += bytesOf(session);
      hash.add(identify(session.id, session.metadata, session.identity.secret, session.identity.resumedBy));
      for (const [index, { bytes }] of session.results.entries()) {
        hashResult(session.id, session.acknowledged + 1 + index, bytes, this.#checksum, again);
        hash.add(again);
        hash.resident.results += resultBytes(bytes);
      }
    }
  }

  /** @throws AssertionFailure */
  verify(): void {
    let last = 0;
    for (const session of this.#sessions.values()) {
      assert(session.id > last, 'sessions are in ascending order');
      last = session.id;
      assert(session.results.length === session.lastSequence - session.acknowledged, 'results are without a gap');
      const resumed = session.identity.resumedBy !== 0n;
      assert(session.generation === 1 ? !resumed : session.generation > 1, 'a first generation resumes nothing');
    }
  }

  #add(session: Session): void {
    hashSession(session, session);
    this.#hash.add(session);
    this.#hash.add(session.identity);
    this.#hash.resident.sessions += bytesOf(session);
  }

  #addResult(remembered: RememberedResult): void {
    this.#hash.add(remembered);
    this.#hash.resident.results += resultBytes(remembered.bytes);
  }

  #forgetResult(remembered: RememberedResult): void {
    this.#hash.remove(remembered);
    this.#hash.resident.results -= resultBytes(remembered.bytes);
  }
}

function bytesOf({ name, metadata, identity }: Session): number {
  return sessionBytes({ name, metadata, secret: identity.secret });
}

/** Of the results that remain once those up to that number are forgotten; exact where it is more than the limit. */
export function unacknowledgedBytes(session: Session, acknowledged: number): number {
  if (session.resultBytes <= limits.unacknowledgedResultBytes) return session.resultBytes;
  const seen = Math.max(0, acknowledged - session.acknowledged);
  return session.results.slice(seen).reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** The encoded result of a command that was taken, unless it has been acknowledged. */
export function rememberedResult(session: Session, sequence: Sequence): Uint8Array | undefined {
  return session.results[sequence - session.acknowledged - 1]?.bytes;
}

function hashSession(session: Session, into: Hashed): void {
  hasher
    .begin(recordKind.session)
    .integer(session.id)
    .bits32(session.generation)
    .integer(session.ttlMs)
    .text(session.name)
    .integer(session.lastSequence)
    .integer(session.acknowledged)
    .finish(into);
}

function identify(
  id: SessionId,
  metadata: readonly SessionMetadata[],
  secret: string,
  resumedBy: bigint,
): SessionIdentity {
  const identity = { hashA: 0, hashB: 0, secret, resumedBy };
  hasher.begin(recordKind.sessionIdentity).integer(id).text(secret).bits64(resumedBy);
  for (const { name, value } of metadata) hasher.text(name).text(value);
  hasher.finish(identity);
  return identity;
}

function hashResult(id: SessionId, sequence: number, result: Uint8Array, checksum: Checksum, into: Hashed): void {
  hasher
    .begin(recordKind.result)
    .integer(id)
    .integer(sequence)
    .bits32(result.length)
    .bits32(checksum(result))
    .finish(into);
}
