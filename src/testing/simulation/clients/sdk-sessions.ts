import type { SessionView } from '../../../client/core/sessions.ts';
import type { SessionId } from '../../../wire/identifiers.ts';
import type { SessionRecord } from '../../checkers/history.ts';
import type { ClientHost } from './client-parts.ts';

/** The sessions that the SDK opens for a program, one after the other, and for how long it trusts each. */
export class SdkSessions {
  readonly #client: { readonly name: string; readonly ttlMs: number; readonly clockRate: number };
  readonly #host: ClientHost;
  #current: SessionRecord | undefined;

  constructor(client: { readonly name: string; readonly ttlMs: number; readonly clockRate: number }, host: ClientHost) {
    this.#client = client;
    this.#host = host;
  }

  get currentId(): SessionId | undefined {
    return this.#current?.sessionId;
  }

  onOpen(sessionId: SessionId): void {
    if (this.#current?.sessionId === sessionId) return;
    this.#host.coverage.hit('session opened');
    const { name: client, ttlMs, clockRate } = this.#client;
    this.#current = {
      client,
      sessionId,
      ttlMs,
      clockRate,
      // Only the SDK knows when it sent what; its trust is judged instead.
      openSentUs: Number.NEGATIVE_INFINITY,
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
