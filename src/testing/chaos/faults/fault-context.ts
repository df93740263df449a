import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessNode } from '../../cluster/process-node.ts';
import type { TestCluster } from '../../cluster/test-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { RandomStream } from '../../simulation/prng.ts';
import type { MeansByName } from './means.ts';

/** A client program of the workload, as far as faults are concerned. */
export interface ChaosWorker {
  readonly name: string;
  /** Under which the cluster knows its links. */
  readonly clientName: string;
  readonly pid: number | undefined;
  readonly heldLocks: readonly { readonly name: string; readonly token: number }[];
  pause(): Promise<void>;
  resume(): Promise<void>;
  kill(): Promise<void>;
  /** Has the process ready that takes over when it is restarted. */
  standBy(): Promise<void>;
  restart(): Promise<void>;
}

/** A fault that has begun. */
export interface ActiveFault {
  /** What was done, and to whom. */
  readonly what: string;
  /** Ids of nodes and names of workers. */
  readonly targets: readonly string[];
  /** What was measured that proves that it happened; undefined: nothing so far. */
  readonly measure: () => Promise<string | undefined>;
  /** Undoes it: nodes and programs run again, links pass. Once. */
  readonly end: () => Promise<void>;
}

export type FaultAction = (context: FaultContext) => Promise<ActiveFault>;

export interface FaultContextParts {
  readonly cluster: TestCluster<ProcessNode>;
  readonly workers: readonly ChaosWorker[];
  readonly random: RandomStream;
  readonly means: MeansByName;
  /** For traces and the like. */
  readonly directory: string;
  /** Of the cluster. */
  readonly leaseMs: number;
}

/** What a fault works with. Whom it hits is drawn from numbers of its own. */
export class FaultContext {
  readonly cluster: TestCluster<ProcessNode>;
  readonly workers: readonly ChaosWorker[];
  readonly random: RandomStream;
  readonly directory: string;
  readonly leaseMs: number;
  readonly #means: MeansByName;

  constructor({ cluster, workers, random, means, directory, leaseMs }: FaultContextParts) {
    this.cluster = cluster;
    this.workers = workers;
    this.random = random;
    this.directory = directory;
    this.leaseMs = leaseMs;
    this.#means = means;
  }

  get ids(): readonly string[] {
    return this.cluster.nodes.map(({ id }) => id);
  }

  /** Any node that runs, if none leads within a moment because of another fault. */
  async leader(): Promise<ProcessNode> {
    const running = this.cluster.nodes.filter((node) => node.running && !node.paused);
    return await this.cluster.leader({ timeoutMs: 3_000 }).catch(() => this.random.pick(running));
  }

  async follower(): Promise<ProcessNode> {
    const leader = await this.leader();
    return this.random.pick(this.cluster.nodes.filter((node) => node !== leader && node.running && !node.paused));
  }

  /** The least number of nodes that is a majority, drawn. */
  majority(): readonly ProcessNode[] {
    const { nodes } = this.cluster;
    return this.random.shuffled(nodes).slice(0, Math.floor(nodes.length / 2) + 1);
  }

  /** A worker that holds a lock at this moment. Rejects if none does for too long. */
  async lockHolder(): Promise<ChaosWorker> {
    const holder = (): ChaosWorker | undefined => {
      const holders = this.workers.filter((worker) => worker.pid !== undefined && worker.heldLocks.length > 0);
      return holders.length === 0 ? undefined : this.random.pick(holders);
    };
    return await waitFor('a program that holds a lock', holder, { timeoutMs: 10_000, everyMs: 5 });
  }

  /** @throws Error if the machine lacks it */
  pathOf(name: keyof MeansByName): string {
    const means = this.#means[name];
    if (!means.available) throw new Error(`${name}: ${means.why}`);
    return means.path;
  }
}

/** Does something again and again, until it is stopped. */
export class Repetition {
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(act: () => Promise<void>, pauseMs: number) {
    this.#done = this.#run(act, pauseMs);
    // Whoever stops it is told.
    this.#done.catch(() => undefined);
  }

  /** Resolves once the last act is over. Rejects with what an act has thrown. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(act: () => Promise<void>, pauseMs: number): Promise<void> {
    while (!this.#stopped) {
      await act();
      await sleep(pauseMs);
    }
  }
}
