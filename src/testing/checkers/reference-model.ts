import type { Ballot } from '../../wire/ballot.ts';
import type { Revision, Sequence, SessionId } from '../../wire/identifiers.ts';
import { limits } from '../../wire/limits.ts';
import type { LockDetails, LockState } from '../../wire/lock-operation.ts';
import type {
  CommandBody,
  CommandId,
  InternalBody,
  OpenSession,
  Operation,
  ResumeSession,
} from '../../wire/operation.ts';
import { isInternalBody } from '../../wire/operation-kind.ts';
import type { ResultBody, WireEntry } from '../../wire/result.ts';
import type { WireObjectEvent } from '../../wire/watch.ts';
import type { WatchedKeyEvent } from './history.ts';
import { ReferenceCounters } from './reference-counters.ts';
import { inOrder, type KeyCommand, type OtherCondition, ReferenceKeys } from './reference-keys.ts';
import { ReferenceLocks } from './reference-locks.ts';
import {
  type AcquisitionHistory,
  type AppliedOperation,
  type ReferenceLog,
  refusal,
  type SessionHistory,
} from './reference-log.ts';
import { ReferenceObjects } from './reference-objects.ts';
import { ReferenceQuota } from './reference-quota.ts';
import { type LiveSession, ReferenceSessions } from './reference-sessions.ts';

const noEvents: readonly WatchedKeyEvent[] = [];

/**
 * The service as a sequential program: what each operation of the log must do, written from the documentation and sharing
 * no code with the state machine that it judges. It forgets nothing, so that every revision can be looked at.
 */
