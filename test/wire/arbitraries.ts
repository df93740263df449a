import fc from 'fast-check';
import type { Ballot } from '../../src/wire/ballot.ts';
import { type ErrorCode, errorTable } from '../../src/wire/errors.ts';
import type { ClientFrame, ServerFrame, WatchNotice } from '../../src/wire/frame.ts';
import type { NodeId, Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import { limits } from '../../src/wire/limits.ts';
import type {
  CommandBody,
  InternalBody,
  KeyRange,
  Operation,
  OperationBody,
  ReadBody,
  Transaction,
  TransactionCondition,
  TransactionOperation,
} from '../../src/wire/operation.ts';
import type {
  Result,
  ResultBody,
  TransactionDone,
  TransactionOperationDone,
  WireEntry,
  WireError,
} from '../../src/wire/result.ts';
import type { SessionInfo } from '../../src/wire/session-info.ts';
import { keyEventFilters, sessionChanges, type WatchTarget, type WireEvent, watchKinds } from '../../src/wire/watch.ts';

/** Everything that can be written, with the edges of the encoding more often than chance would have them. */
export const integer = fc.oneof(
  fc.constantFrom(
    0,
    1,
    127,
    128,
    2 ** 28 - 1,
    2 ** 28,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 35,
    Number.MAX_SAFE_INTEGER,
  ),
  fc.maxSafeNat(),
  fc.nat(1000),
);
export const integer32 = fc.oneof(fc.constantFrom(0, 1, 127, 128, 2 ** 31, 2 ** 32 - 1), fc.nat(1000));
export const signed64 = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 49n, 2n ** 53n, 2n ** 56n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
export const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ maxLength: 24 }) },
  { weight: 1, arbitrary: fc.integer({ min: 90, max: 140 }).map((length) => new Uint8Array(length).fill(length)) },
);
export const text = fc.oneof(
  { weight: 10, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 24 }) },
  { weight: 5, arbitrary: fc.string({ unit: 'binary', maxLength: 24 }) },
  { weight: 1, arbitrary: fc.integer({ min: 30, max: 140 }).map((length) => 'é'.repeat(length)) },
);

const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const revision = integer as fc.Arbitrary<Revision>;
const sessionId = integer as fc.Arbitrary<SessionId>;
const sequence = integer as fc.Arbitrary<Sequence>;
const nodeId = text as fc.Arbitrary<NodeId>;
const consistency = fc.constantFrom('linearizable' as const, 'stale' as const);

function kind<const K extends string>(name: K): fc.Arbitrary<K> {
  return fc.constant(name);
}

export const keyRange: fc.Arbitrary<KeyRange> = fc.record({
  from: bytes,
  to: fc.oneof(
    fc.constantFrom('single' as const, 'unbounded' as const),
    bytes.filter(({ length }) => length > 0),
  ),
});

const put = fc.record({ kind: kind('put'), key: bytes, value: bytes, ephemeral: fc.boolean() });
const deletion = fc.record({ kind: kind('delete'), key: bytes });
const asked = fc.constant(true as const);
const revisionAsked = revision.filter((asked) => asked > 0);
const putCommand = fc.record(
  {
    kind: kind('put'),
    key: bytes,
    value: bytes,
    ephemeral: fc.boolean(),
    ifAbsent: asked,
    ifModRevision: revisionAsked,
    previous: asked,
  },
  { requiredKeys: ['kind', 'key', 'value', 'ephemeral'] },
);
const deleteCommand = fc.record(
  { kind: kind('delete'), key: bytes, ifModRevision: revisionAsked, previous: asked },
  { requiredKeys: ['kind', 'key'] },
);
const comparison = fc.constantFrom('equal' as const, 'unequal' as const, 'less' as const, 'greater' as const);

