import type { Prepare, PreVote, PreVoteAnswer, PromiseMessage, Rejected, Transfer } from '../paxos/messages.ts';
import type { AcceptedSlot } from '../paxos/record.ts';
import { zeroBallot } from '../wire/ballot.ts';
import type { Reader, Writer } from '../wire/protobuf.ts';
import { readAcceptedSlot, readBallot, writeAcceptedSlot, writeBallot } from './record-part-codec.ts';

/** PreVote and Transfer: a ballot, and nothing else. */
export function writeBallotOnly(writer: Writer, field: number, message: PreVote | Transfer): void {
  const mark = writer.begin(field);
  writeBallot(writer, 1, message.ballot);
  writer.end(mark);
}

export function readBallotOnly<Type extends 'preVote' | 'transfer'>(
  reader: Reader,
  type: Type,
): { readonly type: Type; readonly ballot: PreVote['ballot'] } {
  const outer = reader.enter();
  let ballot = zeroBallot;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { type, ballot };
}

export function writePreVoteAnswer(writer: Writer, field: number, message: PreVoteAnswer): void {
  const mark = writer.begin(field);
  writeBallot(writer, 1, message.ballot);
  writer.bool(2, message.granted);
  writeBallot(writer, 3, message.promised);
  writer.uint(4, message.chosenThrough);
  writer.end(mark);
}

export function readPreVoteAnswer(reader: Reader): PreVoteAnswer {
  const outer = reader.enter();
  let ballot = zeroBallot;
  let granted = false;
  let promised = zeroBallot;
  let chosenThrough = 0;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else if (reader.field === 2) granted = reader.bool();
    else if (reader.field === 3) promised = readBallot(reader);
    else if (reader.field === 4) chosenThrough = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'preVoteAnswer', ballot, granted, promised, chosenThrough };
}

export function writePrepare(writer: Writer, field: number, message: Prepare): void {
  const mark = writer.begin(field);
  writeBallot(writer, 1, message.ballot);
  writer.uint(2, message.fromSlot);
  writeBallot(writer, 3, message.transferOf);
  writer.end(mark);
}

export function readPrepare(reader: Reader): Prepare {
  const outer = reader.enter();
  let ballot = zeroBallot;
  let fromSlot = 0;
  let transferOf = zeroBallot;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else if (reader.field === 2) fromSlot = reader.uint();
    else if (reader.field === 3) transferOf = readBallot(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'prepare', ballot, fromSlot, transferOf };
}

export function writePromise(writer: Writer, field: number, message: PromiseMessage): void {
  const mark = writer.begin(field, 128);
  writeBallot(writer, 1, message.ballot);
  writer.string(2, message.incarnation);
  writer.uint(3, message.sequence);
  writer.uint(4, message.trimmedThrough);
  writer.uint(5, message.chosenThrough);
  for (const accepted of message.accepted) writeAcceptedSlot(writer, 6, accepted);
  writer.uint(7, message.part);
  writer.bool(8, message.last);
  writer.end(mark);
}

export function readPromise(reader: Reader): PromiseMessage {
  const outer = reader.enter();
  let ballot = zeroBallot;
  let incarnation = '';
  let sequence = 0;
  let trimmedThrough = 0;
  let chosenThrough = 0;
  const accepted: AcceptedSlot[] = [];
  let part = 0;
  let last = false;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else if (reader.field === 2) incarnation = reader.string();
    else if (reader.field === 3) sequence = reader.uint();
    else if (reader.field === 4) trimmedThrough = reader.uint();
    else if (reader.field === 5) chosenThrough = reader.uint();
    else if (reader.field === 6) accepted.push(readAcceptedSlot(reader));
    else if (reader.field === 7) part = reader.uint();
    else if (reader.field === 8) last = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'promise', ballot, incarnation, sequence, trimmedThrough, chosenThrough, accepted, part, last };
}

export function writeRejected(writer: Writer, field: number, message: Rejected): void {
  const mark = writer.begin(field);
  writeBallot(writer, 1, message.ballot);
  writeBallot(writer, 2, message.promised);
  writer.end(mark);
}

export function readRejected(reader: Reader): Rejected {
  const outer = reader.enter();
  let ballot = zeroBallot;
  let promised = zeroBallot;
  while (reader.next()) {
    if (reader.field === 1) ballot = readBallot(reader);
    else if (reader.field === 2) promised = readBallot(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'rejected', ballot, promised };
}
