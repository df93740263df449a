import { assert } from '../wire/assert.ts';
import type { Ballot } from '../wire/ballot.ts';
import { emptyBytes } from '../wire/bytes.ts';
import type { ErrorCode } from '../wire/errors.ts';
import { supportedFeatureLevel } from '../wire/feature-level.ts';
import type { Revision, Sequence, SessionId } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { CommandId, Operation, ReadBody } from '../wire/operation.ts';
import { isCommandBody, isInternalBody, isSessionStart } from '../wire/operation-kind.ts';
import type { ResultBody } from '../wire/result.ts';
import { encodeResult, errorResult } from '../wire/result-codec.ts';
import { type AcquisitionState, heldLocks, stateOf } from './acquisition.ts';
import type { Applied, AppliedOperation, Consequences, HeldLock, LockDelay } from './applied.ts';
import { execute, executeInternal, type SessionCommand } from './commands.ts';
import { decodeCommands, decodeConfiguration } from './decode-commands.ts';
import type { RevisionEvents } from './history.ts';
import type { KeyEvent } from './key-event.ts';
import type { MachineOptions } from './machine-options.ts';
import { recordObjectChanges } from './object-changes.ts';
import type { ObjectEvent } from './object-event.ts';
import { read } from './read.ts';
import { openSession, resumeSession } from './session-commands.ts';
import { rememberedResult, type Session, type SessionView, unacknowledgedBytes } from './sessions.ts';
import type { Governance } from './settings.ts';
import { type MachineSnapshot, snapshotOf } from './snapshot.ts';
import { type ChosenConfiguration, State } from './state.ts';
import { StateReader } from './state-reader.ts';
import { stateChunks } from './state-writer.ts';

export type { MachineOptions } from './machine-options.ts';

/**
 * The replicated state machine: a pure function from the chosen batches, in the order of slots, to a state. It knows no
 * time and no configuration, so that all nodes have the same state after the same slot.
 *
 * A command is taken exactly once, in the order of its session: its number must be the next. Then its result, errors that it
 * met included, is remembered until the client has acknowledged it, and a repetition gets it again. Refused without any
 * effect, and without the number being taken, are: SESSION_EXPIRED, OUT_OF_ORDER, BUSY, RESULT_FORGOTTEN, PROTOCOL_ERROR.
 */
export class Machine {
  readonly #options: Required<MachineOptions>;
  #state: State;
  #appliedSlot = 0;
  /** Of the slot under way, so far. */
  #slotResultBytes = 0;

  constructor(options: MachineOptions) {
    this.#options = { supportedLevel: supportedFeatureLevel, ...options };
    this.#state = new State(options.checksum);
  }

  /** Raised by one for each command that changed anything; 0 at first. */
  get revision(): Revision {
    return this.#state.history.revision;
  }

  get appliedSlot(): number {
    return this.#appliedSlot;
  }

  /** Reads at revisions below it are COMPACTED; those at it are not. */
  get compactedRevision(): Revision {
    return this.#state.history.floor;
  }

