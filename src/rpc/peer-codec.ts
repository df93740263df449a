import type { Incarnation } from '../paxos/record.ts';
import type { Lane } from '../replica/effect.ts';
import type { PeerMessage } from '../replica/messages.ts';
import { enumName, enumNumber } from '../wire/enumeration.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { Reader, WireFormatError, Writer } from '../wire/protobuf.ts';
import {
  readBallotOnly,
  readPrepare,
  readPreVoteAnswer,
  readPromise,
  readRejected,
  writeBallotOnly,
  writePrepare,
  writePreVoteAnswer,
  writePromise,
  writeRejected,
} from './election-codec.ts';
import {
  readGenesisMessage,
  readGreeting,
  readGreetingAnswer,
  writeGenesisMessage,
  writeGreeting,
  writeGreetingAnswer,
} from './greeting-codec.ts';
import {
  readAccept,
  readAccepted,
  readFetch,
  readHeartbeat,
  readHeartbeatAnswer,
  readLearn,
  writeAccept,
  writeAccepted,
  writeFetch,
  writeHeartbeat,
  writeHeartbeatAnswer,
  writeLearn,
} from './log-codec.ts';
import {
  readForward,
  readForwardRefused,
  readReadPoint,
  readReadPointAnswer,
  readRelayedKeepAlive,
  readRelayedKeepAliveAnswer,
  writeForward,
  writeForwardRefused,
  writeReadPoint,
  writeReadPointAnswer,
  writeRelayedKeepAlive,
  writeRelayedKeepAliveAnswer,
} from './relay-codec.ts';
import {
  readCheckpointOffer,
  readCheckpointQuery,
  readChunk,
  readChunkRequest,
  writeCheckpointOffer,
  writeCheckpointQuery,
  writeChunk,
  writeChunkRequest,
} from './transfer-codec.ts';

/** The encoding of `peer.proto`. */
export interface PeerFrame {
  readonly hello: PeerHello | undefined;
  readonly messages: readonly PeerMessage[];
}

export interface PeerHello {
  /** Empty while the node belongs to no cluster. */
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  readonly lane: Lane;
  /** Whom the sender means to have dialed. */
  readonly toNodeId: NodeId;
}

/** Of the links between nodes. Nodes of different versions of it do not speak with each other. */
export const peerProtocol = 1;

const lanes = ['control', 'bulk'] as const satisfies readonly Lane[];

const writer = new Writer();

/** @throws AssertionFailure on a number out of range */
export function encodePeerFrame(frame: PeerFrame): Uint8Array {
  writer.reset();
  if (frame.hello !== undefined) writeHello(frame.hello);
  for (const message of frame.messages) {
    const mark = writer.begin(2, 64);
    writePeerMessage(message);
    writer.end(mark);
  }
  return writer.finish();
}

/** Values are slices of `bytes`. @throws WireFormatError; UNSUPPORTED if the sender speaks another protocol */
export function decodePeerFrame(bytes: Uint8Array): PeerFrame {
  const reader = new Reader(bytes);
  let hello: PeerHello | undefined;
  const messages: PeerMessage[] = [];
  while (reader.next()) {
    if (reader.field === 1) hello = readHello(reader);
    else if (reader.field === 2) readPeerMessage(reader, messages);
    else reader.skip();
  }
  return { hello, messages };
}

function writeHello(hello: PeerHello): void {
  const mark = writer.begin(1);
  writer.string(1, hello.clusterId);
  writer.string(2, hello.nodeId);
  writer.string(3, hello.incarnation);
  writer.uint(4, enumNumber(lanes, hello.lane));
  writer.string(5, hello.toNodeId);
  writer.uint32(20, peerProtocol);
  writer.end(mark);
}

function readHello(reader: Reader): PeerHello {
  const outer = reader.enter();
  let clusterId = '';
  let nodeId = '';
  let incarnation = '';
  let lane = 0;
  let toNodeId = '';
  // Nodes that do not say it speak the first one.
  let protocol = 1;
  while (reader.next()) {
    if (reader.field === 1) clusterId = reader.string();
    else if (reader.field === 2) nodeId = reader.string();
    else if (reader.field === 3) incarnation = reader.string();
    else if (reader.field === 4) lane = reader.uint32();
    else if (reader.field === 5) toNodeId = reader.string();
    else if (reader.field === 20) protocol = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  // Before anything else of another version is looked at.
  if (protocol !== peerProtocol) {
    throw new WireFormatError(`${nodeId} speaks peer protocol ${protocol}, not ${peerProtocol}`, 'UNSUPPORTED');
  }
  return {
    clusterId,
    nodeId: nodeId as NodeId,
    incarnation,
    lane: enumName(lanes, lane),
    toNodeId: toNodeId as NodeId,
  };
}

type Write<Message> = (writer: Writer, field: number, message: Message) => void;
type Kind<Message> = readonly [field: number, write: Write<Message>, read: (reader: Reader) => PeerMessage];

/** The members of the `oneof` of PeerMessage. */
const kinds: { readonly [Type in PeerMessage['type']]: Kind<Extract<PeerMessage, { type: Type }>> } = {
  greeting: [1, writeGreeting, readGreeting],
  greetingAnswer: [2, writeGreetingAnswer, readGreetingAnswer],
  genesis: [3, writeGenesisMessage, readGenesisMessage],
  preVote: [4, writeBallotOnly, (reader) => readBallotOnly(reader, 'preVote')],
  preVoteAnswer: [5, writePreVoteAnswer, readPreVoteAnswer],
  prepare: [6, writePrepare, readPrepare],
  promise: [7, writePromise, readPromise],
  rejected: [8, writeRejected, readRejected],
  accept: [9, writeAccept, readAccept],
  accepted: [10, writeAccepted, readAccepted],
  heartbeat: [11, writeHeartbeat, readHeartbeat],
  heartbeatAnswer: [12, writeHeartbeatAnswer, readHeartbeatAnswer],
  fetch: [13, writeFetch, readFetch],
  learn: [14, writeLearn, readLearn],
  transfer: [15, writeBallotOnly, (reader) => readBallotOnly(reader, 'transfer')],
  forward: [20, writeForward, readForward],
  forwardRefused: [21, writeForwardRefused, readForwardRefused],
  relayedKeepAlive: [22, writeRelayedKeepAlive, readRelayedKeepAlive],
  relayedKeepAliveAnswer: [23, writeRelayedKeepAliveAnswer, readRelayedKeepAliveAnswer],
  readPoint: [24, writeReadPoint, readReadPoint],
  readPointAnswer: [25, writeReadPointAnswer, readReadPointAnswer],
  checkpointQuery: [30, writeCheckpointQuery, readCheckpointQuery],
  checkpointOffer: [31, writeCheckpointOffer, readCheckpointOffer],
  chunkRequest: [32, writeChunkRequest, readChunkRequest],
  chunk: [33, writeChunk, readChunk],
};

const readersByField = new Map(Object.values(kinds).map(([field, , read]) => [field, read]));

function writePeerMessage(message: PeerMessage): void {
  const [field, write] = kinds[message.type] as Kind<PeerMessage>;
  write(writer, field, message);
}

/** A message of a kind that this version does not know is passed over: the protocol bears any loss, a cut link costs more. */
function readPeerMessage(reader: Reader, into: PeerMessage[]): void {
  const outer = reader.enter();
  while (reader.next()) {
    const read = readersByField.get(reader.field);
    if (read === undefined) reader.skip();
    else into.push(read(reader));
  }
  reader.leave(outer);
}
