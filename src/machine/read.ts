import { emptyBytes, keyString } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { ReadBody } from '../wire/operation.ts';
import type { ResultBody, WireEntry, WireError } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import { inspectLock, lockState } from './lock-read.ts';
import { describeSession, listSessions } from './session-info.ts';
import type { State } from './state.ts';
import type { Version } from './version.ts';

/** What one result may hold, so that with all that is around it, it fits in a frame. */
export const resultBytesHigh = limits.frameBytes - 64 * 1024;

/** The most that an entry takes besides its key and value. */
const entryOverheadBytes = 64;

/** No less than the entry takes in a result. */
export function entryBytes({ keyString, valueBytes }: Version): number {
  return keyString.length + valueBytes + entryOverheadBytes;
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
      return readRange(state, body);
    }
    case 'count': {
      const error = revisionError(state, body.revision);
      if (error !== undefined) return error;
      return { kind: 'count', count: state.keyspace.count(body.range, shownRevision(state, body)) };
    }
    case 'counterGet':
      return { kind: 'counterValue', value: state.counters.get(body.name) };
    case 'lockGet':
      return lockState(state.locks, body.name);
    case 'lockInspect':
      return inspectLock(state.locks, body.name, body.limit);
    case 'sessionList':
      return listSessions(state, body, resultBytesHigh);
    case 'sessionGet': {
      const session = state.sessions.get(body.sessionId);
      return { kind: 'sessionState', session: session && describeSession(state, session, resultBytesHigh).info };
    }
  }
}

/** What keeps the revision, 0 for the newest, from being read. */
export function revisionError({ history }: State, revision: Revision): WireError | undefined {
  if (revision > history.revision) {
    return wireError('FUTURE_REVISION', `Revision ${revision} was asked for; the newest is ${history.revision}.`);
  }
  if (revision !== 0 && revision < history.floor) {
    const message = `Revision ${revision} was asked for; the oldest still there is ${history.floor}.`;
    return wireError('COMPACTED', message, history.floor);
  }
  return undefined;
}

function shownRevision({ history }: State, { revision }: { readonly revision: Revision }): Revision {
  return revision === 0 ? history.revision : revision;
}

function readRange(state: State, body: Extract<ReadBody, { kind: 'range' }>): ResultBody {
  const { range, limit, order = 'ascending', keysOnly = false } = body;
  const entries: WireEntry[] = [];
  let bytes = 0;
  for (const version of state.keyspace.range(range, shownRevision(state, body), order)) {
    bytes += entryBytes(version) - (keysOnly ? version.valueBytes : 0);
    if ((limit !== 0 && entries.length === limit) || (bytes > resultBytesHigh && entries.length > 0)) {
      return { kind: 'range', entries, more: true };
    }
    entries.push(keysOnly ? withoutValue(version) : version);
  }
  return { kind: 'range', entries, more: false };
}

function withoutValue({ key, createRevision, modRevision, version, sessionId }: Version): WireEntry {
  return { key, value: emptyBytes, createRevision, modRevision, version, sessionId };
}
