import type { Applied } from '../machine/applied.ts';
import type { Machine } from '../machine/machine.ts';
import type { PaxosEffect } from '../paxos/effects.ts';
import type { Paxos } from '../paxos/paxos.ts';
import { assert } from '../wire/assert.ts';
import { sameBallot } from '../wire/ballot.ts';
import type { SessionRef } from '../wire/frame.ts';
import type { NodeId, Revision, SessionId } from '../wire/identifiers.ts';
import type { Settings } from '../wire/settings.ts';
import { levelError } from './feature-gate.ts';
import {
  compactionDue,
  encodeChangeSettings,
  encodeCompact,
  encodeEndLockDelay,
  encodeExpire,
  encodeRaiseFeatureLevel,
} from './housekeeping.ts';
import type { GatheredKeepAlives, KeepAliveRouter } from './keep-alive-router.ts';
import { LeadershipGate } from './leadership-gate.ts';
import { LockDelayClock } from './lock-delay-clock.ts';
import type { PeerMessage, ReadPoint, RelayedKeepAlive } from './messages.ts';
import type { ProposalQueue } from './proposal-queue.ts';
import type { PendingRead, ReadRouter } from './read-router.ts';
import type { SessionClock } from './session-clock.ts';

/** What only a surely leading node may answer. */
export type LeadershipCheck =
  | { readonly kind: 'reads'; readonly reads: readonly PendingRead[] }
  | { readonly kind: 'keepAlives'; readonly gathered: GatheredKeepAlives }
  | { readonly kind: 'relayedKeepAlive'; readonly from: NodeId; readonly message: RelayedKeepAlive }
  | { readonly kind: 'readPoint'; readonly from: NodeId; readonly message: ReadPoint };

export interface LeaderDeskParts {
  readonly machine: Machine;
  readonly paxos: Paxos;
  readonly queue: ProposalQueue;
  readonly sessionClock: SessionClock;
  readonly reads: () => ReadRouter;
  readonly keepAlives: () => KeepAliveRouter;
  readonly send: (to: NodeId, message: PeerMessage) => void;
}

/** The duties of a serving leader beside proposing: read points, keep-alives, expiry, lock-delays, compaction. */
export class LeaderDesk {
  readonly #parts: LeaderDeskParts;
  readonly #gate: LeadershipGate<LeadershipCheck>;
  readonly #lockDelays = new LockDelayClock();
  #serving = false;
  #nowMs = 0;
  /** The compaction floor at which a compaction was proposed: until that is applied there is no other. */
  #compactingFrom: Revision | undefined;
  #proposedLevel = 0;

  constructor(parts: LeaderDeskParts) {
    this.#parts = parts;
    this.#gate = new LeadershipGate<LeadershipCheck>(parts.paxos, (check) => this.#onLeadershipConfirmed(check));
  }

  /** False if this node does not serve as leader; then nothing is answered. */
  check(check: LeadershipCheck, effects: PaxosEffect[]): boolean {
    return this.#serving && this.#gate.submit(check, effects);
  }

  /** This node leads, and its own first command is applied, with everything before. */
  get serving(): boolean {
    return this.#serving;
  }

  /** Of a lock-delay, in ms, as this leader counts it; undefined: of none, or elsewhere. */
  lockDelayRemainingMs(name: string): number | undefined {
    return this.#lockDelays.remainingMs(name, this.#nowMs);
  }

  /** Before anything else of an input. */
  advance(monotonicMs: number): void {
    this.#nowMs = monotonicMs;
    this.#parts.sessionClock.advance(monotonicMs);
  }

  /** After every input, when what was chosen is applied. */
  follow(): void {
    const { paxos, machine, sessionClock } = this.#parts;
    const hasApplied = this.#serving || machine.appliedSlot === paxos.chosenThrough;
    const serving = paxos.serving && hasApplied && sameBallot(machine.openBallot, paxos.ballot);
    if (serving !== this.#serving) {
      this.#serving = serving;
      this.#compactingFrom = undefined;
      this.#proposedLevel = 0;
      if (serving) {
        assert(machine.appliedSlot > paxos.servingFrom, 'serving before its own first command is applied');
        assert(paxos.genesis !== undefined, 'a leader belongs to a cluster');
        const { clockDriftPermille } = paxos.genesis.settings;
        sessionClock.restart(machine.sessions(), clockDriftPermille);
        this.#lockDelays.restart(machine.lockDelays(), clockDriftPermille, this.#nowMs);
      } else {
        sessionClock.stop();
        this.#lockDelays.stop();
      }
    }
    // At once: until it has gone through the log the history grows by all that is proposed before it.
    if (serving) this.#compactIfDue();
  }

