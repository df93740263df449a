import { assert } from '../wire/assert.ts';
import { type Ballot, zeroBallot } from '../wire/ballot.ts';
import { firstFeatureLevel, supportedFeatureLevel } from '../wire/feature-level.ts';
import type { NodeId, Revision } from '../wire/identifiers.ts';
import { Reader, WireFormatError } from '../wire/protobuf.ts';
import { type Settings, shippedSettings } from '../wire/settings.ts';
import { readSettings } from '../wire/settings-codec.ts';
import type { Checksum } from './hash.ts';
import type { KeyEvent } from './key-event.ts';
import { restoredEvent } from './object-event.ts';
import type { Session } from './sessions.ts';
import { type ChosenConfiguration, State } from './state.ts';
import { stateField } from './state-fields.ts';
import {
  readAcquisition,
  readClosure,
  readCounter,
  readKeyEvent,
  readObjectEvent,
  readSession,
  readVersion,
  unknownField,
} from './state-records.ts';

/** Makes a state of what `stateChunks` has made of one: chunk by chunk, in their order. */
export class StateReader {
  readonly #checksum: Checksum;
  readonly #supportedLevel: number;
  #revision = 0 as Revision;
  #floor = 0 as Revision;
  #openBallot: Ballot = zeroBallot;
  #featureLevel = firstFeatureLevel;
  #settings: Settings = shippedSettings;
  #configurationSlot = 0;
  #configuration: ChosenConfiguration | undefined;
  /** Once everything that it begins with is known. */
  #state: State | undefined;
  #session: Session | undefined;
  /** Of the revision that is being read. */
  #events: KeyEvent[] = [];

  constructor(checksum: Checksum, supportedLevel = supportedFeatureLevel) {
    this.#checksum = checksum;
    this.#supportedLevel = supportedLevel;
  }

  /** Nothing of the chunk is kept. @throws WireFormatError, AssertionFailure: this is no state, or not the next part of it */
  take(chunk: Uint8Array): void {
    const reader = new Reader(chunk);
    while (reader.next()) this.#takeField(reader);
  }

  /** By its hash it is told whether this is the state that was written, and all of it. @throws AssertionFailure */
  finish(): State {
    const state = this.#begun();
    this.#recordEvents();
    state.history.skipTo(this.#revision);
    return state;
  }

  #takeField(reader: Reader): void {
    switch (reader.field) {
      case stateField.revision:
        this.#revision = reader.uint() as Revision;
        return;
      case stateField.floor:
        this.#floor = reader.uint() as Revision;
        return;
      case stateField.openRound:
        this.#openBallot = { ...this.#openBallot, round: reader.uint() };
        return;
      case stateField.openNodeId:
        this.#openBallot = { ...this.#openBallot, nodeId: reader.string() as NodeId };
        return;
      case stateField.featureLevel:
        this.#featureLevel = this.#supported(reader.uint32());
        return;
      case stateField.settings:
        this.#settings = readSettings(reader, () => {
          throw unknownField(reader, 'the settings');
        });
        return;
      case stateField.configurationSlot:
        this.#configurationSlot = reader.uint();
        return;
      case stateField.configuration:
        this.#configuration = { slot: this.#configurationSlot, bytes: reader.bytes().slice() };
        return;
      default:
        this.#takeRecord(this.#begun(), reader);
    }
  }

  #takeRecord(state: State, reader: Reader): void {
    switch (reader.field) {
      case stateField.settled:
        state.keyspace.restoreSettled(readVersion(reader));
        return;
      case stateField.keyEvent:
        this.#takeKeyEvent(state, reader);
        return;
      case stateField.session:
        this.#session = state.sessions.restore(readSession(reader));
        return;
      case stateField.result:
        if (this.#session === undefined) throw new WireFormatError('a remembered result comes without its session');
        state.sessions.restoreResult(this.#session, reader.bytes().slice());
        return;
      case stateField.acquisition:
        state.locks.restore(readAcquisition(reader));
        return;
      case stateField.closure:
        state.locks.restoreClosure(readClosure(reader));
        return;
      case stateField.counter: {
        const { name, value } = readCounter(reader);
        state.counters.restore(name, value);
        return;
      }
      case stateField.objectEvent: {
        const { revision, event } = readObjectEvent(reader);
        state.objects.record(restoredEvent(revision, event));
        return;
      }
      default:
        throw unknownField(reader, 'a state');
    }
  }

  #takeKeyEvent({ history, keyspace }: State, reader: Reader): void {
    const { now, previous } = readKeyEvent(reader);
    if (now.modRevision !== history.revision || this.#events.length === 0) {
      this.#recordEvents();
      assert(now.modRevision > history.revision, 'the revisions of a history rise');
      history.skipTo((now.modRevision - 1) as Revision);
      history.advance();
    }
    this.#events.push(keyspace.restoreEvent(now, previous));
  }

  #recordEvents(): void {
    if (this.#events.length === 0) return;
    this.#begun().history.record(this.#events);
    this.#events = [];
  }

  #supported(level: number): number {
    if (level <= this.#supportedLevel) return level;
    const text = `the state has feature level ${level}, and this version supports levels up to ${this.#supportedLevel}`;
    throw new WireFormatError(`${text}: start a newer one`, 'UNSUPPORTED');
  }

  /** The state as far as it was read. */
  #begun(): State {
    if (this.#state === undefined) {
      this.#state = new State(this.#checksum, undefined, this.#floor);
      this.#state.openBallot = this.#openBallot;
      this.#state.featureLevel = this.#featureLevel;
      this.#state.settings = this.#settings;
      this.#state.configuration = this.#configuration;
    }
    return this.#state;
  }
}