  /** The oldest revision whose events are still there, or the next one if there are none. */
  get oldestRevision(): Revision {
    return (this.#state.history.floor + 1) as Revision;
  }

  /** About what the history takes in memory: revisions above the compaction floor, and bytes of their events. */
  get historySize(): { readonly revisions: number; readonly bytes: number } {
    return this.#state.historySize;
  }

  /** Through which revision history has to be forgotten, so that no more than this is left. */
  compactionKeeping(revisions: number, bytes: number): Revision {
    return this.#state.history.floorKeeping(revisions, bytes, this.#state.objects);
  }

  /** Of the whole state but the applied slot, which is a position in the log: 16 hexadecimal digits. */
  get hash(): string {
    return this.#state.hash;
  }

  /** The highest ballot in which a leader has begun its work. */
  get openBallot(): Ballot {
    return this.#state.openBallot;
  }

  get supportedLevel(): number {
    return this.#options.supportedLevel;
  }

  /** What operators have set, what the members have agreed on, and how much the state takes: as it is now. */
  get governance(): Governance {
    return this.#state;
  }

  /** What the log has said last about the members; undefined: nothing since the genesis. */
  get configuration(): ChosenConfiguration | undefined {
    return this.#state.configuration;
  }

  get sessionCount(): number {
    return this.#state.sessions.count;
  }

  session(id: SessionId): SessionView | undefined {
    return this.#state.sessions.get(id);
  }

  /** In ascending order of ids. */
  sessions(): IterableIterator<SessionView> {
    return this.#state.sessions.all();
  }

  /**
   * Applies the next slot; an empty batch is a no-op. If it throws, nothing of this machine may be used any more.
   *
   * @throws UndecodableCommand
   * @throws AssertionFailure if the slot is not the next, or an invariant is broken
   */
  apply(slot: number, batch: Uint8Array): Applied {
    assert(slot === this.#appliedSlot + 1, `slot ${slot} is applied after slot ${this.#appliedSlot}`);
    const consequences: Consequences = {
      opened: [],
      resumed: [],
      ended: [],
      grants: [],
      revoked: [],
      delaysBegun: [],
      delaysEnded: [],
    };
    this.#slotResultBytes = 0;
    const operations = this.#commandsOf(slot, batch).map((operation) => {
      const applied = this.#apply(operation, consequences);
      this.#slotResultBytes += applied.result?.length ?? 0;
      recordObjectChanges(this.#state);
      return applied;
    });
    this.#appliedSlot = slot;
    return { operations, ...consequences };
  }

  /** At the newest revision, or the one that the body names: COMPACTED and FUTURE_REVISION are answers like others. */
  read(body: ReadBody): ResultBody {
    return read(this.#state, body);
  }

  /** The encoded result of a command that was taken already and has not been acknowledged since. */
  rememberedResult(command: CommandId): Uint8Array | undefined {
    const session = this.#sessionOf(command);
    return session && rememberedResult(session, command.sequence);
  }

  acquisition(name: string, sessionId: SessionId, sequence: Sequence): AcquisitionState {
    return stateOf(this.#state.locks.find(name, sessionId, sequence));
  }

  /** What the session holds, each under one of its names. */
  heldBy(sessionId: SessionId): readonly HeldLock[] {
    return heldLocks(this.#state.locks.ofSession(sessionId));
  }

  /** Of locks that are held, waited for or closed, in no order; it bears that they come and go meanwhile. */
  lockNames(): Iterable<string> {
    return this.#state.locks.names();
  }

  /** The lock-delays in force. */
  lockDelays(): Iterable<LockDelay> {
    return this.#state.locks.closures();
  }

  /** What the revision did to keys, in key order. From `oldestRevision` to `revision`. @throws AssertionFailure */
  eventsAt(revision: number): readonly KeyEvent[] {
    return this.#state.history.at(revision);
  }

  /** What the revision did to locks, counters and sessions, in this order, and then of names or ids. */
  objectEventsAt(revision: number): readonly ObjectEvent[] {
    return this.#state.objects.at(revision);
  }

  /**
   * The revisions after the given one that did anything that can be watched, ascending. Each step goes on from the state as it is then:
   * slots may be applied in between. @throws AssertionFailure once a revision is asked for that has been compacted
   */
  *events(afterRevision: number): IterableIterator<RevisionEvents> {
    for (let revision = afterRevision + 1; revision <= this.revision; revision++) {
      const events = this.#state.history.at(revision);
      const objects = this.#state.objects.at(revision);
      if (events.length + objects.length > 0) yield { revision: revision as Revision, events, objects };
    }
  }

  /** Independent of this one. In time for all that it holds. */
  clone(): Machine {
    const copy = new Machine(this.#options);
    const reader = this.snapshotReader();
    reader.take(this.encode());
    copy.#state = reader.finish();
    copy.#appliedSlot = this.#appliedSlot;
    return copy;
  }

  /** How many snapshots of its state are not yet released. */
  get heldSnapshots(): number {
    return this.#state.keyspace.versions.slots.holds;
  }

  /** The state as it is now, to be written while this machine goes on. */
  snapshot(): MachineSnapshot {
    return snapshotOf(this.#state, this.#appliedSlot);
  }

  /** To be given all chunks of a snapshot, and then to `install`. */
  snapshotReader(): StateReader {
    return new StateReader(this.#options.checksum, this.#options.supportedLevel);
  }

  /** That state takes the place of everything; false if it is not the one that was written. @throws AssertionFailure if it is older */
  install(slot: number, hash: string, reader: StateReader): boolean {
    assert(slot > this.#appliedSlot, `a snapshot at slot ${slot} is installed at slot ${this.#appliedSlot}`);
    const state = reader.finish();
    if (state.hash !== hash) return false;
    this.#state = state;
    this.#appliedSlot = slot;
    return true;
  }

  /** The whole state but the applied slot, canonical: equal states have equal bytes. */
  encode(): Uint8Array {
    const [whole] = stateChunks(this.#state, Number.POSITIVE_INFINITY);
    return whole ?? emptyBytes;
  }

  /** Checks every invariant, and the running hash against one made anew. Takes long. @throws AssertionFailure */
  verify(): void {
    this.#state.verify();
  }

  /** A slot holds commands or members. */
  #commandsOf(slot: number, batch: Uint8Array): readonly Operation[] {
    const { supportedLevel } = this.#options;
    const configuration = decodeConfiguration(slot, batch, supportedLevel);
    if (configuration === undefined) return decodeCommands(slot, batch, supportedLevel);
    this.#state.configuration = { slot, bytes: configuration.slice() };
    return [];
  }

  #apply(operation: Operation, consequences: Consequences): AppliedOperation {
    const { body, command } = operation;
    if (command === undefined) {
      if (isInternalBody(body)) {
        executeInternal(this.#state, body, consequences);
        return { operation, result: undefined, postponed: undefined };
      }
      if (body.kind === 'openSession') return this.#answer(operation, openSession(this.#state, body, consequences));
      if (body.kind === 'resumeSession') return this.#answer(operation, resumeSession(this.#state, body, consequences));
    } else if (isCommandBody(body) && !isSessionStart(body)) {
      return this.#applyCommand(operation, command, body, consequences);
    }
    return this.#refuse(operation, 'PROTOCOL_ERROR', `A ${body.kind} does not come in this way.`);
  }

  #applyCommand(
    operation: Operation,
    command: CommandId,
    body: SessionCommand,
    consequences: Consequences,
  ): AppliedOperation {
    const session = this.#sessionOf(command);
    if (session === undefined) return this.#refuse(operation, 'SESSION_EXPIRED', 'The session has ended.');
    const { sequence, acknowledged } = command;
    const { lastSequence } = session;
    if (sequence <= lastSequence) {
      const result = rememberedResult(session, sequence);
      if (result !== undefined) return { operation, result, postponed: undefined };
      return this.#refuse(operation, 'RESULT_FORGOTTEN', `The result of command ${sequence} was acknowledged.`);
    }
    if (sequence !== lastSequence + 1) {
      return this.#refuse(operation, 'OUT_OF_ORDER', `Command ${lastSequence + 1} comes next, not ${sequence}.`);
    }
    if (acknowledged >= sequence) {
      return this.#refuse(operation, 'PROTOCOL_ERROR', `Command ${sequence} acknowledges ${acknowledged}.`);
    }
    const unacknowledged = lastSequence - Math.max(acknowledged, session.acknowledged);
    if (unacknowledged >= limits.unacknowledgedResults) {
      return this.#refuse(operation, 'BUSY', `${unacknowledged} results are not acknowledged.`);
    }
    if (this.#slotResultBytes > limits.slotResultBytes) {
      return this.#refuse(operation, 'BUSY', 'What this and the commands before it ask for is too much at a time.');
    }
    if (unacknowledgedBytes(session, acknowledged) > limits.unacknowledgedResultBytes) {
      return this.#refuse(operation, 'BUSY', 'Results of too many bytes are not acknowledged.');
    }
    const applied = this.#answer(operation, execute(this.#state, session, sequence, body, consequences));
    // A session that closed itself is not there to remember it: a repetition is told SESSION_EXPIRED.
    if (this.#state.isLive(session.id)) this.#state.sessions.take(session, acknowledged, applied.result);
    return applied;
  }

  #sessionOf({ sessionId, generation }: CommandId): Session | undefined {
    const session = this.#state.sessions.get(sessionId);
    return session?.generation === generation ? session : undefined;
  }

  #answer(operation: Operation, body: ResultBody): AppliedOperation & { readonly result: Uint8Array } {
    const result = encodeResult({ requestId: operation.requestId, revision: this.revision, body });
    return { operation, result, postponed: undefined };
  }

  #refuse(operation: Operation, code: ErrorCode, message: string): AppliedOperation {
    const result = encodeResult(errorResult(operation.requestId, this.revision, code, message));
    return { operation, result, postponed: code === 'OUT_OF_ORDER' || code === 'BUSY' ? code : undefined };
  }
}
