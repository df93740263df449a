import { firstFeatureLevel } from '../wire/feature-level.ts';
import { Writer } from '../wire/protobuf.ts';
import { writeSettings } from '../wire/settings-codec.ts';
import type { State } from './state.ts';
import { stateField } from './state-fields.ts';
import {
  writeAcquisition,
  writeClosure,
  writeCounter,
  writeKeyEvent,
  writeObjectEvent,
  writeSession,
  writeVersion,
} from './state-records.ts';

type Write = (writer: Writer) => void;

/**
 * The whole state in one canonical form: equal states have equal bytes, however they came about. One after the other, the chunks are one
 * message; each has whole fields, so that it can be read by itself. A chunk ends with the field that brings it to `chunkBytes`, and no
 * field is longer than two values and some names. The state must not change meanwhile.
 */
export function* stateChunks(state: State, chunkBytes: number): IterableIterator<Uint8Array> {
  const writer = new Writer();
  for (const write of fieldsOf(state)) {
    write(writer);
    if (writer.length >= chunkBytes) yield writer.finish();
  }
  if (writer.length > 0) yield writer.finish();
}

function* fieldsOf(state: State): IterableIterator<Write> {
  const { history, objects, keyspace, sessions, locks, counters, openBallot, featureLevel, settings, configuration } =
    state;
  yield (writer) => {
    writer.uint(stateField.revision, history.revision);
    writer.uint(stateField.floor, history.floor);
    writer.uint(stateField.openRound, openBallot.round);
    writer.string(stateField.openNodeId, openBallot.nodeId);
    if (featureLevel > firstFeatureLevel) {
      writer.uint32(stateField.featureLevel, featureLevel);
      writeSettings(writer, stateField.settings, settings);
    }
    if (configuration === undefined) return;
    writer.uint(stateField.configurationSlot, configuration.slot);
    writer.bytes(stateField.configuration, configuration.bytes);
  };
  for (const version of keyspace.settled()) yield (writer) => writeVersion(writer, stateField.settled, version);
  for (let revision = history.floor + 1; revision <= history.revision; revision++) {
    for (const event of history.at(revision)) {
      // What an event made is written with it, what was there at the floor with the first that took its place.
      const { now, previous } = event;
      const settled = previous !== undefined && previous.modRevision <= history.floor ? previous : undefined;
      yield (writer) => writeKeyEvent(writer, stateField.keyEvent, now, settled);
    }
  }
  for (const session of sessions.all()) {
    yield (writer) => writeSession(writer, stateField.session, session);
    for (const { bytes } of session.results) yield (writer) => writer.bytesItem(stateField.result, bytes);
  }
  for (const acquisition of locks.all()) {
    yield (writer) => writeAcquisition(writer, stateField.acquisition, acquisition);
  }
  for (const closure of locks.allClosures()) yield (writer) => writeClosure(writer, stateField.closure, closure);
  for (const [name, value] of counters.all()) yield (writer) => writeCounter(writer, stateField.counter, name, value);
  for (const event of objects.all()) yield (writer) => writeObjectEvent(writer, stateField.objectEvent, event);
}
