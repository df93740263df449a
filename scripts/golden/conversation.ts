import type { ReplicaEffect } from '../../src/replica/effect.ts';
import type { PeerMessage } from '../../src/replica/messages.ts';
import { decodePeerFrame, encodePeerFrame, peerProtocol } from '../../src/rpc/peer-codec.ts';
import type { FaultKind } from '../../src/testing/simulation/faults/fault-kinds.ts';
import { drawPlan } from '../../src/testing/simulation/run-plan.ts';
import { runPlan } from '../../src/testing/simulation/run-simulation.ts';
import { createRealReplica, type ReplicaFactory } from '../../src/testing/simulation/world/replica-adapter.ts';

/** One frame of a link as it went over the wire, and what it means. */
export interface RecordedFrame {
  readonly from: string;
  readonly to: string;
  readonly type: PeerMessage['type'] | 'hello';
  readonly hex: string;
  /** As this version decodes it, in JSON; bytes are hexadecimal. */
  readonly decoded: unknown;
}

export interface Conversation {
  readonly protocol: number;
  readonly frames: readonly RecordedFrame[];
}

const perType = 2;
const frameBytesHigh = 2_000;
const faults: readonly (readonly [FaultKind, number])[] = [
  ['crash', 3],
  ['isolateOne', 3],
  ['transfer', 3],
];

/** Some messages of each kind, in the order in which nodes of a simulated cluster have sent them. */
export function recordConversation(): Conversation {
  const frames: RecordedFrame[] = [];
  const counts = new Map<string, number>();
  const record = (from: string, to: string, message: PeerMessage): void => {
    const count = counts.get(message.type) ?? 0;
    if (count >= perType) return;
    const bytes = encodePeerFrame({ hello: undefined, messages: [message] });
    if (bytes.length > frameBytesHigh) return;
    counts.set(message.type, count + 1);
    frames.push(recordedFrame(from, to, message.type, bytes));
  };
  for (let seed = 1; seed <= 20; seed++) {
    const plan = drawPlan(seed, { nodes: 3, checkpointBytes: 1_500, faults, budget: 'within', olderUntilMs: 0 });
    runPlan(plan, { createReplica: listening(record) });
  }
  const hello = { clusterId: 'c', nodeId: 'n1', incarnation: 'i', lane: 'bulk', toNodeId: 'n2' } as never;
  frames.unshift(recordedFrame('n1', 'n2', 'hello', encodePeerFrame({ hello, messages: [] })));
  return { protocol: peerProtocol, frames };
}

function listening(record: (from: string, to: string, message: PeerMessage) => void): ReplicaFactory {
  return (node, setup, randomSeed) => {
    const replica = createRealReplica(node, setup, randomSeed);
    const step = replica.step.bind(replica);
    replica.step = (input, instant, effects: ReplicaEffect[]) => {
      const before = effects.length;
      step(input, instant, effects);
      for (const effect of effects.slice(before)) {
        if (effect.type === 'send') record(node.nodeId, effect.to, effect.message);
      }
    };
    return replica;
  };
}

function recordedFrame(from: string, to: string, type: RecordedFrame['type'], bytes: Uint8Array): RecordedFrame {
  return { from, to, type, hex: Buffer.from(bytes).toString('hex'), decoded: inJson(decodePeerFrame(bytes)) };
}

/** Bytes as hexadecimal text; what is not there is left out. */
export function inJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_name, inner: unknown) =>
      inner instanceof Uint8Array ? Buffer.from(inner).toString('hex') : inner,
    ),
  );
}
