import type { SessionId } from '../../wire/identifiers.ts';

/** What a program has to know to take over a session: of its own former run, as a rule. */
export interface SessionCredentials {
  readonly sessionId: SessionId;
  /** The generation that is taken over from; it is the present one, or nothing happens. */
  readonly generation: number;
  readonly secret: Uint8Array;
}
