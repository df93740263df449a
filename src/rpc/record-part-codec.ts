import type { AcceptedSlot, Member, SeenSequence } from '../paxos/record.ts';
import { type Ballot, zeroBallot } from '../wire/ballot.ts';
import { emptyBytes } from '../wire/bytes.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Reader, Writer } from '../wire/protobuf.ts';

// The parts of `journal.proto` that also travel. Unlike the journal, which must not lose what it does not understand, a
// receiver passes over fields that it does not know.

export function writeBallot(writer: Writer, field: number, ballot: Ballot): void {
  const mark = writer.begin(field);
  writer.uint(1, ballot.round);
  writer.string(2, ballot.nodeId);
  writer.end(mark);
}

export function readBallot(reader: Reader): Ballot {
  const outer = reader.enter();
  let round = 0;
  let nodeId = '';
  while (reader.next()) {
    if (reader.field === 1) round = reader.uint();
    else if (reader.field === 2) nodeId = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { round, nodeId: nodeId as Ballot['nodeId'] };
}

export function writeAcceptedSlot(writer: Writer, field: number, accepted: AcceptedSlot): void {
  const mark = writer.begin(field, accepted.value.length + 24);
  writer.uint(1, accepted.slot);
  writeBallot(writer, 2, accepted.ballot);
  writer.bytes(3, accepted.value);
  writer.bool(4, accepted.chosen);
  writer.end(mark);
}

export function readAcceptedSlot(reader: Reader): AcceptedSlot {
  const outer = reader.enter();
  let slot = 0;
  let ballot = zeroBallot;
  let value: Uint8Array = emptyBytes;
  let chosen = false;
  while (reader.next()) {
    if (reader.field === 1) slot = reader.uint();
    else if (reader.field === 2) ballot = readBallot(reader);
    else if (reader.field === 3) value = reader.bytes();
    else if (reader.field === 4) chosen = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { slot, ballot, value, chosen };
}

export function writeSeenSequence(writer: Writer, field: number, seen: SeenSequence): void {
  const mark = writer.begin(field);
  writer.string(1, seen.nodeId);
  writer.string(2, seen.incarnation);
  writer.uint(3, seen.sequence);
  writer.end(mark);
}

export function readSeenSequence(reader: Reader): SeenSequence {
  const outer = reader.enter();
  let nodeId = '';
  let incarnation = '';
  let sequence = 0;
  while (reader.next()) {
    if (reader.field === 1) nodeId = reader.string();
    else if (reader.field === 2) incarnation = reader.string();
    else if (reader.field === 3) sequence = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { nodeId: nodeId as NodeId, incarnation, sequence };
}

export function writeMember(writer: Writer, field: number, member: Member): void {
  const mark = writer.begin(field);
  writer.string(1, member.nodeId);
  writer.string(2, member.incarnation);
  writer.string(3, member.address);
  writer.end(mark);
}

export function readMember(reader: Reader): Member {
  const outer = reader.enter();
  let nodeId = '';
  let incarnation = '';
  let address = '';
  while (reader.next()) {
    if (reader.field === 1) nodeId = reader.string();
    else if (reader.field === 2) incarnation = reader.string();
    else if (reader.field === 3) address = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { nodeId: nodeId as NodeId, incarnation, address };
}