const condition: fc.Arbitrary<TransactionCondition> = fc.oneof(
  fc.record({ kind: kind('exists'), key: bytes }),
  fc.record({ kind: kind('absent'), key: bytes }),
  fc.record({ kind: kind('valueIs'), key: bytes, value: bytes }),
  fc.record({ kind: kind('modRevisionIs'), key: bytes, modRevision: revision }),
  fc.record({ kind: kind('lockHeld'), name: text, token: integer }),
  fc.record({
    kind: kind('keyCompare'),
    key: bytes,
    field: fc.constantFrom('version' as const, 'created' as const, 'modified' as const),
    comparison,
    number: integer,
  }),
  fc.record({ kind: kind('valueCompare'), key: bytes, comparison, value: bytes }),
  fc.record({ kind: kind('ownedBy'), key: bytes, sessionId }),
  fc.record({ kind: kind('counterCompare'), name: text, comparison, value: signed64 }),
);
const { transaction } = fc.letrec<{ transaction: Transaction; operation: TransactionOperation }>((tie) => ({
  transaction: fc.record({
    kind: kind('transaction'),
    if: fc.array(condition, { maxLength: 3 }),
    then: fc.array(tie('operation'), { maxLength: 4 }),
    else: fc.array(tie('operation'), { maxLength: 3 }),
  }),
  operation: fc.oneof(
    { maxDepth: limits.transactionDepth - 1 },
    put,
    deletion,
    fc.record({ kind: kind('get'), key: bytes }),
    tie('transaction'),
  ),
}));

const lockMode = fc.constantFrom('exclusive' as const, 'shared' as const, 'permit' as const);
const lockTerms = fc.option(
  fc.record({
    mode: lockMode,
    permits: integer32,
    otherNames: fc.array(text, { maxLength: 3 }),
    delayMs: integer,
    note: bytes,
  }),
  { nil: undefined },
);

export const commandBody: fc.Arbitrary<CommandBody> = fc.oneof(
  fc.record({
    kind: kind('openSession'),
    ttlMs: integer,
    name: text,
    nonce: unsigned64,
    secret: bytes,
    metadata: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
  }),
  fc.record({ kind: kind('resumeSession'), sessionId, generation: integer32, secret: bytes, nonce: unsigned64 }),
  fc.record({ kind: kind('closeOtherSession'), sessionId }),
  fc.record({ kind: kind('closeSession') }),
  putCommand,
  deleteCommand,
  transaction,
  fc.record({ kind: kind('createSequential'), prefix: bytes, value: bytes, ephemeral: fc.boolean() }),
  fc.record({ kind: kind('compactHistory'), revision }),
  fc.record({ kind: kind('lockAcquire'), name: text, wait: fc.boolean(), terms: lockTerms }),
  fc.record({ kind: kind('lockForceRelease'), name: text, token: integer }),
  fc.record({ kind: kind('lockSetNote'), name: text, sequence, note: bytes }),
  fc.record({ kind: kind('lockCancel'), name: text, sequence }),
  fc.record({ kind: kind('lockRelease'), name: text, sequence }),
  fc.record({ kind: kind('counterAdd'), name: text, count: integer }),
  fc.record({ kind: kind('counterCompareAndSet'), name: text, expected: signed64, value: signed64 }),
);

export const readBody: fc.Arbitrary<ReadBody> = fc.oneof(
  fc.record({ kind: kind('get'), key: bytes, revision, consistency }),
  fc.record(
    {
      kind: kind('range'),
      range: keyRange,
      revision,
      consistency,
      limit: integer32,
      order: fc.constant('descending' as const),
      keysOnly: asked,
    },
    { requiredKeys: ['kind', 'range', 'revision', 'consistency', 'limit'] },
  ),
  fc.record({ kind: kind('count'), range: keyRange, revision, consistency }),
  fc.record({ kind: kind('counterGet'), name: text, consistency }),
  fc.record({ kind: kind('lockGet'), name: text, consistency }),
  fc.record({ kind: kind('lockInspect'), name: text, consistency, limit: integer32 }),
  fc.record({ kind: kind('sessionList'), after: sessionId, limit: integer32, consistency }),
  fc.record({ kind: kind('sessionGet'), sessionId, consistency }),
);

const ballot: fc.Arbitrary<Ballot> = fc.record({ round: integer, nodeId: text as fc.Arbitrary<NodeId> });

