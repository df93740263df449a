import type { ReplicaEffect } from '../../../src/replica/effect.ts';
import type { ReplicaInput } from '../../../src/replica/input.ts';
import type { PeerMessage } from '../../../src/replica/messages.ts';
import { Coverage } from '../../../src/testing/simulation/coverage.ts';
import { RandomStream } from '../../../src/testing/simulation/prng.ts';
import { Trace } from '../../../src/testing/simulation/trace.ts';
import { SimulatedClock } from '../../../src/testing/simulation/world/clock.ts';
import { EventQueue } from '../../../src/testing/simulation/world/event-queue.ts';
import { SimulatedNode } from '../../../src/testing/simulation/world/node.ts';
import type { NodeHost, SteppedReplica } from '../../../src/testing/simulation/world/node-host.ts';
import type { Instant } from '../../../src/wire/clock-reader.ts';
import type { NodeId } from '../../../src/wire/identifiers.ts';

/** In place of a replica: remembers what it was given, and wants done what the test tells it. */
export class ScriptedReplica implements SteppedReplica {
  readonly inputs: ReplicaInput[] = [];
  readonly instants: Instant[] = [];
  #wanted: ReplicaEffect[] = [];

  /** At the end of its next turn. */
  want(...effects: ReplicaEffect[]): void {
    this.#wanted.push(...effects);
  }

  step(input: ReplicaInput, instant: Instant, effects: ReplicaEffect[]): void {
    this.instants.push(instant);
    if (input.type !== 'endOfTurn') {
      this.inputs.push(input);
      return;
    }
    effects.push(...this.#wanted);
    this.#wanted = [];
  }

  get types(): string[] {
    return this.inputs.map(({ type }) => type);
  }
}

export interface NodeWorld {
  readonly queue: EventQueue;
  readonly coverage: Coverage;
  readonly node: SimulatedNode;
  /** One for each boot. */
  readonly replicas: ScriptedReplica[];
  readonly sent: PeerMessage[];
  readonly durable: number[];
  run(forUs: number): void;
}

export function nodeWorld({ turnUs = 0 } = {}): NodeWorld {
  const queue = new EventQueue();
  const coverage = new Coverage();
  const replicas: ScriptedReplica[] = [];
  const sent: PeerMessage[] = [];
  const durable: number[] = [];
  const host: NodeHost = {
    queue,
    coverage,
    trace: new Trace(),
    createReplica: () => {
      const replica = new ScriptedReplica();
      replicas.push(replica);
      return replica;
    },
    send: (_from, _to, _lane, message) => sent.push(message),
    reply: () => {},
    closeClient: () => {},
    onDurable: (_node, { sequence }) => durable.push(sequence),
    onTrim: () => {},
    onOpened: () => {},
    onNotOpened: () => {},
    onHalt: () => {},
    onStep: () => {},
    onTurnEnd: () => {},
    onUp: () => {},
    onDown: () => {},
  };
  const identity = { nodeId: 'n1' as NodeId, index: 0, incarnation: 'i' };
  const timing = { turnUs, diskUs: 1_000, diskJitterUs: 0 };
  const node = new SimulatedNode(
    identity,
    new SimulatedClock({ rate: 1, epochUs: 0, uptimeOffsetMs: 0, uptimeGrainMs: 0 }),
    timing,
    host,
    new RandomStream(1),
  );
  const run = (forUs: number): void => {
    const untilUs = queue.nowUs + forUs;
    while (queue.runNext(untilUs));
  };
  return { queue, coverage, node, replicas, sent, durable, run };
}
