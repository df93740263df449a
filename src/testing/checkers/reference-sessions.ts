import { equalBytes } from '../../wire/bytes.ts';
import type { ErrorCode } from '../../wire/errors.ts';
import type { SessionId } from '../../wire/identifiers.ts';
import type { OpenSession, ResumeSession } from '../../wire/operation.ts';
import type { GenerationHistory, SessionHistory } from './reference-log.ts';

/** A session that has not ended. */
export interface LiveSession {
  readonly history: SessionHistory;
  readonly secret: Uint8Array;
  generation: number;
  lastSequence: number;
  acknowledged: number;
}

/** The sessions of the reference model, with all that they have been. */
export class ReferenceSessions {
  readonly histories = new Map<SessionId, SessionHistory>();
  readonly #live = new Map<SessionId, LiveSession>();

  get liveIds(): ReadonlySet<SessionId> {
    return new Set(this.#live.keys());
  }

  live(sessionId: SessionId): LiveSession | undefined {
    return this.#live.get(sessionId);
  }

  open(sessionId: SessionId, { ttlMs, nonce, name, metadata, secret }: OpenSession, openedUs: number): LiveSession {
    const first: GenerationHistory = { generation: 1, nonce, fromRevision: sessionId, fromUs: openedUs };
    const history: SessionHistory = {
      sessionId,
      ttlMs,
      nonce,
      name,
      metadata,
      openedUs,
      generations: [first],
      endedRevision: undefined,
      endedUs: undefined,
      endedBy: undefined,
    };
    const session: LiveSession = { history, secret, generation: 1, lastSequence: 0, acknowledged: 0 };
    this.histories.set(sessionId, history);
    this.#live.set(sessionId, session);
    return session;
  }

  /** `again`: the very command has made the present generation already. */
  judgeResumption({ sessionId, generation, secret, nonce }: ResumeSession): 'first' | 'again' | ErrorCode {
    const session = this.#live.get(sessionId);
    if (session === undefined) return 'SESSION_EXPIRED';
    if (session.secret.length === 0 || !equalBytes(session.secret, secret)) return 'INVALID_CREDENTIALS';
    if (session.generation === generation) return 'first';
    const present = session.history.generations.at(-1);
    const isSame = session.generation === generation + 1 && session.generation > 1 && present?.nonce === nonce;
    return isSame ? 'again' : 'SESSION_EXPIRED';
  }

  resume(session: LiveSession, nonce: bigint, fromRevision: number, fromUs: number): void {
    session.generation += 1;
    session.acknowledged = session.lastSequence;
    session.history.generations.push({ generation: session.generation, nonce, fromRevision, fromUs });
  }

  end(sessionId: SessionId, by: SessionHistory['endedBy'], revision: number, endedUs: number): void {
    const session = this.#live.get(sessionId);
    if (session === undefined) throw new RangeError('no such session');
    this.#live.delete(sessionId);
    session.history.endedRevision = revision;
    session.history.endedUs = endedUs;
    session.history.endedBy = by;
  }
}
