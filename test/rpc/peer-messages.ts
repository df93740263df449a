import fc from 'fast-check';
import type { GreetingAnswer } from '../../src/paxos/messages.ts';
import { type Configuration, standings } from '../../src/paxos/record.ts';
import type { PeerMessage } from '../../src/replica/messages.ts';
import type { SessionRef } from '../../src/wire/frame.ts';
import type { NodeId, SessionId } from '../../src/wire/identifiers.ts';

const number = fc.oneof(fc.nat(), fc.maxSafeNat());
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const nodeId = text.map((id) => id as NodeId);
const sessionId = number.map((id) => id as SessionId);
const bytes = fc.uint8Array({ maxLength: 40 });
const ballot = fc.record({ round: number, nodeId });
const member = fc.record({ nodeId, incarnation: text, address: text });
const members = fc.array(member, { maxLength: 4 });
const slot = fc.record({ slot: number, ballot, value: bytes, chosen: fc.boolean() });
const slots = fc.array(slot, { maxLength: 4 });
const seen = fc.record({ nodeId, incarnation: text, sequence: number });
const settings = fc.record({ leaseMs: number, clockDriftPermille: fc.nat(), leases: fc.boolean() });
const configuration: fc.Arbitrary<Configuration> = fc.record({
  slot: number,
  members: fc.array(
    fc.record({ nodeId, incarnation: text, address: text, standing: fc.constantFrom(...standings), replaces: nodeId }),
    { minLength: 1, maxLength: 4 },
  ),
});
const session: fc.Arbitrary<SessionRef> = fc.record({ sessionId, generation: fc.nat() });

const checkpoint = fc.record({ slot: number, revision: number, hash: text, chunks: number, bytes: number });

const origin = fc.oneof(
  fc.constant({}),
  fc.record({ origin: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }) }),
);
const genesis = fc
  .tuple(fc.record({ clusterId: text, clusterName: text, members, settings }), origin)
  .map(([known, more]) => ({ ...known, ...more }));

const verdict: fc.Arbitrary<GreetingAnswer['verdict']> = fc.oneof(
  fc.constant({ kind: 'welcome' } as const),
  fc.record({ kind: fc.constant('wrongCluster' as const), clusterId: text }),
  fc.record({ kind: fc.constant('strangeIncarnation' as const), expected: text }),
  fc.constant({ kind: 'notAMember' } as const),
  fc.constant({ kind: 'removed' } as const),
  fc.record({ kind: fc.constant('differentInitial' as const), initial: members }),
  fc.record({ kind: fc.constant('differentOrigin' as const), origin: text }),
);

type ByType = {
  readonly [Type in PeerMessage['type']]: fc.Arbitrary<Omit<Extract<PeerMessage, { type: Type }>, 'type'>>;
};

/** One for every kind of message: a kind that is missing here does not compile. */
export const byType: ByType = {
  greeting: fc
    .tuple(
      fc.record({
        clusterId: text,
        clusterName: text,
        incarnation: text,
        bootId: text,
        formed: fc.boolean(),
        sequence: number,
        chosenThrough: number,
        configuration: fc.option(configuration, { nil: undefined }),
        initial: members,
        supportedLevel: fc.nat(9),
      }),
      origin,
    )
    .map(([known, more]) => ({ ...known, ...more })),
  greetingAnswer: fc.record({
    bootId: text,
    clusterId: text,
    incarnation: text,
    formed: fc.boolean(),
    chosenThrough: number,
    configuration: fc.option(configuration, { nil: undefined }),
    verdict,
    seen: fc.option(seen, { nil: undefined }),
    supportedLevel: fc.nat(9),
  }),
  genesis: fc.record({ bootId: text, genesis, configuration: fc.option(configuration, { nil: undefined }) }),
  preVote: fc.record({ ballot }),
  preVoteAnswer: fc.record({ ballot, granted: fc.boolean(), promised: ballot, chosenThrough: number }),
  prepare: fc.record({ ballot, fromSlot: number, transferOf: ballot }),
  promise: fc.record({
    ballot,
    incarnation: text,
    sequence: number,
    trimmedThrough: number,
    chosenThrough: number,
    accepted: slots,
    part: number,
    last: fc.boolean(),
  }),
  rejected: fc.record({ ballot, promised: ballot }),
  accept: fc.record({ ballot, slot: number, value: bytes, chosenThrough: number }),
  accepted: fc.record({ ballot, through: number, incarnation: text, sequence: number, quiet: fc.boolean() }),
  heartbeat: fc.record({
    ballot,
    id: number,
    chosenThrough: number,
    hashSlot: number,
    hash: text,
    dispute: fc.option(
      fc.record({ slot: number, votes: fc.array(fc.record({ nodeId, hash: text }), { maxLength: 4 }) }),
      { nil: undefined },
    ),
    sequence: number,
  }),
  heartbeatAnswer: fc.record({
    ballot,
    id: number,
    acceptedThrough: number,
    chosenThrough: number,
    hashSlot: number,
    hash: text,
    sequence: number,
    quiet: fc.boolean(),
  }),
  fetch: fc.record({ fromSlot: number, toSlot: number }),
  learn: fc.record({ slots, chosenThrough: number, trimmedThrough: number }),
  transfer: fc.record({ ballot }),
  forward: fc.record({ id: number, operations: fc.array(bytes, { maxLength: 4 }) }),
  forwardRefused: fc.record({ id: number, code: fc.constantFrom('NOT_LEADER' as const, 'BUSY' as const) }),
  relayedKeepAlive: fc.record({ id: number, sessions: fc.array(session, { maxLength: 4 }) }),
  relayedKeepAliveAnswer: fc.record({ id: number, alive: fc.array(sessionId), ended: fc.array(sessionId) }),
  readPoint: fc.record({ id: number }),
  readPointAnswer: fc.record({ id: number, slot: number }),
  checkpointQuery: fc.record({ id: number, aboveSlot: number }),
  checkpointOffer: fc.record({ id: number, checkpoint: fc.option(checkpoint, { nil: undefined }) }),
  chunkRequest: fc.record({ id: number, slot: number, index: number }),
  chunk: fc.record({
    id: number,
    slot: number,
    index: number,
    bytes: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined }),
  }),
};

export const anyPeerMessage: fc.Arbitrary<PeerMessage> = fc.oneof(
  ...Object.entries(byType).map(([type, fields]) =>
    (fields as fc.Arbitrary<object>).map((value) => ({ type, ...value }) as PeerMessage),
  ),
);
