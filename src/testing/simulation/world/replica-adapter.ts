import { crc32 } from 'node:zlib';
import type { PaxosTiming } from '../../../paxos/paxos.ts';
import type { ClusterSettings, Member, Slot } from '../../../paxos/record.ts';
import type { ReplicaEffect } from '../../../replica/effect.ts';
import type { ReplicaInput } from '../../../replica/input.ts';
import { Replica } from '../../../replica/replica.ts';
import type { Ballot } from '../../../wire/ballot.ts';
import type { Instant } from '../../../wire/clock-reader.ts';
import type { NodeId } from '../../../wire/identifiers.ts';
import type { ResourceUse } from '../invariants/bounded-resources.ts';
import type { ObservedMachine } from '../invariants/observed-machine.ts';
import type { SimulatedNode } from './node.ts';
import type { SteppedReplica } from './node-host.ts';

/** A replica, as the world drives it and its invariants read it. */
export interface SimulatedReplica extends SteppedReplica {
  readonly machine: ObservedMachine;
  readonly serving: boolean;
  /** Itself, or the one that it follows and hears. One that may not vote yet follows nobody. */
  readonly leader: NodeId | undefined;
  /** Until when it would act on its lease if it heard nothing more, by its monotonic clock; undefined: it holds none. */
  readonly leaseUntilMs: number | undefined;
  /** In which it leads, or wants to. */
  readonly ballot: Ballot;
  /** Every slot up to it is chosen, as it knows. */
  readonly chosenThrough: Slot;
  resourceUse(): ResourceUse;
}

export interface ReplicaSetup {
  readonly initial: readonly Member[];
  readonly settings: ClusterSettings;
  readonly timing: PaxosTiming;
  readonly supportedLevel: number;
}

export type ReplicaFactory = (node: SimulatedNode, setup: ReplicaSetup, randomSeed: number) => SimulatedReplica;

/** The product itself. */
export const createRealReplica: ReplicaFactory = (node, setup, randomSeed) =>
  new RealReplica(
    new Replica({
      nodeId: node.nodeId,
      incarnation: node.incarnation,
      joins: node.joins,
      bootId: node.bootId,
      clusterName: 'simulated',
      initial: initialOf(node, setup),
      freshClusterId: `cluster-of-${node.bootId}`,
      settings: setup.settings,
      timing: setup.timing,
      randomSeed,
      checksum: (bytes) => crc32(bytes),
      supportedLevel: setup.supportedLevel,
    }),
  );

/** One that joins knows where the others are, and where itself. */
function initialOf({ nodeId, joins }: SimulatedNode, { initial }: ReplicaSetup): readonly Member[] {
  const others = initial.filter((member) => member.nodeId !== nodeId);
  return joins ? [...others, { nodeId, incarnation: '', address: `${nodeId}:7101` }] : initial;
}

export class RealReplica implements SimulatedReplica {
  readonly replica: Replica;

  constructor(replica: Replica) {
    this.replica = replica;
  }

  get machine(): ObservedMachine {
    return this.replica.machine;
  }

  get serving(): boolean {
    return this.replica.paxos.serving;
  }

  get leader(): NodeId | undefined {
    return this.replica.paxos.leader;
  }

  get leaseUntilMs(): number | undefined {
    return this.replica.paxos.leaseUntilMs;
  }

  get ballot(): Ballot {
    return this.replica.paxos.ballot;
  }

  get chosenThrough(): Slot {
    return this.replica.paxos.chosenThrough;
  }

  resourceUse(): ResourceUse {
    const { machine, paxos } = this.replica;
    let rememberedResults = 0;
    for (const { lastSequence, acknowledged } of machine.sessions()) {
      rememberedResults = Math.max(rememberedResults, lastSequence - acknowledged);
    }
    const { openSlots, openBytes } = paxos.status();
    return { ...this.replica.occupancy(), openSlots, openBytes, rememberedResults };
  }

  step(input: ReplicaInput, instant: Instant, effects: ReplicaEffect[]): void {
    this.replica.step(input, instant, effects);
  }
}