  /** Answers what has been confirmed; after `abandon`, so that no confirmation of another ballot counts. */
  release(): void {
    if (this.#serving) this.#gate.release();
  }

  /** Another regime: reads that waited for a confirmation are given back. */
  abandon(): readonly PendingRead[] {
    return this.#gate.abandon().flatMap((check) => (check.kind === 'reads' ? check.reads : []));
  }

  onApplied({ opened, resumed, ended, delaysBegun, delaysEnded }: Applied): void {
    const { sessionClock } = this.#parts;
    // A resumed one has a whole TTL of its own, whatever was about to happen to the generation before.
    if (this.#serving) for (const session of [...opened, ...resumed]) sessionClock.opened(session);
    for (const sessionId of ended) sessionClock.ended(sessionId);
    for (const name of delaysEnded) this.#lockDelays.ended(name);
    if (this.#serving) for (const delay of delaysBegun) this.#lockDelays.began(delay, this.#nowMs);
  }

  /** What depends on time happens by commands that name their cause. */
  onTick(): void {
    if (!this.#serving) return;
    const { paxos, queue, sessionClock } = this.#parts;
    for (const { sessionId, generation } of sessionClock.takeExpired()) {
      if (!queue.offer([encodeExpire(sessionId, generation, paxos.ballot)])) sessionClock.notProposed(sessionId);
    }
    this.#raiseLevelIfPossible();
    for (const delay of this.#lockDelays.takeDue(this.#nowMs)) {
      if (!queue.offer([encodeEndLockDelay(delay)])) this.#lockDelays.notProposed(delay);
    }
  }

  /** What their version says is judged by the state, in the order of the log. */
  changeSettings(settings: Settings): void {
    const { machine, queue } = this.#parts;
    if (!this.#serving || levelError(machine, { kind: 'changeSettings', ...settings }) !== undefined) return;
    queue.offer([encodeChangeSettings(settings)]);
  }

  /** Once all members have said that they carry it out. One that is away has said nothing to this process. */
  #raiseLevelIfPossible(): void {
    const { machine, paxos, queue } = this.#parts;
    const level = paxos.commonLevel;
    if (level <= Math.max(machine.governance.featureLevel, this.#proposedLevel)) return;
    if (queue.offer([encodeRaiseFeatureLevel(level)])) this.#proposedLevel = level;
  }

  #compactIfDue(): void {
    const { machine, queue } = this.#parts;
    if (this.#compactingFrom === machine.compactedRevision) return;
    const through = compactionDue(machine);
    if (through !== undefined && queue.offerUrgent(encodeCompact(through))) {
      this.#compactingFrom = machine.compactedRevision;
    }
  }

  #onLeadershipConfirmed(check: LeadershipCheck): void {
    const slot = this.#parts.paxos.chosenThrough;
    switch (check.kind) {
      case 'reads':
        this.#parts.reads().onLeadershipConfirmed(check.reads, slot);
        return;
      case 'readPoint':
        this.#parts.send(check.from, { type: 'readPointAnswer', id: check.message.id, slot });
        return;
      case 'keepAlives': {
        const { asked } = check.gathered;
        const { alive, ended } = this.#judge(asked.flatMap(({ sessions }) => sessions));
        this.#parts.keepAlives().answer(asked, new Set(alive), new Set(ended));
        return;
      }
      case 'relayedKeepAlive': {
        const { alive, ended } = this.#judge(check.message.sessions);
        this.#parts.send(check.from, { type: 'relayedKeepAliveAnswer', id: check.message.id, alive, ended });
        return;
      }
    }
  }

  #judge(sessions: readonly SessionRef[]): { readonly alive: SessionId[]; readonly ended: SessionId[] } {
    const { machine, sessionClock } = this.#parts;
    const alive: SessionId[] = [];
    const ended: SessionId[] = [];
    for (const { sessionId, generation } of sessions) {
      if (machine.session(sessionId)?.generation !== generation) ended.push(sessionId);
      else if (sessionClock.keepAlive(sessionId, generation)) alive.push(sessionId);
    }
    return { alive, ended };
  }
}
