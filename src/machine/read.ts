import { keyString } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { KeyRange, ReadBody } from '../wire/operation.ts';
import type { ResultBody, WireEntry, WireError } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import { lockDetails, lockState } from './lock-read.ts';
import { describeSession, listSessions } from './session-info.ts';
import type { State } from './state.ts';
import type { Version } from './version.ts';

/** What one result may hold, so that with all that is around it, it fits in a frame. */
export const resultBytesHigh = limits.frameBytes - 64 * 1024;

/** The most that an entry takes besides its key and value. */
const entryOverheadBytes = 64;

/** No less than the entry takes in a result. */
export function entryBytes({ keyString, value }: Version): number {
  return keyString.length + value.length + entryOverheadBytes;
}

/** Answers from the state as it is, or as it was at the revision asked for. Changes nothing. */
export function read(state: State, body: ReadBody): ResultBody {
  switch (body.kind) {
    case 'get': {
      const error = revisionError(state, body.revision);
      if (error !== undefined) return error;
      const key = keyString(body.key);
      const { keyspace } = state;
      const entry = body.revision === 0 ? keyspace.get(key) : keyspace.getAt(key, body.revision);
      return { kind: 'get', entry };
    }
    case 'range': {
      const error = revisionError(state, body.revision);
      if (error !== undefined) return error;
      const revision = body.revision === 0 ? state.history.revision : body.revision;
      return readRange(state, body.range, revision, body.limit);
    }
    case 'counterGet':
      return { kind: 'counterValue', value: state.counters.get(body.name) };
    case 'lockGet':
      return lockState(state.locks, body.name);
    case 'lockInspect':
      return lockDetails(state.locks, body.name, body.limit);
    case 'sessionList':
      return listSessions(state, body, resultBytesHigh);
    case 'sessionGet': {
      const session = state.sessions.get(body.sessionId);
      return { kind: 'sessionState', session: session && describeSession(state, session, resultBytesHigh).info };
    }
  }
}

function revisionError({ history }: State, revision: Revision): WireError | undefined {
  if (revision > history.revision) {
    return wireError('FUTURE_REVISION', `Revision ${revision} was asked for; the newest is ${history.revision}.`);
  }
  if (revision !== 0 && revision < history.floor) {
    const message = `Revision ${revision} was asked for; the oldest still there is ${history.floor}.`;
    return wireError('COMPACTED', message, history.floor);
  }
  return undefined;
}

function readRange(state: State, range: KeyRange, revision: Revision, limit: number): ResultBody {
  const entries: WireEntry[] = [];
  let bytes = 0;
  for (const entry of state.keyspace.range(range, revision)) {
    bytes += entryBytes(entry);
    if ((limit !== 0 && entries.length === limit) || (bytes > resultBytesHigh && entries.length > 0)) {
      return { kind: 'range', entries, more: true };
    }
    entries.push(entry);
  }
  return { kind: 'range', entries, more: false };
}
