import type { Slot } from '../../../paxos/record.ts';
import type { Ballot } from '../../../wire/ballot.ts';
import { decodeBatch } from '../../../wire/batch-codec.ts';
import type { ClientFrame } from '../../../wire/frame.ts';
import type { Operation } from '../../../wire/operation.ts';
import { decodeOperation } from '../../../wire/operation-codec.ts';
import type { AppliedOperation } from '../../checkers/reference-log.ts';
import { ReferenceModel } from '../../checkers/reference-model.ts';
import type { ResidentParts } from '../../checkers/reference-quota.ts';
import type { Coverage } from '../coverage.ts';
import type { EventQueue } from '../world/event-queue.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { BallotNumber, ChosenLog } from './chosen-log.ts';
import { CompactionInvariant } from './compaction-invariant.ts';
import { type Drift, ExpiryInvariant } from './expiry-invariant.ts';
import { GivenUpLocks } from './given-up-locks.ts';
import { LockInvariant } from './lock-invariant.ts';
import type { ObservedMachine } from './observed-machine.ts';
import { QuotaInvariant } from './quota-invariant.ts';
import { ResultInvariant } from './result-invariant.ts';
import { StateInvariant } from './state-invariant.ts';
import { Submissions } from './submissions.ts';
import { violated } from './violation.ts';

/** The whole state is compared with the model at every slot that this divides, at each end of a session, and in the end. */
const wholeStateEverySlots = 64;

export interface ServiceInvariantsHost {
  readonly queue: EventQueue;
  readonly chosen: ChosenLog;
  readonly coverage: Coverage;
  readonly ballotNumber: (ballot: Ballot) => BallotNumber;
  /** Undefined: sessions may end at any time, because clocks are not within their bound. */
  readonly drift: Drift | undefined;
  /** Nodes cannot all reach each other. */
  readonly isPartitioned: () => boolean;
}

const sessionEnds: ReadonlySet<string> = new Set([
  'expireSession',
  'closeSession',
  'closeOtherSession',
  'resumeSession',
]);

/** What the model says of a slot. */
interface Modelled {
  readonly operations: readonly AppliedOperation[];
  readonly revision: number;
  readonly compactedRevision: number;
  readonly resident: ResidentParts;
  readonly quotaBytes: number;
  readonly touchesLocks: boolean;
  readonly endsSession: boolean;
  /** Of whoever applied it first. */
  hash: string | undefined;
}

/**
 * The state machines of all nodes, compared at every slot with each other and with the reference model, which runs ahead of them: it
 * takes each slot at the moment when it is chosen.
 */
export class ServiceInvariants {
  readonly model = new ReferenceModel();
  readonly compaction = new CompactionInvariant();
  readonly givenUpLocks = new GivenUpLocks(this.model);
  readonly #host: ServiceInvariantsHost;
  readonly #submissions: Submissions;
  readonly #expiry: ExpiryInvariant | undefined;
  readonly #results: ResultInvariant;
  readonly #state = new StateInvariant(this.model);
  readonly #locks = new LockInvariant(this.model);
  readonly #quota: QuotaInvariant;
  readonly #nonces = new Set<bigint>();
  /** The quota that has refused a command last, since one was taken that surely takes room. */
  #refusedUnder: number | undefined;
  /** Of slot 1 + index. */
  readonly #modelled: Modelled[] = [];

  constructor(host: ServiceInvariantsHost) {
    this.#host = host;
    this.#submissions = new Submissions(host.chosen, host.ballotNumber);
    this.#results = new ResultInvariant(host.coverage);
    this.#quota = new QuotaInvariant(host.coverage);
    this.#expiry = host.drift && new ExpiryInvariant(host.drift, host.ballotNumber);
  }

  /** A client has sent that. */
  onSubmitted(frame: ClientFrame): void {
    this.#submissions.onSubmitted(frame);
  }

