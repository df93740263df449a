import { enumNumber, readEnum } from './enumeration.ts';
import { readError, writeError } from './error-codec.ts';
import type { Grant, KeepAliveAnswer, LeaderHint, ServerFrame, Welcome } from './frame.ts';
import type { NodeId, Revision, Sequence, SessionId } from './identifiers.ts';
import { Reader, Writer } from './protobuf.ts';
import type { WireError } from './result.ts';

const grantStates = ['queued', 'held', 'gone', 'ended'] as const satisfies readonly Grant['state'][];

const writer = new Writer();

export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  let bodyBytes = 0;
  for (const result of frame.results) bodyBytes += result.length + 6;
  for (const notice of frame.watchNotices) bodyBytes += notice.length + 6;
  writer.reset().reserve(bodyBytes);
  if (frame.welcome !== undefined) writeWelcome(frame.welcome);
  writer.bytesItems(2, frame.results);
  for (const answer of frame.keepAlives) writeKeepAliveAnswer(answer);
  writer.bytesItems(4, frame.watchNotices);
  for (const grant of frame.grants) writeGrant(grant);
  if (frame.leader !== undefined) writeLeaderHint(6, frame.leader);
  if (frame.goodbye !== undefined) writeError(writer, 7, frame.goodbye);
  return writer.finish();
}

/** Results and notices are slices of `bytes`. @throws WireFormatError */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  const reader = new Reader(bytes);
  let welcome: Welcome | undefined;
  const results: Uint8Array[] = [];
  const keepAlives: KeepAliveAnswer[] = [];
  const watchNotices: Uint8Array[] = [];
  const grants: Grant[] = [];
  let leader: LeaderHint | undefined;
  let goodbye: WireError | undefined;
  while (reader.next()) {
    if (reader.field === 1) welcome = readWelcome(reader);
    else if (reader.field === 2) results.push(reader.bytes());
    else if (reader.field === 3) keepAlives.push(readKeepAliveAnswer(reader));
    else if (reader.field === 4) watchNotices.push(reader.bytes());
    else if (reader.field === 5) grants.push(readGrant(reader));
    else if (reader.field === 6) leader = readLeaderHint(reader);
    else if (reader.field === 7) goodbye = readError(reader);
    else reader.skip();
  }
  return { welcome, results, keepAlives, watchNotices, grants, leader, goodbye };
}

function writeWelcome(welcome: Welcome): void {
  const mark = writer.begin(1);
  writer.uint32(1, welcome.protocol);
  writer.string(2, welcome.clusterId);
  writer.string(3, welcome.nodeId);
  if (welcome.leader !== undefined) writeLeaderHint(4, welcome.leader);
  writer.uint(5, welcome.revision);
  writer.end(mark);
}

function readWelcome(reader: Reader): Welcome {
  const outer = reader.enter();
  let protocol = 0;
  let clusterId = '';
  let nodeId = '';
  let leader: LeaderHint | undefined;
  let revision = 0;
  while (reader.next()) {
    if (reader.field === 1) protocol = reader.uint32();
    else if (reader.field === 2) clusterId = reader.string();
    else if (reader.field === 3) nodeId = reader.string();
    else if (reader.field === 4) leader = readLeaderHint(reader);
    else if (reader.field === 5) revision = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { protocol, clusterId, nodeId: nodeId as NodeId, leader, revision: revision as Revision };
}

function writeLeaderHint(field: number, leader: LeaderHint): void {
  const mark = writer.begin(field);
  writer.string(1, leader.nodeId);
  writer.string(2, leader.address);
  writer.end(mark);
}

function readLeaderHint(reader: Reader): LeaderHint {
  const outer = reader.enter();
  let nodeId = '';
  let address = '';
  while (reader.next()) {
    if (reader.field === 1) nodeId = reader.string();
    else if (reader.field === 2) address = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { nodeId: nodeId as NodeId | '', address };
}

function writeKeepAliveAnswer(answer: KeepAliveAnswer): void {
  const mark = writer.begin(3);
  writer.uint(1, answer.id);
  writer.packedUints(2, answer.alive);
  writer.packedUints(3, answer.ended);
  writer.end(mark);
}

function readKeepAliveAnswer(reader: Reader): KeepAliveAnswer {
  const outer = reader.enter();
  let id = 0;
  const alive: SessionId[] = [];
  const ended: SessionId[] = [];
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) reader.uints(alive);
    else if (reader.field === 3) reader.uints(ended);
    else reader.skip();
  }
  reader.leave(outer);
  return { id, alive, ended };
}

function writeGrant(grant: Grant): void {
  const mark = writer.begin(5);
  writer.uint(1, grant.sessionId);
  writer.uint(2, grant.sequence);
  writer.uint(3, enumNumber(grantStates, grant.state));
  writer.uint(4, grant.token);
  writer.uint(5, grant.revision);
  writer.end(mark);
}

function readGrant(reader: Reader): Grant {
  const outer = reader.enter();
  let sessionId = 0;
  let sequence = 0;
  let state: Grant['state'] = 'queued';
  let token = 0;
  let revision = 0;
  while (reader.next()) {
    if (reader.field === 1) sessionId = reader.uint();
    else if (reader.field === 2) sequence = reader.uint();
    else if (reader.field === 3) state = readEnum(reader, grantStates);
    else if (reader.field === 4) token = reader.uint();
    else if (reader.field === 5) revision = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return {
    sessionId: sessionId as SessionId,
    sequence: sequence as Sequence,
    state,
    token,
    revision: revision as Revision,
  };
}
