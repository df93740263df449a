import type { Slot } from '../../../paxos/record.ts';
import { decodeBatch } from '../../../wire/batch-codec.ts';
import { decodeOperation } from '../../../wire/operation-codec.ts';
import { ReferenceModel } from '../../checkers/reference-model.ts';
import type { Coverage } from '../coverage.ts';
import type { EventQueue } from '../world/event-queue.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { ChosenLog } from './chosen-log.ts';
import { violated } from './violation.ts';

/** What the simulator reads off a replica's state machine. */
export interface ObservedMachine {
  apply(slot: Slot, batch: Uint8Array): unknown;
  readonly appliedSlot: Slot;
  readonly revision: number;
  readonly hash: string;
}

/**
 * The state machines of all nodes, compared at every slot with each other and with the reference model, which runs ahead of them: it
 * takes each slot at the moment when it is chosen.
 */
export class ServiceInvariants {
  readonly model = new ReferenceModel();
  readonly #queue: EventQueue;
  readonly #chosen: ChosenLog;
  readonly #coverage: Coverage;
  #modelled: Slot = 0;
  readonly #nonces = new Set<bigint>();
  /** After each slot: the revision by the model, and the state hash of whoever applied it first. */
  readonly #revisions: number[] = [0];
  readonly #hashes: (string | undefined)[] = [undefined];

  constructor(queue: EventQueue, chosen: ChosenLog, coverage: Coverage) {
    this.#queue = queue;
    this.#chosen = chosen;
    this.#coverage = coverage;
  }

  /** The chosen prefix has grown. */
  onChosen(through: Slot): void {
    while (this.#modelled < through) {
      const slot = this.#modelled + 1;
      const value = this.#chosen.value(slot);
      if (value === undefined) throw new Error(`slot ${slot} is not chosen`);
      this.#modelled = slot;
      const operations = decodeBatch(value);
      if (operations.length > 1) this.#coverage.hit('several operations in one slot');
      for (const bytes of operations) {
        const { operation, taken } = this.model.apply(decodeOperation(bytes), slot, this.#queue.nowUs);
        const { body } = operation;
        if (taken && body.kind === 'expireSession') this.#coverage.hit('session expired');
        if (body.kind !== 'openSession') continue;
        if (this.#nonces.has(body.nonce)) this.#coverage.hit('orphan session');
        this.#nonces.add(body.nonce);
      }
      this.#revisions[slot] = this.model.revision;
    }
  }

  /** Looks at everything that the node's machine applies from now on. */
  observe(node: SimulatedNode, machine: ObservedMachine, onApply: (slot: Slot, value: Uint8Array) => void): void {
    const apply = machine.apply.bind(machine);
    machine.apply = (slot, batch) => {
      if (slot !== machine.appliedSlot + 1) violated('applied grows by one', `${node.nodeId}: slot ${slot}`);
      onApply(slot, batch);
      const applied = apply(slot, batch);
      this.#check(node, slot, machine);
      return applied;
    };
  }

  #check(node: SimulatedNode, slot: Slot, machine: ObservedMachine): void {
    const revision = this.#revisions[slot];
    if (machine.revision !== revision) {
      violated('state equals the model', `${node.nodeId}, slot ${slot}: revision ${machine.revision}, not ${revision}`);
    }
    const hash = this.#hashes[slot];
    if (hash === undefined) this.#hashes[slot] = machine.hash;
    else if (hash !== machine.hash)
      violated('states are equal', `${node.nodeId}, slot ${slot}: ${machine.hash}, not ${hash}`);
  }
}
