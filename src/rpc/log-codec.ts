import type { Accept, Accepted, Dispute, Fetch, Heartbeat, HeartbeatAnswer, Learn } from '../paxos/messages.ts';
import type { AcceptedSlot } from '../paxos/record.ts';
import { zeroBallot } from '../wire/ballot.ts';
import { emptyBytes } from '../wire/bytes.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Reader, Writer } from '../wire/protobuf.ts';
import { readAcceptedSlot, readBallot, writeAcceptedSlot, writeBallot } from './record-part-codec.ts';

export function writeAccept(writer: Writer, field: number, message: Accept): void {
  const mark = writer.begin(field, message.value.length + 32);
  writeBallot(writer, 1, message.ballot);
  writer.uint(2, message.slot);
  writer.bytes(3, message.value);
  writer.uint(4, message.chosenThrough);
  writer.end(mark);
}

export function readAccept(reader: Reader): Accept {
  const outer = reader.enter();
  let ballot = zeroBallot;
  let slot = 0;
  let value: Uint8Array = emptyBytes;
  let chosenThrough = 0;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else if (reader.field === 2) slot = reader.uint();
    else if (reader.field === 3) value = reader.bytes();
    else if (reader.field === 4) chosenThrough = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'accept', ballot, slot, value, chosenThrough };
}

export function writeAccepted(writer: Writer, field: number, message: Accepted): void {
  const mark = writer.begin(field);
  writeBallot(writer, 1, message.ballot);
  writer.uint(2, message.through);
  writer.string(3, message.incarnation);
  writer.uint(4, message.sequence);
  writer.bool(5, message.quiet);
  writer.end(mark);
}

export function readAccepted(reader: Reader): Accepted {
  const outer = reader.enter();
  let ballot = zeroBallot;
  let through = 0;
  let incarnation = '';
  let sequence = 0;
  let quiet = false;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else if (reader.field === 2) through = reader.uint();
    else if (reader.field === 3) incarnation = reader.string();
    else if (reader.field === 4) sequence = reader.uint();
    else if (reader.field === 5) quiet = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'accepted', ballot, through, incarnation, sequence, quiet };
}

export function writeHeartbeat(writer: Writer, field: number, message: Heartbeat): void {
  const mark = writer.begin(field);
  writeBallot(writer, 1, message.ballot);
  writer.uint(2, message.id);
  writer.uint(3, message.chosenThrough);
  writer.uint(4, message.hashSlot);
  writer.string(5, message.hash);
  writer.uint(6, message.sequence);
  if (message.dispute !== undefined) writeDispute(writer, 7, message.dispute);
  writer.end(mark);
}

export function readHeartbeat(reader: Reader): Heartbeat {
  const outer = reader.enter();
  let ballot = zeroBallot;
  let id = 0;
  let chosenThrough = 0;
  let hashSlot = 0;
  let hash = '';
  let dispute: Dispute | undefined;
  let sequence = 0;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else if (reader.field === 2) id = reader.uint();
    else if (reader.field === 3) chosenThrough = reader.uint();
    else if (reader.field === 4) hashSlot = reader.uint();
    else if (reader.field === 5) hash = reader.string();
    else if (reader.field === 6) sequence = reader.uint();
    else if (reader.field === 7) dispute = readDispute(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'heartbeat', ballot, id, chosenThrough, hashSlot, hash, dispute, sequence };
}

function writeDispute(writer: Writer, field: number, { slot, votes }: Dispute): void {
  const mark = writer.begin(field, 256);
  writer.uint(1, slot);
  for (const { nodeId, hash } of votes) {
    const vote = writer.begin(2);
    writer.string(1, nodeId);
    writer.string(2, hash);
    writer.end(vote);
  }
  writer.end(mark);
}

function readDispute(reader: Reader): Dispute {
  const outer = reader.enter();
  let slot = 0;
  const votes: Dispute['votes'][number][] = [];
  while (reader.next()) {
    if (reader.field === 1) slot = reader.uint();
    else if (reader.field === 2) votes.push(readDisputeVote(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return { slot, votes };
}

function readDisputeVote(reader: Reader): Dispute['votes'][number] {
  const outer = reader.enter();
  let nodeId = '';
  let hash = '';
  while (reader.next()) {
    if (reader.field === 1) nodeId = reader.string();
    else if (reader.field === 2) hash = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { nodeId: nodeId as NodeId, hash };
}

export function writeHeartbeatAnswer(writer: Writer, field: number, message: HeartbeatAnswer): void {
  const mark = writer.begin(field);
  writeBallot(writer, 1, message.ballot);
  writer.uint(2, message.id);
  writer.uint(3, message.acceptedThrough);
  writer.uint(4, message.chosenThrough);
  writer.uint(5, message.hashSlot);
  writer.string(6, message.hash);
  writer.uint(7, message.sequence);
  writer.bool(8, message.quiet);
  writer.end(mark);
}

export function readHeartbeatAnswer(reader: Reader): HeartbeatAnswer {
  const outer = reader.enter();
  let ballot = zeroBallot;
  let id = 0;
  let acceptedThrough = 0;
  let chosenThrough = 0;
  let hashSlot = 0;
  let hash = '';
  let sequence = 0;
  let quiet = false;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else if (reader.field === 2) id = reader.uint();
    else if (reader.field === 3) acceptedThrough = reader.uint();
    else if (reader.field === 4) chosenThrough = reader.uint();
    else if (reader.field === 5) hashSlot = reader.uint();
    else if (reader.field === 6) hash = reader.string();
    else if (reader.field === 7) sequence = reader.uint();
    else if (reader.field === 8) quiet = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'heartbeatAnswer', ballot, id, acceptedThrough, chosenThrough, hashSlot, hash, sequence, quiet };
}

export function writeFetch(writer: Writer, field: number, message: Fetch): void {
  const mark = writer.begin(field);
  writer.uint(1, message.fromSlot);
  writer.uint(2, message.toSlot);
  writer.end(mark);
}

export function readFetch(reader: Reader): Fetch {
  const outer = reader.enter();
  let fromSlot = 0;
  let toSlot = 0;
  while (reader.next()) {
    if (reader.field === 1) fromSlot = reader.uint();
    else if (reader.field === 2) toSlot = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'fetch', fromSlot, toSlot };
}

export function writeLearn(writer: Writer, field: number, message: Learn): void {
  const mark = writer.begin(field, 1024);
  for (const slot of message.slots) writeAcceptedSlot(writer, 1, slot);
  writer.uint(2, message.chosenThrough);
  writer.uint(3, message.trimmedThrough);
  writer.end(mark);
}

export function readLearn(reader: Reader): Learn {
  const outer = reader.enter();
  const slots: AcceptedSlot[] = [];
  let chosenThrough = 0;
  let trimmedThrough = 0;
  while (reader.next()) {
    if (reader.field === 1) slots.push(readAcceptedSlot(reader));
    else if (reader.field === 2) chosenThrough = reader.uint();
    else if (reader.field === 3) trimmedThrough = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'learn', slots, chosenThrough, trimmedThrough };
}
