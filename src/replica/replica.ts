import type { Applied } from '../machine/applied.ts';
import { UndecodableCommand } from '../machine/decode-commands.ts';
import { Machine } from '../machine/machine.ts';
import type { HaltCode, PaxosEffect } from '../paxos/effects.ts';
import { Paxos } from '../paxos/paxos.ts';
import type { Incarnation } from '../paxos/record.ts';
import { AssertionFailure, assert } from '../wire/assert.ts';
import { sameBallot, zeroBallot } from '../wire/ballot.ts';
import type { Instant } from '../wire/clock-reader.ts';
import { supportedFeatureLevel } from '../wire/feature-level.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { Checkpoints } from './checkpoints.ts';
import { ClientDesk } from './client-desk.ts';
import { CommandRouter, type Target } from './command-router.ts';
import { Connections } from './connections.ts';
import type { ReplicaEffect } from './effect.ts';
import { GrantDesk } from './grant-desk.ts';
import { Halt, UndecodableState } from './halt.ts';
import { encodeOpenBallot } from './housekeeping.ts';
import type { ReplicaInput } from './input.ts';
import { KeepAliveRouter } from './keep-alive-router.ts';
import { laneOf } from './lanes.ts';
import { LeaderDesk, type LeadershipCheck } from './leader-desk.ts';
import { LeaderNews } from './leader-news.ts';
import { type Occupancy, replicaLimits } from './limits.ts';
import { MembershipDesk } from './membership-desk.ts';
import type { Forward, PeerMessage, ServiceMessage } from './messages.ts';
import { ProposalQueue } from './proposal-queue.ts';
import { QuestionIds } from './question-ids.ts';
import { ReadRouter } from './read-router.ts';
import type { ReplicaOptions } from './replica-options.ts';
import { SessionClock } from './session-clock.ts';
import { StateComparison } from './state-comparison.ts';
import { submitStateRead } from './state-read.ts';
import type { ReplicaStatus } from './status.ts';
import { WatchHub } from './watch-hub.ts';

/**
 * One server, whole and deterministic: consensus, state machine, reads, session clock, watches. It knows no socket, disk or clock;
 * inputs carry the time and effects say what is to be done. The same class runs under gRPC and LevelDB, and under the simulator.
 *
 * `step` does a bounded amount of work. A broken invariant makes it halt: what the step had wanted to do is dropped, and
 * no later input has an effect.
 */
export class Replica {
  readonly paxos: Paxos;
  readonly machine: Machine;
  readonly sessionClock: SessionClock;
  readonly watches: WatchHub;
  readonly #nodeId: NodeId;
  readonly #connections = new Connections();
  readonly #queue = new ProposalQueue();
  readonly #commands: CommandRouter;
  readonly #reads: ReadRouter;
  readonly #keepAlives: KeepAliveRouter;
  readonly #grants: GrantDesk;
  readonly #leader: LeaderDesk;
  readonly #clients: ClientDesk;
  readonly #news: LeaderNews;
  readonly #checkpoints: Checkpoints;
  readonly #membership: MembershipDesk;
  readonly #comparison: StateComparison;
  /** Of the step under way. */
  #effects: ReplicaEffect[] = [];
  #paxosEffects: PaxosEffect[] = [];
  #nowMs = 0;
  #booted = false;
  #halted: HaltCode | undefined;
  /** Whenever one of these changes, commands must find their way anew. */
  #leads = false;
  #leaderBallot = zeroBallot;

