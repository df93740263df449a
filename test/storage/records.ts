import fc from 'fast-check';
import {
  type AcceptedSlot,
  type Configuration,
  type Genesis,
  type JournalRecord,
  type Member,
  type SeenSequence,
  standings,
} from '../../src/paxos/record.ts';
import { zeroBallot } from '../../src/wire/ballot.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';

export const node1 = 'n1' as NodeId;

/** The plainest record of that sequence, with what a test wants to differ. */
export function recordOf(sequence: number, rest: Partial<JournalRecord> = {}): JournalRecord {
  return {
    sequence,
    promised: zeroBallot,
    chosenThrough: 0,
    trimmedThrough: 0,
    accepted: [],
    seen: [],
    genesis: undefined,
    formed: false,
    configuration: undefined,
    ...rest,
  };
}

export function acceptedOf(slot: number, round: number, value: string | Uint8Array, chosen = false): AcceptedSlot {
  return {
    slot,
    ballot: { round, nodeId: node1 },
    value: typeof value === 'string' ? utf8Bytes(value) : value,
    chosen,
  };
}

/** Record `sequence` accepts slot `sequence`, in bytes that do not repeat. */
export function slotRecord(sequence: number, bytes = 300): JournalRecord {
  return recordOf(sequence, {
    promised: { round: 1, nodeId: node1 },
    chosenThrough: sequence - 1,
    accepted: [acceptedOf(sequence, 1, noise(sequence, bytes))],
  });
}

export function slotRecords(count: number, bytes = 300): JournalRecord[] {
  return Array.from({ length: count }, (_, index) => slotRecord(index + 1, bytes));
}

/** Bytes that do not repeat. */
export function noise(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2_654_435_761 + 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const nodeId = text.map((name) => name as NodeId);
const number = fc.maxSafeNat();
const ballot = fc.record({ round: number, nodeId });

const accepted: fc.Arbitrary<AcceptedSlot> = fc.record({
  slot: number,
  ballot,
  value: fc.uint8Array({ maxLength: 400 }),
  chosen: fc.boolean(),
});

const seen: fc.Arbitrary<SeenSequence> = fc.record({ nodeId, incarnation: text, sequence: number });

const member: fc.Arbitrary<Member> = fc.record({ nodeId, incarnation: text, address: text });

const configuration: fc.Arbitrary<Configuration> = fc.record({
  slot: number,
  members: fc.array(
    fc.record({ nodeId, incarnation: text, address: text, standing: fc.constantFrom(...standings), replaces: nodeId }),
    { minLength: 1 },
  ),
});

const genesis: fc.Arbitrary<Genesis> = fc.record(
  {
    clusterId: text,
    clusterName: text,
    members: fc.array(member),
    settings: fc.record({ leaseMs: number, clockDriftPermille: fc.nat(0xffff_ffff), leases: fc.boolean() }),
    origin: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }),
  },
  { requiredKeys: ['clusterId', 'clusterName', 'members', 'settings'] },
);

export const anyRecord: fc.Arbitrary<JournalRecord> = fc.record({
  sequence: number,
  promised: ballot,
  chosenThrough: number,
  trimmedThrough: number,
  accepted: fc.array(accepted),
  seen: fc.array(seen),
  genesis: fc.option(genesis, { nil: undefined }),
  formed: fc.boolean(),
  configuration: fc.option(configuration, { nil: undefined }),
});