  /** The chosen prefix has grown. */
  onChosen(through: Slot): void {
    for (let slot = this.#modelled.length + 1; slot <= through; slot++) {
      const value = this.#host.chosen.value(slot);
      if (value === undefined) throw new Error(`slot ${slot} is not chosen`);
      const batch = this.#decodeBatch(slot, value);
      if (batch.length > 1) this.#host.coverage.hit('several operations in one slot');
      const operations = batch.map((bytes) => this.#onOperation(slot, bytes));
      this.#modelled.push({
        operations,
        revision: this.model.revision,
        compactedRevision: this.compaction.floor,
        resident: this.model.quota.parts(),
        quotaBytes: this.model.quota.quotaBytes,
        touchesLocks: operations.some(({ changed, operation }) => changed && operation.body.kind.startsWith('lock')),
        endsSession: operations.some(endsSession),
        hash: undefined,
      });
    }
  }

  /** Looks at everything that the node's machine applies from now on. */
  observe(node: SimulatedNode, machine: ObservedMachine, onApply: (slot: Slot, value: Uint8Array) => void): void {
    const apply = machine.apply.bind(machine);
    const install = machine.install.bind(machine);
    const rememberedResult = machine.rememberedResult.bind(machine);
    machine.apply = (slot, batch) => {
      if (slot !== machine.appliedSlot + 1) violated('applied grows by one', `${node.nodeId}: slot ${slot}`);
      onApply(slot, batch);
      const applied = apply(slot, batch);
      const modelled = this.#modelled[slot - 1];
      if (modelled === undefined) violated('only chosen values are applied', `${node.nodeId}, slot ${slot}`);
      this.#check(node, slot, machine, modelled);
      this.#results.onApplied(node.nodeId, slot, applied.operations, modelled.operations);
      // Last: what is wrong otherwise tells more than that it takes another number of bytes.
      this.#quota.check(node.nodeId, slot, machine.governance, modelled);
      return applied;
    };
    machine.install = (slot, hash, reader) => {
      const lackedState = machine.appliedSlot === 0;
      if (!install(slot, hash, reader)) return false;
      const modelled = this.#modelled[slot - 1];
      if (modelled === undefined)
        violated('only chosen values are applied', `${node.nodeId}: a state after slot ${slot}`);
      this.#check(node, slot, machine, modelled);
      this.#quota.check(node.nodeId, slot, machine.governance, modelled);
      this.#markInstalled(node, lackedState);
      return true;
    };
    machine.rememberedResult = (command) => {
      const result = rememberedResult(command);
      if (result !== undefined) {
        this.#host.coverage.hit('command answered from the table of results');
        this.#results.onRemembered(node.nodeId, command, result);
      }
      return result;
    };
  }

  /** In the end: the log is complete, and each of these has applied all of it. */
  onEnd(machines: Iterable<readonly [SimulatedNode, ObservedMachine]>): void {
    this.givenUpLocks.check();
    for (const [node, machine] of machines) this.#state.check(node.nodeId, machine);
  }

  #onOperation(slot: Slot, bytes: Uint8Array): AppliedOperation {
    const { queue, coverage, isPartitioned } = this.#host;
    const { nowUs } = queue;
    const decoded = this.#decode(slot, bytes);
    this.#submissions.onChosen(slot, bytes, decoded);
    const applied = this.model.apply(decoded, slot, nowUs);
    this.#state.onChosen(applied);
    const { body } = decoded;
    if (body.kind === 'openBallot') this.#expiry?.onBallotOpened(body.ballot, nowUs);
    const compacts = body.kind === 'compact' || (body.kind === 'compactHistory' && applied.taken);
    if (compacts && this.compaction.onCompact(body.revision, this.model.revision)) coverage.hit('history compacted');
    if (body.kind === 'expireSession' && applied.taken) {
      coverage.hit('session expired');
      if (isPartitioned()) coverage.hit('session expired during a partition');
      this.#expiry?.onExpired(body.sessionId, this.model.sessions.get(body.sessionId), body.ballot, nowUs);
    }
    this.#markDeeds(applied);
    if (body.kind === 'openSession') {
      if (this.#nonces.has(body.nonce)) coverage.hit('orphan session');
      this.#nonces.add(body.nonce);
    }
    return applied;
  }

  #markInstalled({ starting }: SimulatedNode, lackedState: boolean): void {
    if (starting) return;
    this.#host.coverage.hit('checkpoint fetched from another node');
    if (lackedState) this.#host.coverage.hit('node without its state fetched it');
  }

  /** What ends a session, or a generation of it, before its client can know. */
  #markDeeds({ operation, result, changed, taken }: AppliedOperation): void {
    const { coverage } = this.#host;
    if (operation.body.kind === 'raiseFeatureLevel' && taken) coverage.hit('feature level raised');
    const { quotaBytes } = this.model.quota;
    if (result.kind === 'error' && result.code === 'QUOTA_EXCEEDED') {
      coverage.hit('command refused by the quota');
      this.#refusedUnder = quotaBytes;
    } else if (result.kind === 'sessionOpened' || result.kind === 'createSequential') {
      if (this.#refusedUnder === quotaBytes) coverage.hit('room under the same quota again');
      this.#refusedUnder = undefined;
    }
    if (result.kind === 'otherSessionClosed') {
      coverage.hit(result.closed ? 'session closed by another' : 'session to be closed by another was gone');
    }
    if (result.kind !== 'sessionResumed') return;
    coverage.hit(changed ? 'session resumed' : 'resumption repeated in the log');
    if (changed && result.locks.length > 0) coverage.hit('lock carried over by a resumption');
  }

  #decodeBatch(slot: Slot, value: Uint8Array): readonly Uint8Array[] {
    try {
      return decodeBatch(value);
    } catch (error) {
      return violated('chosen commands were submitted', `slot ${slot} holds no batch: ${String(error)}`);
    }
  }

  #decode(slot: Slot, bytes: Uint8Array): Operation {
    try {
      return decodeOperation(bytes);
    } catch (error) {
      return violated('chosen commands were submitted', `slot ${slot} holds no operation: ${String(error)}`);
    }
  }

  #check(node: SimulatedNode, slot: Slot, machine: ObservedMachine, modelled: Modelled): void {
    const { revision, compactedRevision } = modelled;
    const at = `${node.nodeId}, slot ${slot}`;
    if (machine.revision !== revision) {
      violated('state equals the model', `${at}: revision ${machine.revision}, not ${revision}`);
    }
    if (machine.compactedRevision !== compactedRevision) {
      violated('state equals the model', `${at}: compacted ${machine.compactedRevision}, not ${compactedRevision}`);
    }
    if (modelled.hash !== undefined) {
      // What was looked at in the first state need not be looked at again in an equal one.
      if (modelled.hash !== machine.hash) violated('states are equal', `${at}: ${machine.hash}, not ${modelled.hash}`);
      return;
    }
    modelled.hash = machine.hash;
    if (modelled.touchesLocks || modelled.endsSession) this.#locks.check(node.nodeId, machine, this.#state.lockNames);
    if (modelled.endsSession || slot % wholeStateEverySlots === 0) this.#state.check(node.nodeId, machine);
  }
}

/** Or a generation of it. */
function endsSession({ operation: { body }, taken }: AppliedOperation): boolean {
  return taken && sessionEnds.has(body.kind);
}