export const internalBody: fc.Arbitrary<InternalBody> = fc.oneof(
  fc.record({ kind: kind('expireSession'), sessionId, generation: integer32, ballot }),
  fc.record({ kind: kind('openBallot'), ballot }),
  fc.record({ kind: kind('compact'), revision }),
  fc.record({ kind: kind('endLockDelay'), name: text, sinceRevision: revision }),
  fc.record({
    kind: kind('changeSettings'),
    version: integer,
    quotaBytes: integer,
    historyRevisions: integer,
    historyBytes: integer,
  }),
  fc.record({ kind: kind('raiseFeatureLevel'), level: integer32 }),
);

export const operationBody: fc.Arbitrary<OperationBody> = fc.oneof(commandBody, readBody, internalBody);

export const operation: fc.Arbitrary<Operation> = fc.record({
  requestId: integer,
  command: fc.option(fc.record({ sessionId, generation: integer32, sequence, acknowledged: integer }), {
    nil: undefined,
  }),
  seenRevision: revision,
  body: operationBody,
});

export const wireError: fc.Arbitrary<WireError> = fc.record({
  kind: kind('error'),
  code: fc.constantFrom(...(Object.keys(errorTable) as ErrorCode[])),
  message: text,
  oldestRevision: revision,
});

export const entry: fc.Arbitrary<WireEntry> = fc.record({
  key: bytes,
  value: bytes,
  createRevision: revision,
  modRevision: revision,
  version: integer,
  sessionId,
});

const optionalEntry = fc.option(entry, { nil: undefined });
const putDone = fc.record({ kind: kind('put'), refused: asked, previous: entry }, { requiredKeys: ['kind'] });
const deleteDone = fc.record(
  { kind: kind('delete'), deleted: fc.boolean(), previous: entry },
  { requiredKeys: ['kind', 'deleted'] },
);
const getDone = fc.record({ kind: kind('get'), entry: optionalEntry });
const { transactionDone } = fc.letrec<{ transactionDone: TransactionDone; done: TransactionOperationDone }>((tie) => ({
  transactionDone: fc.record({
    kind: kind('transaction'),
    succeeded: fc.boolean(),
    results: fc.array(tie('done'), { maxLength: 4 }),
  }),
  done: fc.oneof({ maxDepth: limits.transactionDepth - 1 }, putDone, deleteDone, getDone, tie('transactionDone')),
}));

const lockHolder = { sessionId, sequence, token: integer, mode: lockMode };
const lockParty = fc.record({ ...lockHolder, askedRevision: revision, note: bytes });
const sessionLock = fc.record({
  name: text,
  sequence,
  token: integer,
  mode: lockMode,
  otherNames: fc.array(text, { maxLength: 3 }),
  permits: integer,
});
const sessionInfo: fc.Arbitrary<SessionInfo> = fc.record({
  sessionId,
  generation: integer32,
  ttlMs: integer,
  name: text,
  metadata: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
  ephemeralKeys: integer32,
  held: fc.array(sessionLock, { maxLength: 3 }),
  waiting: fc.array(sessionLock, { maxLength: 3 }),
  moreLocks: fc.boolean(),
});

const lockDetails = fc.record({
  kind: kind('lockDetails'),
  holders: fc.array(lockParty, { maxLength: 3 }),
  waiters: fc.array(lockParty, { maxLength: 3 }),
  holderCount: integer32,
  waiterCount: integer32,
  closedSince: revision,
  delayMs: integer,
});

