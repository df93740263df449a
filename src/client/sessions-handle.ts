import type { SessionId } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { SessionInfo as WireSessionInfo, SessionLock as WireSessionLock } from '../wire/session-info.ts';
import { callLimits, consistencyOf, wholeNumber } from './arguments.ts';
import type { Driver } from './driver.ts';
import { invalidArgument } from './error.ts';
import type { SessionInfo, SessionLock, Sessions } from './session-types.ts';
import { unexpected } from './transaction.ts';
import type { CallOptions } from './types.ts';

/** `client.sessions` */
export class SessionsHandle implements Sessions {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async list(
    options?: Parameters<Sessions['list']>[0],
  ): Promise<{ readonly revision: number; readonly sessions: readonly SessionInfo[]; readonly more: boolean }> {
    const { after, limit } = options ?? {};
    const body = {
      kind: 'sessionList',
      after: after === undefined ? (0 as SessionId) : sessionIdOf(after, 'after'),
      limit: limit === undefined ? 0 : wholeNumber(limit, 'limit', 1, limits.sessionsPerList),
      consistency: consistencyOf(options),
    } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'sessionList') throw unexpected('a list of sessions', result.body.kind);
    const { sessions, more } = result.body;
    return { revision: result.revision, sessions: sessions.map(infoOf), more };
  }

  async get(id: string, options?: Parameters<Sessions['get']>[1]): Promise<SessionInfo | undefined> {
    const sessionId = sessionIdOf(id, 'the id of a session');
    const body = { kind: 'sessionGet', sessionId, consistency: consistencyOf(options) } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'sessionState') throw unexpected('a session', result.body.kind);
    return result.body.session && infoOf(result.body.session);
  }

  async close(id: string, options?: CallOptions): Promise<{ readonly closed: boolean; readonly revision: number }> {
    const body = { kind: 'closeOtherSession', sessionId: sessionIdOf(id, 'the id of a session') } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'command', body }, callLimits(options));
    if (result.body.kind !== 'otherSessionClosed') throw unexpected('the end of a session', result.body.kind);
    return { closed: result.body.closed, revision: result.revision };
  }
}

function infoOf(info: WireSessionInfo): SessionInfo {
  const { sessionId, name, metadata, ttlMs, generation, ephemeralKeys, held, waiting, moreLocks } = info;
  return {
    id: String(sessionId),
    name,
    metadata: Object.fromEntries(metadata.map((entry) => [entry.name, entry.value])),
    ttlMs,
    generation,
    ephemeralKeys,
    locks: held.map(lockOf),
    waitingFor: [...new Set(waiting.flatMap((lock) => [lock.name, ...lock.otherNames]))],
    truncated: moreLocks,
  };
}

function lockOf({ name, otherNames, mode, token }: WireSessionLock): SessionLock {
  const isPermit = mode === 'permit';
  const [fencing, permit] = isPermit ? [undefined, token] : [token, undefined];
  return { name, names: [name, ...otherNames], mode, token: fencing, permit };
}

function sessionIdOf(id: unknown, what: string): SessionId {
  const number = typeof id === 'string' && /^[1-9]\d{0,15}$/.test(id) ? Number(id) : Number.NaN;
  if (Number.isSafeInteger(number)) return number as SessionId;
  throw invalidArgument(`${what} is a string of digits, as in session.id, not ${String(id)}`);
}
