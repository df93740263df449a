import { utf8Bytes } from '../../../wire/bytes.ts';
import type { KeyRange } from '../../../wire/operation.ts';
import { everything, type WatchTarget } from '../../../wire/watch.ts';
import type { OperationKind } from '../config.ts';
import type { RandomStream } from '../prng.ts';
import type { ClientActor } from './client-actor.ts';
import type { CallDraws } from './keyspace-workload.ts';

const watchKinds = ['watch', 'watchPast', 'watchFiltered', 'watchLocks', 'watchCounters', 'watchSessions'] as const;
type WatchOperation = (typeof watchKinds)[number];

const watchesPerClient = 3;

export interface WatchDraws extends Pick<CallDraws, 'stream' | 'seenRevision' | 'sessionId' | 'range' | 'counter'> {
  lock(): string;
}

export function isWatchOperation(kind: OperationKind): kind is WatchOperation {
  return (watchKinds as readonly OperationKind[]).includes(kind);
}

export function watchCall(kind: WatchOperation, client: ClientActor, draws: WatchDraws): void {
  const { stream, seenRevision } = draws;
  const target = targetOf(kind, draws);
  const past = kind === 'watchPast' || (kind !== 'watch' && stream.chance(0.5));
  const fromRevision = past ? stream.between(1, seenRevision + 1) : 0;
  if (client.watchCount < watchesPerClient) client.watch(target, fromRevision);
}

function targetOf(kind: WatchOperation, { stream, sessionId, range, lock, counter }: WatchDraws): WatchTarget {
  switch (kind) {
    case 'watch':
    case 'watchPast':
      return { ...everything, kind: 'keys', range: range() };
    case 'watchFiltered': {
      const events = stream.pick(['all', 'put', 'delete'] as const);
      const keysOnly = stream.chance(0.5);
      return { kind: 'keys', range: range(), events, keysOnly, withoutPrevious: stream.chance(0.5) };
    }
    case 'watchLocks':
      return { ...everything, kind: 'locks', range: oneOrAll(lock(), stream) };
    case 'watchCounters': {
      const name = stream.chance(0.3) ? 'ring' : counter();
      return { ...everything, kind: 'counters', range: oneOrAll(name, stream) };
    }
    case 'watchSessions':
      return { ...everything, kind: 'sessions', range: oneOrAll(`${sessionId ?? 1}`, stream) };
  }
}

function oneOrAll(name: string, stream: RandomStream): KeyRange {
  if (stream.chance(0.5)) return { from: utf8Bytes(name), to: 'single' };
  return { from: new Uint8Array(0), to: 'unbounded' };
}
