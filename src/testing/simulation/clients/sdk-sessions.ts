import type { SessionView } from '../../../client/core/sessions.ts';
import type { SessionRef } from '../../../wire/frame.ts';
import type { SessionRecord } from '../../checkers/history.ts';
import type { StoredSession } from './client-actor.ts';
import type { ClientHost } from './client-parts.ts';

interface SessionClient {
  readonly name: string;
  readonly ttlMs: number;
  readonly clockRate: number;
  /** The session of the program whose place it takes. */
  readonly former: StoredSession | undefined;
}

/** The sessions that the SDK opens for a program, one after the other, and for how long it trusts each. */
export class SdkSessions {
  readonly #client: SessionClient;
  readonly #host: ClientHost;
  #current: SessionRecord | undefined;

  constructor(client: SessionClient, host: ClientHost) {
    this.#client = client;
    this.#host = host;
  }

  get isResuming(): boolean {
    return this.#client.former !== undefined;
  }

  /** What the program stores, as the SDK tells it. */
  stored({ credentials }: SessionView): StoredSession | undefined {
    const { former, ttlMs } = this.#client;
    if (credentials === undefined) return former;
    return { ...credentials, ttlMs: former?.sessionId === credentials.sessionId ? former.ttlMs : ttlMs };
  }

  get current(): SessionRef | undefined {
    if (this.#current === undefined) return undefined;
    const { sessionId, generation } = this.#current;
    return { sessionId, generation };
  }

  onOpen({ sessionId, generation }: SessionRef): void {
    if (this.#current?.sessionId === sessionId) return;
    this.#host.coverage.hit('session opened');
    const { name: client, clockRate, former } = this.#client;
    const ttlMs = former?.sessionId === sessionId ? former.ttlMs : this.#client.ttlMs;
    this.#current = {
      client,
      sessionId,
      generation,
      ttlMs,
      clockRate,
      // Only the SDK knows when it sent what; its trust is judged instead.
      openSentUs: Number.NEGATIVE_INFINITY,
      begunUs: this.#host.queue.nowUs,
      keptAliveUs: [],
      trustedUntilUs: this.#host.queue.nowUs,
      closeCalledUs: undefined,
    };
    this.#host.history.sessions.push(this.#current);
  }

  /** After each input: if it heard nothing more, the SDK would trust its session until then. */
  believe({ state, id }: SessionView, untilUs: number): void {
    const session = this.#current;
    if (session === undefined || state === 'expired' || id !== String(session.sessionId)) return;
    session.trustedUntilUs = untilUs;
  }

  onCloseCalled(): void {
    if (this.#current !== undefined) this.#current.closeCalledUs ??= this.#host.queue.nowUs;
  }

  end(lost: boolean): void {
    const session = this.#current;
    if (session === undefined) return;
    if (lost) this.#host.coverage.hit('session lost by the client');
    session.trustedUntilUs = Math.min(session.trustedUntilUs, this.#host.queue.nowUs);
    this.#current = undefined;
  }
}
