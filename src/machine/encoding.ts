import { keyBytes } from '../wire/bytes.ts';
import { writeEvent } from '../wire/event-codec.ts';
import { Writer } from '../wire/protobuf.ts';
import { writeMetadata } from '../wire/session-info-codec.ts';
import type { State } from './state.ts';
import type { Version } from './version.ts';

/**
 * The whole state in one canonical form, for comparison: equal states have equal bytes, however they came about. In the
 * manner of the proto files:
 *
 *   message State {
 *     uint64 revision = 1;  uint64 floor = 2;
 *     repeated Version live = 3;       // in key order
 *     repeated Event events = 4;       // in order of revision and key
 *     repeated Session sessions = 5;   // by id
 *     repeated Acquisition acquisitions = 6;   // in the order of asking
 *     repeated Closure closures = 13;   // by lock name
 *     repeated Counter counters = 7;   // by name, those that are not 0
 *     uint64 open_round = 8;  string open_node_id = 9;
 *     repeated ObjectEvent object_events = 18; // in order of revision, and then of kind and of name or id
 *   }
 *   message ObjectEvent { uint64 revision = 1;  conclave.v1.Event event = 2; }
 */
export function encodeState(state: State): Uint8Array {
  const writer = new Writer();
  const { history, objects, keyspace, sessions, locks, counters } = state;
  writer.uint(1, history.revision);
  writer.uint(2, history.floor);
  for (const version of keyspace.range({ from: new Uint8Array(0), to: 'unbounded' }, history.revision)) {
    writeVersion(writer, 3, version);
  }
  for (let revision = history.floor + 1; revision <= history.revision; revision++) {
    for (const { now, previous } of history.at(revision)) {
      const mark = writer.begin(4);
      writeVersion(writer, 1, now);
      if (previous !== undefined) writeVersion(writer, 2, previous);
      writer.end(mark);
    }
  }
  for (const session of sessions.all()) {
    const mark = writer.begin(5);
    writer.uint(1, session.id);
    writer.uint32(2, session.generation);
    writer.uint(3, session.ttlMs);
    writer.string(4, session.name);
    writer.uint(5, session.lastSequence);
    writer.uint(6, session.acknowledged);
    for (const { bytes } of session.results) writer.bytesItem(7, bytes);
    writer.bytes(8, keyBytes(session.identity.secret));
    for (const entry of session.metadata) writeMetadata(writer, 9, entry);
    writer.fixed64(10, session.identity.resumedBy);
    writer.end(mark);
  }
  for (const acquisition of locks.all()) {
    const mark = writer.begin(6);
    for (const name of acquisition.names) writer.stringItem(1, name);
    writer.uint(2, acquisition.sessionId);
    writer.uint(3, acquisition.sequence);
    writer.uint(4, acquisition.askedRevision);
    writer.uint(5, acquisition.token);
    writer.string(6, acquisition.mode);
    writer.uint32(7, acquisition.permits);
    writer.uint(8, acquisition.delayMs);
    writer.bytes(9, acquisition.note);
    writer.end(mark);
  }
  for (const { name, sinceRevision, delayMs } of locks.allClosures()) {
    const mark = writer.begin(13);
    writer.string(1, name);
    writer.uint(2, sinceRevision);
    writer.uint(3, delayMs);
    writer.end(mark);
  }
  for (const [name, value] of counters.all()) {
    const mark = writer.begin(7);
    writer.string(1, name);
    writer.int64(2, value);
    writer.end(mark);
  }
  writer.uint(8, state.openBallot.round);
  writer.string(9, state.openBallot.nodeId);
  for (let revision = history.floor + 1; revision <= history.revision; revision++) {
    for (const { event } of objects.at(revision)) {
      const mark = writer.begin(18);
      writer.uint(1, revision);
      writeEvent(writer, 2, event);
      writer.end(mark);
    }
  }
  return writer.finish();
}

function writeVersion(writer: Writer, field: number, version: Version): void {
  const mark = writer.begin(field, version.value.length);
  writer.bytes(1, version.key);
  writer.uint(2, version.modRevision);
  if (!version.isDeletion) {
    writer.bytes(3, version.value);
    writer.uint(4, version.createRevision);
    writer.uint(5, version.version);
    writer.uint(6, version.sessionId);
  }
  writer.end(mark);
}
