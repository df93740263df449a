import type { SessionId } from '../../../wire/identifiers.ts';
import type { OperationKind } from '../config.ts';
import type { RandomStream } from '../prng.ts';
import type { ClientActor } from './client-actor.ts';

type SessionKind = Extract<OperationKind, 'sessionList' | 'sessionGet' | 'closeOtherSession'>;

const newestSessions = 6;
const consistency = 'linearizable';

export function isSessionKind(kind: OperationKind): kind is SessionKind {
  return kind === 'sessionList' || kind === 'sessionGet' || kind === 'closeOtherSession';
}

/** What an operator calls. `sessions`: of whatever program. */
export function sessionCall(
  kind: SessionKind,
  client: ClientActor,
  stream: RandomStream,
  sessions: readonly { readonly sessionId: SessionId }[],
): void {
  // One of the newest, which may have ended.
  const newest = sessions.slice(-newestSessions);
  const sessionId = newest.length === 0 ? (1 as SessionId) : stream.pick(newest).sessionId;
  switch (kind) {
    case 'sessionList': {
      const after = stream.chance(0.5) ? (0 as SessionId) : sessionId;
      client.read({ kind, after, limit: stream.pick([0, 1, 2]), consistency });
      return;
    }
    case 'sessionGet':
      client.read({ kind, sessionId, consistency });
      return;
    case 'closeOtherSession':
      if (sessionId !== client.sessionId && stream.chance(0.1)) client.command({ kind, sessionId });
  }
}
