import { decodeConfiguration, encodeConfiguration } from '../paxos/configuration-codec.ts';
import type { AcceptedSlot, Configuration, Genesis, JournalRecord, SeenSequence } from '../paxos/record.ts';
import { type Ballot, zeroBallot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { Reader, WireFormatError, Writer } from '../wire/protobuf.ts';
import { checksumBytes, sealFrame } from './checksummed-frame.ts';

import { readGenesis, writeGenesis } from './genesis-codec.ts';
import { unknownField } from './record-codec-error.ts';

export { claimedCrc, isIntact } from './checksummed-frame.ts';

/** A record as it was found on disk, with its place in the chain. */
export interface FramedRecord {
  readonly record: JournalRecord;
  /** The checksum of the record before; 0 for the first. */
  readonly previousCrc: number;
}

/** Raised when an older version could misread a record. The first one is not written: 0 is 1. */
const formatVersion = 1;

/** More than the fields of one accepted value or seen sequence take, its value aside. */
const entryBytes = 128;

const writer = new Writer();

/** The frame of `journal.proto`: CRC-32 (big-endian) of the rest, then the JournalRecord. */
export function encodeRecord(record: JournalRecord, previousCrc: number): Uint8Array {
  let expectedBytes = 1024 + entryBytes * (record.accepted.length + record.seen.length);
  for (const { value } of record.accepted) expectedBytes += value.length;
  writer.reset().reserve(expectedBytes);
  writer.raw(new Uint8Array(checksumBytes));
  writer.uint(1, record.sequence);
  writer.fixed32(2, previousCrc);
  writeBallot(3, record.promised);
  writer.uint(4, record.chosenThrough);
  for (const accepted of record.accepted) writeAccepted(accepted);
  for (const seen of record.seen) writeSeen(seen);
  if (record.genesis !== undefined) writeGenesis(writer, record.genesis);
  writer.bool(8, record.formed);
  writer.uint(9, record.trimmedThrough);
  if (record.configuration !== undefined) writer.bytes(10, encodeConfiguration(record.configuration));
  return sealFrame(writer.finish());
}

/**
 * Decodes an intact frame; the values are slices of it.
 *
 * @throws WireFormatError UNSUPPORTED on a field that this version does not know: to pass over it could be to forget a promise
 */
export function decodeRecord(frame: Uint8Array): FramedRecord {
  let sequence = 0;
  let previousCrc = 0;
  let promised = zeroBallot;
  let chosenThrough = 0;
  const accepted: AcceptedSlot[] = [];
  const seen: SeenSequence[] = [];
  let genesis: Genesis | undefined;
  let formed = false;
  let trimmedThrough = 0;
  let configuration: Configuration | undefined;
  const reader = new Reader(frame.subarray(checksumBytes));
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        sequence = reader.uint();
        break;
      case 2:
        previousCrc = reader.fixed32();
        break;
      case 3:
        promised = readBallot(reader);
        break;
      case 4:
        chosenThrough = reader.uint();
        break;
      case 5:
        accepted.push(readAccepted(reader));
        break;
      case 6:
        seen.push(readSeen(reader));
        break;
      case 7:
        genesis = readGenesis(reader);
        break;
      case 8:
        formed = reader.bool();
        break;
      case 9:
        trimmedThrough = reader.uint();
        break;
      case 10:
        configuration = decodeConfiguration(reader.bytes());
        break;
      case 15:
        refuseNewer(reader.uint32());
        break;
      default:
        throw unknownField('JournalRecord', reader);
    }
  }
  const record = { sequence, promised, chosenThrough, trimmedThrough, accepted, seen, genesis, formed, configuration };
  return { record, previousCrc };
}

function refuseNewer(version: number): void {
  if (version <= formatVersion) return;
  throw new WireFormatError(`format ${version}; known are formats up to ${formatVersion}`, 'UNSUPPORTED');
}

function writeBallot(field: number, ballot: Ballot): void {
  const mark = writer.begin(field);
  writer.uint(1, ballot.round);
  writer.string(2, ballot.nodeId);
  writer.end(mark);
}

function readBallot(reader: Reader): Ballot {
  let round = 0;
  let nodeId: Ballot['nodeId'] = '';
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        round = reader.uint();
        break;
      case 2:
        nodeId = reader.string() as NodeId;
        break;
      default:
        throw unknownField('Ballot', reader);
    }
  }
  reader.leave(outer);
  return { round, nodeId };
}

function writeAccepted({ slot, ballot, value, chosen }: AcceptedSlot): void {
  const mark = writer.begin(5, value.length);
  writer.uint(1, slot);
  writeBallot(2, ballot);
  writer.bytes(3, value);
  writer.bool(4, chosen);
  writer.end(mark);
}

function readAccepted(reader: Reader): AcceptedSlot {
  let slot = 0;
  let ballot = zeroBallot;
  let value = new Uint8Array(0);
  let chosen = false;
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        slot = reader.uint();
        break;
      case 2:
        ballot = readBallot(reader);
        break;
      case 3:
        value = reader.bytes() as Uint8Array<ArrayBuffer>;
        break;
      case 4:
        chosen = reader.bool();
        break;
      default:
        throw unknownField('AcceptedSlot', reader);
    }
  }
  reader.leave(outer);
  return { slot, ballot, value, chosen };
}

function writeSeen({ nodeId, incarnation, sequence }: SeenSequence): void {
  const mark = writer.begin(6);
  writer.string(1, nodeId);
  writer.string(2, incarnation);
  writer.uint(3, sequence);
  writer.end(mark);
}

function readSeen(reader: Reader): SeenSequence {
  let nodeId = '';
  let incarnation = '';
  let sequence = 0;
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        nodeId = reader.string();
        break;
      case 2:
        incarnation = reader.string();
        break;
      case 3:
        sequence = reader.uint();
        break;
      default:
        throw unknownField('SeenSequence', reader);
    }
  }
  reader.leave(outer);
  return { nodeId: nodeId as NodeId, incarnation, sequence };
}