  constructor(options: ReplicaOptions) {
    this.#nodeId = options.nodeId;
    const { checksum, supportedLevel = supportedFeatureLevel } = options;
    this.machine = new Machine({ checksum, supportedLevel });
    this.paxos = new Paxos(options);
    this.sessionClock = new SessionClock();
    const ids = new QuestionIds(options.randomSeed);
    this.#commands = new CommandRouter(this.machine, this.#connections, this.#queue, ids);
    this.watches = new WatchHub(this.machine);
    this.#news = new LeaderNews(this.paxos, this.#connections);
    this.#grants = new GrantDesk(this.machine);
    const { nodeId } = options;
    const { machine, paxos } = this;
    this.#comparison = new StateComparison(machine, paxos);
    const send = (to: NodeId, message: PeerMessage) => this.#send(to, message);
    this.#checkpoints = new Checkpoints({
      nodeId,
      machine,
      paxos,
      ids,
      journalBytes: options.checkpointJournalBytes,
      perform: (effect) => this.#effects.push(effect),
      send,
      onNoneFound: () => paxos.retryWithoutCheckpoint(this.#paxosEffects),
      onInstall: (install) => this.#onInstall(install),
    });
    this.#leader = new LeaderDesk({
      machine,
      paxos,
      queue: this.#queue,
      sessionClock: this.sessionClock,
      reads: () => this.#reads,
      keepAlives: () => this.#keepAlives,
      send,
    });
    this.#membership = new MembershipDesk({
      nodeId,
      paxos,
      timing: options.timing,
      featureLevel: () => machine.governance.featureLevel,
      serving: () => this.#leader.serving,
      answer: (token, outcome) => this.#effects.push({ type: 'membersChangeEnded', token, outcome }),
    });
    this.#reads = new ReadRouter(
      this.machine,
      this.#connections,
      ids,
      (reads) => this.#check({ kind: 'reads', reads }),
      (token, answer) => this.#effects.push({ type: 'stateRead', token, answer }),
    );
    this.#keepAlives = new KeepAliveRouter(this.#connections, ids, (gathered) =>
      this.#check({ kind: 'keepAlives', gathered }),
    );
    this.#clients = new ClientDesk({
      nodeId: options.nodeId,
      machine: this.machine,
      paxos: this.paxos,
      connections: this.#connections,
      commands: this.#commands,
      reads: this.#reads,
      keepAlives: this.#keepAlives,
      watches: this.watches,
      grants: this.#grants,
      leaderHint: () => this.#news.hint,
    });
  }

  get halted(): HaltCode | undefined {
    return this.#halted;
  }

  /** Appends to `effects` what is to be done. Inputs of one turn end with `endOfTurn`. */
  step(input: ReplicaInput, instant: Instant, effects: ReplicaEffect[]): void {
    if (this.#halted !== undefined) return;
    const before = effects.length;
    this.#effects = effects;
    try {
      this.paxos.advance(instant);
      this.#leader.advance(instant.monotonicMs);
      this.#nowMs = instant.monotonicMs;
      this.#onInput(input);
      this.#afterInput();
    } catch (error) {
      if (error instanceof Halt) this.#halted = error.code;
      else if (error instanceof UndecodableCommand) this.#halted = 'UNDECODABLE_COMMAND';
      else if (error instanceof UndecodableState) this.#halted = 'UNDECODABLE_STATE';
      else if (error instanceof AssertionFailure) this.#halted = 'ASSERTION_FAILED';
      else throw error;
      effects.length = before;
      effects.push({ type: 'halt', code: this.#halted, reason: error.message });
    }
  }

  /** What is left of a lock-delay, in ms, as this leader counts it; undefined: there is none, or this node does not lead. */
  lockDelayRemainingMs(name: string): number | undefined {
    return this.#leader.lockDelayRemainingMs(name);
  }

  status(): ReplicaStatus {
    return {
      nodeId: this.#nodeId,
      halted: this.#halted,
      serving: this.#leader.serving,
      revision: this.machine.revision,
      applied: this.machine.appliedSlot,
      hash: this.machine.hash,
      sessions: this.machine.sessionCount,
      connections: this.#connections.size,
      watches: this.watches.count,
      laggingWatches: this.watches.laggingCount,
      waitingForLocks: this.#grants.waitingCount,
      pendingCommands: this.#commands.pendingCount,
      pendingReads: this.#reads.pendingCount,
      queuedOperations: this.#queue.length,
      ...this.#checkpoints.status(),
    };
  }

  occupancy(): Occupancy {
    return { ...this.#clients.occupancy(), queuedOperations: this.#queue.length, queuedBytes: this.#queue.bytes };
  }

  #onInput(input: ReplicaInput): void {
    const paxosEffects = this.#paxosEffects;
    assert(isOfRestart(input) !== this.#booted, `${input.type} ${this.#booted ? 'after' : 'before'} boot`);
    switch (input.type) {
      case 'restore':
        this.paxos.restore(input.record);
        this.#checkpoints.onRestoredRecord(input.record);
        return;
      case 'boot':
        this.#booted = true;
        this.paxos.boot(paxosEffects);
        this.#checkpoints.onBoot();
        return;
      case 'tick':
        this.#onTick();
        return;
      case 'peerMessage':
        this.#onPeerMessage(input.from, input.incarnation, input.message);
        return;
      case 'peerConnected':
        this.paxos.onPeerConnected(input.peer, paxosEffects);
        // What was on its way to the leader over the old link is lost.
        if (input.peer === this.paxos.leader) this.#commands.retarget();
        return;
      case 'peerDisconnected':
        this.paxos.onPeerDisconnected(input.peer, input.refused, paxosEffects);
        return;
      case 'persisted':
        this.paxos.onPersisted(input.sequence, paxosEffects);
        return;
      case 'persistFailed':
        this.paxos.onPersistFailed(input.sequence, input.code, paxosEffects);
        return;
      case 'slotsRead':
        this.paxos.onSlotsRead(input.token, input.slots, paxosEffects);
        return;
      case 'clientOpened':
        this.#connections.open(input.connection);
        return;
      case 'clientFrame':
        this.#clients.onFrame(input.connection, input.frame, this.#nowMs);
        return;
      case 'clientDrained':
        this.#connections.get(input.connection)?.drained(input.bytes);
        return;
      case 'clientClosed':
        this.#clients.onClosed(input.connection);
        return;
      case 'transferLeadership':
        this.paxos.transferLeadership(input.to, paxosEffects);
        return;
      case 'readState':
        submitStateRead(this.#reads, this.paxos, input, this.#nowMs);
        return;
      case 'changeSettings':
        this.#leader.changeSettings(input.settings);
        return;
      case 'changeMembers':
        this.#membership.onRequest(input.token, input.change, this.#nowMs);
        return;
      case 'endOfTurn':
        this.#onEndOfTurn();
        return;
      default:
        this.#checkpoints.onInput(input, this.#nowMs);
    }
  }

  #onPeerMessage(from: NodeId, incarnation: Incarnation, message: PeerMessage): void {
    switch (message.type) {
      case 'forward':
      case 'forwardRefused':
      case 'relayedKeepAlive':
      case 'relayedKeepAliveAnswer':
      case 'readPoint':
      case 'readPointAnswer':
        if (this.paxos.isMember(from, incarnation)) this.#onServiceMessage(from, message);
        return;
      case 'checkpointQuery':
      case 'checkpointOffer':
      case 'chunkRequest':
      case 'chunk':
        if (this.paxos.mayTeach(from, incarnation)) this.#checkpoints.onMessage(from, message, this.#nowMs);
        return;
      default:
        this.paxos.onMessage(from, incarnation, message, this.#paxosEffects);
    }
  }

  /** What followers ask of the leader for their clients, and its answers. */
  #onServiceMessage(from: NodeId, message: ServiceMessage): void {
    switch (message.type) {
      case 'forward':
        this.#onForward(from, message);
        return;
      case 'forwardRefused':
        this.#commands.onForwardRefused(message);
        return;
      case 'relayedKeepAlive':
        this.#check({ kind: 'relayedKeepAlive', from, message });
        return;
      case 'relayedKeepAliveAnswer':
        this.#keepAlives.onRelayedAnswer(from, message);
        return;
      case 'readPoint':
        this.#check({ kind: 'readPoint', from, message });
        return;
      case 'readPointAnswer':
        this.#reads.onReadPointAnswer(from, message);
        return;
    }
  }

  /** Slots take effect at once that were never applied here: whoever waits for one of them asks anew. */
  #onInstall(install: () => void): void {
    const held = this.#grants.held();
    install();
    this.watches.onInstalled();
    this.#reads.onApplied();
    this.#grants.onInstalled(held);
    this.#commands.retarget();
  }

  #onForward(from: NodeId, message: Forward): void {
    // A leader that is still opening its ballot takes them too: it will serve soon, or another will and is sent them again.
    const code = this.paxos.role === 'leader' ? 'BUSY' : 'NOT_LEADER';
    if (code === 'BUSY' && this.#queue.offer(message.operations)) return;
    this.#send(from, { type: 'forwardRefused', id: message.id, code });
  }

  #onTick(): void {
    this.paxos.onTick(this.#paxosEffects);
    this.#commands.onTick(this.#nowMs, this.#target());
    this.#reads.onTick(this.#nowMs);
    this.watches.onTick(this.#nowMs);
    this.#leader.onTick();
    this.#checkpoints.onTick(this.#nowMs);
    this.#membership.onTick(this.#nowMs);
    this.#comparison.onTick(this.#nowMs, this.#paxosEffects);
  }

  /** After every input: what was chosen takes effect, and a change of regime is followed. */
  #afterInput(): void {
    this.#carryOut();
    this.#applyChosen();
    this.#followRegime();
    this.#carryOut();
  }

  #onEndOfTurn(): void {
    const target = this.#target();
    this.#commands.flush(target, this.#nowMs, this.#effects);
    this.#reads.flush(target, this.#nowMs, this.#effects);
    this.#keepAlives.flush(target, this.#effects);
    this.#membership.onEndOfTurn(this.#nowMs, this.#paxosEffects);
    while (!this.#membership.pauses && this.paxos.canPropose() && this.#queue.ready(this.paxos.openSlots)) {
      this.paxos.propose(this.#queue.cut(), this.#paxosEffects);
    }
    this.paxos.setQuiet(this.#connections.size === 0);
    this.paxos.flush(this.#paxosEffects);
    this.#carryOut();
    // A cluster of one has confirmed its leader by now.
    this.#leader.release();
    this.watches.pump();
    this.#clients.dropOverflown();
    this.#connections.flush(this.#effects);
    this.#checkpoints.onEndOfTurn(this.#nowMs);
  }

  #applyChosen(): void {
    if (this.machine.appliedSlot >= this.paxos.chosenThrough || !this.paxos.canApply) return;
    const { appliedSlotsPerStep, appliedBytesPerStep } = replicaLimits;
    // A serving leader answers from what it has applied: that is always all that is chosen.
    let slotsLeft = this.#leader.serving ? Number.POSITIVE_INFINITY : appliedSlotsPerStep;
    let bytesLeft = this.#leader.serving ? Number.POSITIVE_INFINITY : appliedBytesPerStep;
    while (this.machine.appliedSlot < this.paxos.chosenThrough && slotsLeft > 0 && bytesLeft > 0) {
      const slot = this.machine.appliedSlot + 1;
      const value = this.paxos.chosenValue(slot);
      slotsLeft -= 1;
      bytesLeft -= value.length;
      this.#onApplied(this.machine.apply(slot, value));
      this.paxos.markApplied(slot);
      // Slot by slot: a later one may compact what this one has told.
      this.watches.onApplied();
      this.#comparison.onApplied(slot, this.#paxosEffects);
    }
    this.#reads.onApplied();
    this.#grants.onApplied();
  }

  #onApplied(applied: Applied): void {
    this.#leader.onApplied(applied);
    for (const operation of applied.operations) this.#clients.onOperationApplied(operation);
    for (const grant of applied.grants) this.#grants.onGrant(grant);
    for (const revoked of applied.revoked) this.#grants.onRevoked(revoked);
    for (const id of [...applied.resumed.map(({ id }) => id), ...applied.ended]) this.#grants.onSessionEnded(id);
  }

  /** A new leader, or this node's own rise or fall: what is unanswered finds its way anew. */
  #followRegime(): void {
    this.#leader.follow();
    const { leaderBallot, role } = this.paxos;
    const leads = role === 'leader';
    if (leads !== this.#leads || !sameBallot(leaderBallot, this.#leaderBallot)) {
      this.#leads = leads;
      this.#leaderBallot = leaderBallot;
      this.#queue.clear();
      if (leads) this.#queue.offer([encodeOpenBallot(leaderBallot)]);
      this.#commands.retarget();
      this.#reads.retarget(this.#leader.abandon());
    }
    this.#leader.release();
    this.#news.tell();
  }

  #check(check: LeadershipCheck): boolean {
    return this.#leader.check(check, this.#paxosEffects);
  }

  #target(): Target {
    if (this.paxos.role === 'leader') return { kind: 'self' };
    const { leader } = this.paxos;
    return leader === undefined || leader === this.#nodeId ? { kind: 'none' } : { kind: 'peer', nodeId: leader };
  }

  #send(to: NodeId, message: PeerMessage): void {
    this.#effects.push({ type: 'send', to, lane: laneOf[message.type], message });
  }

  #carryOut(): void {
    if (this.#paxosEffects.length === 0) return;
    const wanted = this.#paxosEffects;
    this.#paxosEffects = [];
    for (const effect of wanted) {
      if (effect.type === 'send') this.#send(effect.to, effect.message);
      else if (effect.type === 'halt') throw new Halt(effect.code, effect.reason);
      else this.#effects.push(effect);
      if (effect.type === 'persist') this.#checkpoints.onJournaled(effect.record);
    }
  }
}

function isOfRestart({ type }: ReplicaInput): boolean {
  return type === 'restoreChunk' || type === 'restoreCheckpoint' || type === 'restore' || type === 'boot';
}