export const resultBody: fc.Arbitrary<ResultBody> = fc.oneof(
  wireError,
  fc.record({ kind: kind('sessionOpened'), sessionId, generation: integer32, ttlMs: integer }),
  fc.record({ kind: kind('sessionClosed') }),
  fc.record({
    kind: kind('sessionResumed'),
    sessionId,
    generation: integer32,
    ttlMs: integer,
    lastSequence: integer,
    locks: fc.array(sessionLock, { maxLength: 3 }),
    moreLocks: fc.boolean(),
  }),
  fc.record({ kind: kind('otherSessionClosed'), closed: fc.boolean() }),
  fc.record({ kind: kind('sessionList'), sessions: fc.array(sessionInfo, { maxLength: 3 }), more: fc.boolean() }),
  fc.record({ kind: kind('sessionState'), session: fc.option(sessionInfo, { nil: undefined }) }),
  putDone,
  deleteDone,
  transactionDone,
  fc.record({ kind: kind('createSequential'), key: bytes }),
  fc.record({ kind: kind('compactHistory'), floor: revision }),
  fc.record({ kind: kind('count'), count: integer }),
  fc.record({ kind: kind('lock'), state: fc.constantFrom('queued', 'held', 'refused'), token: integer }),
  fc.record({ kind: kind('lockCancelled'), state: fc.constantFrom('absent', 'withdrawn', 'released') }),
  fc.record({ kind: kind('lockReleased'), released: fc.boolean() }),
  fc.record({ kind: kind('lockForceReleased'), released: integer32 }),
  fc.record({ kind: kind('lockNoted'), noted: fc.boolean() }),
  fc.record({ kind: kind('counterBlock'), first: signed64, last: signed64 }),
  fc.record({ kind: kind('counterSwapped'), swapped: fc.boolean() }),
  getDone,
  fc.record({ kind: kind('range'), entries: fc.array(entry, { maxLength: 4 }), more: fc.boolean() }),
  fc.record({ kind: kind('counterValue'), value: signed64 }),
  fc.record({
    kind: kind('lockState'),
    holder: fc.option(fc.record(lockHolder), { nil: undefined }),
    holders: integer32,
    waiters: integer32,
    closed: fc.boolean(),
  }),
  lockDetails,
);

export const result: fc.Arbitrary<Result> = fc.record({ requestId: integer, revision, body: resultBody });

const watchTarget: fc.Arbitrary<WatchTarget> = fc.record({
  kind: fc.constantFrom(...watchKinds),
  range: keyRange,
  events: fc.constantFrom(...keyEventFilters),
  keysOnly: fc.boolean(),
  withoutPrevious: fc.boolean(),
});

const event: fc.Arbitrary<WireEvent> = fc.oneof(
  fc.record({ type: kind('lock'), name: text, state: lockDetails }),
  fc.record({ type: kind('counter'), name: text, value: signed64, previous: signed64 }),
  fc.record({
    type: kind('session'),
    change: fc.constantFrom(...sessionChanges),
    sessionId,
    name: text,
    ttlMs: integer,
  }),
  fc.record({ type: kind('put'), key: bytes, entry, previous: optionalEntry }),
  fc.record({ type: kind('delete'), key: bytes, previous: optionalEntry }),
);

export const watchNotice: fc.Arbitrary<WatchNotice> = fc.record({
  watchIds: fc.array(integer, { maxLength: 60 }),
  notice: fc.oneof(
    fc.record({ kind: kind('created'), startRevision: revision }),
    fc.record({ kind: kind('batch'), revision, events: fc.array(event, { maxLength: 4 }), partial: fc.boolean() }),
    fc.record({ kind: kind('progress'), revision }),
    fc.record({ kind: kind('ended'), error: wireError }),
  ),
});

const few = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(arbitrary, { maxLength: 3 });
const leaderHint = fc.option(fc.record({ nodeId, address: text }), { nil: undefined });

export const clientFrame: fc.Arbitrary<ClientFrame> = fc.record({
  hello: fc.option(fc.record({ protocol: integer32, clusterId: text, revision, client: text }), { nil: undefined }),
  operations: few(bytes),
  keepAlives: few(fc.record({ id: integer, sessions: few(fc.record({ sessionId, generation: integer32 })) })),
  watchCreates: few(
    fc.record({ watchId: integer, target: watchTarget, fromRevision: revision, seenRevision: revision }),
  ),
  watchCancels: few(integer),
  grantQueries: few(fc.record({ sessionId, generation: integer32, sequence, name: text })),
});

export const serverFrame: fc.Arbitrary<ServerFrame> = fc.record({
  welcome: fc.option(fc.record({ protocol: integer32, clusterId: text, nodeId, leader: leaderHint, revision }), {
    nil: undefined,
  }),
  results: few(bytes),
  keepAlives: few(fc.record({ id: integer, alive: few(sessionId), ended: few(sessionId) })),
  watchNotices: few(bytes),
  grants: few(
    fc.record({
      sessionId,
      sequence,
      state: fc.constantFrom('queued', 'held', 'gone', 'ended'),
      token: integer,
      revision,
    }),
  ),
  leader: leaderHint,
  goodbye: fc.option(wireError, { nil: undefined }),
});