export class ReferenceModel implements ReferenceLog {
  readonly applied: AppliedOperation[] = [];
  readonly #sessions = new ReferenceSessions();
  readonly #taken = new Map<SessionId, Map<Sequence, AppliedOperation>>();
  readonly #keys = new ReferenceKeys();
  readonly #locks = new ReferenceLocks();
  readonly #counters = new ReferenceCounters();
  readonly #events: (readonly WatchedKeyEvent[])[] = [noEvents];
  readonly #objects = new ReferenceObjects(this);
  readonly quota = new ReferenceQuota({
    activeAcquisitions: () => this.#locks.active(),
    delayedLocks: () => this.#locks.delayed(),
    counters: () => Array.from(this.#counters.names(), (name) => [name, this.#counters.current(name)] as const),
  });
  readonly #admits = (growth: number): boolean => this.quota.admits(growth);
  #openBallot = '';
  #forgotten = 0;
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  get acquisitions(): ReadonlyMap<string, AcquisitionHistory> {
    return this.#locks.acquisitions;
  }

  get sessions(): ReadonlyMap<SessionId, SessionHistory> {
    return this.#sessions.histories;
  }

  get liveSessions(): ReadonlySet<SessionId> {
    return this.#sessions.liveIds;
  }

  taken(sessionId: SessionId, sequence: Sequence): AppliedOperation | undefined {
    return this.#taken.get(sessionId)?.get(sequence);
  }

  events(revision: number): readonly WatchedKeyEvent[] {
    return this.#events[revision] ?? noEvents;
  }

  objectEvents(revision: number): readonly WireObjectEvent[] {
    return this.#objects.events(revision);
  }

  lockNames(): Iterable<string> {
    return this.#locks.names();
  }

  counterNames(): Iterable<string> {
    return this.#counters.names();
  }

  entryAt(key: string, revision: number): WireEntry | undefined {
    return this.#keys.entryAt(key, revision);
  }

  keys(): readonly string[] {
    return this.#keys.all();
  }

  counterAt(name: string, revision: number): bigint {
    return this.#counters.at(name, revision);
  }

  lockAt(name: string, revision: number): LockState {
    return this.#locks.stateAt(name, revision);
  }

  lockDetailsAt(name: string, revision: number): LockDetails {
    return this.#locks.detailsAt(name, revision);
  }

  /** The next operation of the log. */
  apply(operation: Operation, slot: number, chosenUs: number): AppliedOperation {
    const before = this.#revision;
    const { taken, result } = this.#judge(operation, chosenUs);
    if (taken) this.quota.onTaken(operation, this.#revision as Revision, result);
    if (this.#revision !== before) {
      this.quota.onKeyEvents(this.#revision, this.events(this.#revision));
      this.quota.onObjectEvents(this.#revision, this.objectEvents(this.#revision));
    }
    const applied: AppliedOperation = {
      index: this.applied.length,
      slot,
      chosenUs,
      operation,
      taken,
      changed: this.#revision !== before,
      revision: this.#revision as Revision,
      result,
    };
    this.applied.push(applied);
    if (taken && operation.command !== undefined) this.#remember(operation.command, applied);
    return applied;
  }

  #judge(operation: Operation, chosenUs: number): { taken: boolean; result: ResultBody } {
    const { body, command } = operation;
    if (body.kind === 'openSession') return { taken: true, result: this.#open(body, chosenUs) };
    if (body.kind === 'resumeSession') return { taken: true, result: this.#resume(body, chosenUs) };
    if (isInternalBody(body)) {
      return { taken: this.#internal(body, chosenUs), result: refusal('INTERNAL') };
    }
    if (command === undefined) return { taken: false, result: refusal('PROTOCOL_ERROR') };
    const session = this.#sessions.live(command.sessionId);
    if (session?.generation !== command.generation) {
      return { taken: false, result: refusal('SESSION_EXPIRED') };
    }
    if (command.sequence <= session.lastSequence) return { taken: false, result: this.#repeated(session, command) };
    if (command.sequence > session.lastSequence + 1) return { taken: false, result: refusal('OUT_OF_ORDER') };
    const acknowledged = Math.max(session.acknowledged, command.acknowledged);
    if (command.sequence - acknowledged > limits.unacknowledgedResults)
      return { taken: false, result: refusal('BUSY') };
    session.lastSequence = command.sequence;
    session.acknowledged = acknowledged;
    return { taken: true, result: this.#execute(body as CommandBody, command, chosenUs) };
  }

  #repeated(session: LiveSession, { sessionId, sequence }: CommandId): ResultBody {
    if (sequence <= session.acknowledged) return refusal('RESULT_FORGOTTEN');
    return this.taken(sessionId, sequence)?.result ?? refusal('INTERNAL');
  }

  #remember(command: CommandId, applied: AppliedOperation): void {
    let commands = this.#taken.get(command.sessionId);
    if (commands === undefined) {
      commands = new Map();
      this.#taken.set(command.sessionId, commands);
    }
    commands.set(command.sequence, applied);
  }

  #advance(events: readonly WatchedKeyEvent[] = noEvents): number {
    this.#revision += 1;
    this.#events.push(events);
    return this.#revision;
  }

  #open(body: OpenSession, openedUs: number): ResultBody {
    if (!this.quota.admitsSession(body)) return refusal('QUOTA_EXCEEDED');
    const sessionId = this.#advance() as SessionId;
    this.quota.onOpened(sessionId, body);
    const { generation } = this.#sessions.open(sessionId, body, openedUs);
    return { kind: 'sessionOpened', sessionId, generation, ttlMs: body.ttlMs };
  }

  /** A repetition is told what the command did, and nothing else has happened to the generation since. */
  #resume(body: ResumeSession, chosenUs: number): ResultBody {
    const { sessionId, nonce } = body;
    const verdict = this.#sessions.judgeResumption(body);
    const session = this.#sessions.live(sessionId);
    if (session === undefined || (verdict !== 'first' && verdict !== 'again')) {
      return refusal(verdict === 'first' || verdict === 'again' ? 'INTERNAL' : verdict);
    }
    if (verdict === 'first') {
      const revision = this.#advance();
      this.#locks.withdraw(sessionId, revision);
      this.#sessions.resume(session, nonce, revision, chosenUs);
      this.quota.onResumed(sessionId);
    }
    const { generation, lastSequence, history } = session;
    const locks = this.#locks.heldBy(sessionId);
    const { ttlMs } = history;
    return { kind: 'sessionResumed', sessionId, generation, ttlMs, lastSequence, locks, moreLocks: false };
  }

  #internal(body: InternalBody, chosenUs: number): boolean {
    if (body.kind === 'compact') {
      this.#forget(body.revision);
      return true;
    }
    if (body.kind === 'changeSettings' || body.kind === 'raiseFeatureLevel') return this.quota.govern(body);
    if (body.kind === 'endLockDelay') {
      if (!this.#locks.hasDelay(body.name, body.sinceRevision)) return false;
      this.#locks.endDelay(body.name, this.#advance());
      return true;
    }
    if (body.kind === 'openBallot') {
      if (ballotText(body.ballot) > this.#openBallot) this.#openBallot = ballotText(body.ballot);
      return true;
    }
    if (ballotText(body.ballot) !== this.#openBallot) return false;
    if (this.#sessions.live(body.sessionId)?.generation !== body.generation) return false;
    this.#end(body.sessionId, 'expired', chosenUs);
    return true;
  }

  /** This model itself forgets nothing. */
  #forget(through: number): void {
    if (through > this.#revision) return;
    this.#forgotten = Math.max(this.#forgotten, through);
    this.quota.onCompacted(through);
  }

  #end(sessionId: SessionId, by: SessionHistory['endedBy'], chosenUs: number): void {
    const revision = this.#revision + 1;
    this.#advance(this.#keys.removeOwned(sessionId, revision));
    this.#locks.endSession(sessionId, revision, by === 'closed' ? 'closed' : 'expired');
    this.#sessions.end(sessionId, by, revision, chosenUs);
    this.quota.onEnded(sessionId);
    const ended = this.sessions.get(sessionId);
    if (ended !== undefined) this.#objects.onSessionEnded(ended, revision);
  }

  #execute(body: CommandBody, { sessionId, generation, sequence }: CommandId, chosenUs: number): ResultBody {
    switch (body.kind) {
      case 'openSession':
      case 'resumeSession':
        return refusal('PROTOCOL_ERROR');
      case 'closeSession':
        this.#end(sessionId, 'closed', chosenUs);
        return { kind: 'sessionClosed' };
      case 'closeOtherSession': {
        if (body.sessionId === sessionId) return refusal('INVALID_ARGUMENT');
        const closed = this.#sessions.live(body.sessionId) !== undefined;
        if (closed) this.#end(body.sessionId, 'forced', chosenUs);
        return { kind: 'otherSessionClosed', closed };
      }
      case 'put':
      case 'delete':
      case 'transaction':
      case 'createSequential':
        return this.#keyCommand(body, sessionId);
      case 'compactHistory':
        if (body.revision > this.#revision) return refusal('FUTURE_REVISION');
        this.#forget(body.revision);
        return { kind: 'compactHistory', floor: this.#forgotten as Revision };
      case 'lockAcquire':
      case 'lockCancel':
      case 'lockRelease':
      case 'lockForceRelease':
      case 'lockSetNote':
        return this.#locks.execute(body, { sessionId, generation, sequence }, this.#admits, () => this.#advance());
      case 'counterAdd':
      case 'counterCompareAndSet':
        return this.#counters.execute(body, this.#admits, () => this.#advance());
    }
  }

  #keyCommand(body: KeyCommand, sessionId: SessionId): ResultBody {
    const holds = (condition: OtherCondition): boolean => {
      if (condition.kind === 'lockHeld') return this.#locks.isHeldWith(condition.name, condition.token);
      return inOrder(this.#counters.compare(condition.name, condition.value), condition.comparison);
    };
    const { result, wrote, events } = this.#keys.execute(body, sessionId, this.#revision + 1, holds, this.#admits);
    if (wrote) this.#advance(events);
    return result;
  }
}

/** In the order of ballots. Empty before the first. */
function ballotText({ round, nodeId }: Ballot): string {
  return round === 0 ? '' : `${String(round).padStart(16, '0')}.${nodeId}`;
}
