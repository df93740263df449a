import type { ClientFrame } from '../../../wire/frame.ts';
import type { CommandBody } from '../../../wire/operation.ts';
import type { ResultBody } from '../../../wire/result.ts';
import type { History } from '../../checkers/history.ts';
import type { SimulationConfig } from '../config.ts';
import type { Coverage } from '../coverage.ts';
import type { CompactionInvariant } from '../invariants/compaction-invariant.ts';
import type { GivenUpLocks } from '../invariants/given-up-locks.ts';
import type { RandomStream } from '../prng.ts';
import type { Trace } from '../trace.ts';
import type { ClientTransport } from '../world/client-transport.ts';
import type { SimulatedClock } from '../world/clock.ts';
import type { EventQueue } from '../world/event-queue.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { ClientActor } from './client-actor.ts';
import type { FencedResources } from './fenced-resource.ts';

/** What a client needs of the world around it. */
export interface ClientHost {
  readonly config: SimulationConfig;
  readonly queue: EventQueue;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly nodes: readonly SimulatedNode[];
  readonly transport: ClientTransport;
  readonly history: MutableHistory;
  readonly resources: FencedResources;
  readonly compaction: CompactionInvariant;
  readonly givenUpLocks: GivenUpLocks;
  /** The program is no more; another will take its place. */
  onStopped(client: ClientActor): void;
}

export type MutableHistory = { readonly [Part in keyof History]: History[Part][number][] };

export function emptyHistory(): MutableHistory {
  return { operations: [], watches: [], sessions: [], holds: [], grants: [], fencedWrites: [] };
}

/** A client's frame while it is gathered. */
export type OutgoingFrame = {
  -readonly [Part in Exclude<keyof ClientFrame, 'hello'>]: ClientFrame[Part][number][];
};

export function emptyOutgoingFrame(): OutgoingFrame {
  return { operations: [], keepAlives: [], watchCreates: [], watchCancels: [], grantQueries: [] };
}

/** What the parts of a client may ask of the whole. */
export interface ClientContext {
  readonly name: string;
  readonly host: ClientHost;
  readonly clock: SimulatedClock;
  readonly stream: RandomStream;
  /** The highest revision seen. */
  readonly seenRevision: number;
  /** There is a welcomed connection. */
  readonly welcomed: boolean;
  readonly nowMs: number;
  /** Adds to the frame that is being gathered; it leaves shortly. */
  outgoing(): OutgoingFrame;
  /** Runs when the time has come and the client is not paused; never if the client has stopped. */
  after(delayMs: number, run: () => void): void;
  /** Undefined if there is no session to call it in. `onDone` is not called if the outcome stays unknown. */
  command(body: CommandBody, onDone?: (result: ResultBody) => void): number | undefined;
}
