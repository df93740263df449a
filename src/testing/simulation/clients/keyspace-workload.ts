import { emptyBytes, utf8Bytes } from '../../../wire/bytes.ts';
import type { Revision, SessionId } from '../../../wire/identifiers.ts';
import type {
  Comparison,
  KeyOperation,
  KeyRange,
  ReadBody,
  Transaction,
  TransactionCondition,
  TransactionOperation,
} from '../../../wire/operation.ts';
import type { KeyspaceKind } from '../config.ts';
import type { RandomStream } from '../prng.ts';
import type { ClientActor, ProgramBody } from './client-actor.ts';

/** What a call is made of. */
export interface CallDraws {
  readonly stream: RandomStream;
  readonly seenRevision: number;
  readonly sessionId: SessionId | undefined;
  key(): Uint8Array;
  /** Drawn by nobody else. */
  value(): Uint8Array;
  range(): KeyRange;
  counter(): string;
}

export type KeyspaceRead = Extract<KeyspaceKind, 'count' | 'rangeDescending'>;
export type KeyspaceCommand = Exclude<KeyspaceKind, KeyspaceRead>;

const comparisons: readonly Comparison[] = ['equal', 'unequal', 'less', 'greater'];

export function keyspaceCall(kind: KeyspaceKind, client: ClientActor, draws: CallDraws): void {
  if (kind === 'count' || kind === 'rangeDescending') {
    client.read(keyspaceRead(kind, draws));
    return;
  }
  const body = keyspaceCommand(kind, draws);
  if (body !== undefined) client.command(body);
}

/** Undefined: not this time. */
export function keyspaceCommand(kind: KeyspaceCommand, draws: CallDraws): ProgramBody | undefined {
  const { stream } = draws;
  switch (kind) {
    case 'nestedTransaction':
      return nestedTransaction(draws);
    case 'putIfAbsent':
      return { ...put(draws, stream.chance(0.2)), ifAbsent: true, ...previous(draws) };
    case 'putIfUnchanged':
      return { ...put(draws, false), ifModRevision: lateRevision(draws), ...previous(draws) };
    case 'deleteIfUnchanged':
      return { kind: 'delete', key: draws.key(), ifModRevision: lateRevision(draws), ...previous(draws) };
    case 'createSequential':
      return {
        kind: 'createSequential',
        prefix: utf8Bytes(stream.pick(['k/a-', 'k/b-'])),
        value: draws.value(),
        ephemeral: stream.chance(0.5),
      };
    case 'compactHistory':
      // Seldom: whoever watches from the past, or reads it, shall find some of it. Sometimes what others are about to do, or may never.
      if (!stream.chance(0.2)) return undefined;
      return { kind: 'compactHistory', revision: (lateRevision(draws) + stream.pick([0, 0, 0, 6, 8])) as Revision };
  }
}

export function keyspaceRead(kind: KeyspaceRead, draws: CallDraws): ReadBody {
  const { stream } = draws;
  const revision = (stream.chance(0.3) ? stream.between(0, draws.seenRevision) : 0) as Revision;
  const place = { range: draws.range(), revision, consistency: 'linearizable' } as const;
  if (kind === 'count') return { kind: 'count', ...place };
  const limit = stream.between(0, 2);
  return { kind: 'range', ...place, limit, order: 'descending', ...(stream.chance(0.5) && { keysOnly: true }) };
}

/** Few keys, so that what lies within meets what was written around it; and few ways to go, for those who have to try them all. */
function nestedTransaction(draws: CallDraws): Transaction {
  const { stream } = draws;
  const key = draws.key();
  const inner: Transaction = {
    kind: 'transaction',
    if: [condition(draws, stream.chance(0.7) ? key : draws.key())],
    then: [operation(draws, stream.chance(0.5) ? key : draws.key()), { kind: 'get', key }],
    else: stream.chance(0.3) ? [innermost(draws, key)] : [operation(draws, draws.key())],
  };
  return {
    kind: 'transaction',
    if: [condition(draws, draws.key())],
    then: [operation(draws, key), inner],
    else: stream.chance(0.5) ? [{ kind: 'get', key }] : [operation(draws, key), innermost(draws, key)],
  };
}

function innermost(draws: CallDraws, key: Uint8Array): TransactionOperation {
  return { kind: 'transaction', if: [condition(draws, key)], then: [operation(draws, key)], else: [] };
}

function operation(draws: CallDraws, key: Uint8Array): KeyOperation {
  const { stream } = draws;
  if (stream.chance(0.2)) return { kind: 'get', key };
  if (stream.chance(0.4)) return { kind: 'delete', key };
  return { kind: 'put', key, value: draws.value(), ephemeral: stream.chance(0.1) };
}

function condition(draws: CallDraws, key: Uint8Array): TransactionCondition {
  const { stream } = draws;
  const comparison = stream.pick(comparisons);
  switch (stream.between(0, 6)) {
    case 0:
      return { kind: 'exists', key };
    case 1:
      return { kind: 'absent', key };
    case 2:
      return { kind: 'keyCompare', key, field: 'version', comparison, number: stream.between(0, 3) };
    case 3: {
      const field = stream.pick(['created', 'modified'] as const);
      return { kind: 'keyCompare', key, field, comparison, number: lateRevision(draws) };
    }
    case 4:
      // Values begin with the name of a client.
      return { kind: 'valueCompare', key, comparison, value: stream.pick([emptyBytes, utf8Bytes('c2')]) };
    case 5:
      return { kind: 'ownedBy', key, sessionId: stream.chance(0.5) ? (draws.sessionId ?? noSession) : noSession };
    default:
      return { kind: 'counterCompare', name: draws.counter(), comparison, value: BigInt(stream.between(0, 20)) };
  }
}

const noSession = 0 as SessionId;

function put(draws: CallDraws, ephemeral: boolean) {
  return { kind: 'put', key: draws.key(), value: draws.value(), ephemeral } as const;
}

function previous({ stream }: CallDraws): { readonly previous?: true } {
  return stream.chance(0.5) ? { previous: true } : {};
}

/** Often that of a key's newest version; never 0. */
function lateRevision({ stream, seenRevision }: CallDraws): Revision {
  return Math.max(1, seenRevision - stream.between(0, 6)) as Revision;
}
