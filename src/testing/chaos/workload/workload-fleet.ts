import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessNode } from '../../cluster/process-node.ts';
import type { TestCluster } from '../../cluster/test-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { mix } from '../../simulation/prng.ts';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import { finalProcess } from '../history/workload-names.ts';
import { FencedResource } from './fenced-resource.ts';
import { FinalReads } from './final-reads.ts';
import { OperationBook, type OperationCounts, OperationTotals } from './operation-book.ts';
import { RunClock } from './run-clock.ts';
import type { SessionKey } from './worker-messages.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkloadFleetOptions {
  readonly cluster: TestCluster<ProcessNode>;
  readonly seed: number;
  /** `process.hrtime.bigint()` at the run's start. */
  readonly startedNs: bigint;
  readonly recorder: HistoryRecorder;
  readonly workers: number;
  readonly sessionTtlMs: number;
  /** Only locks, and what they protect. */
  readonly lockOnly?: boolean | undefined;
}

const readyDeadlineMs = 30_000;
const idleDeadlineMs = 30_000;
const finishDeadlineMs = 30_000;
/** How many of the objects that were used last are read in the end. */
const keptKeys = 40;

/** Programs that use a cluster, each in a process of its own, and the history of what they saw. */
export class WorkloadFleet {
  readonly workers: readonly WorkerProcess[];
  readonly #options: WorkloadFleetOptions;
  readonly #clock: RunClock;
  readonly #totals = new OperationTotals();
  readonly #resource: FencedResource;
  /** In the order of their first use. */
  readonly #keys = new Set<string>();
  readonly #sessions = new Map<WorkerProcess, SessionKey[]>();
  readonly #problems: string[] = [];

  private constructor(options: WorkloadFleetOptions, endpoints: readonly (readonly string[])[]) {
    this.#options = options;
    const { recorder, startedNs, seed, sessionTtlMs, lockOnly = false } = options;
    this.#clock = new RunClock(startedNs);
    this.#resource = new FencedResource(recorder, this.#clock);
    this.workers = endpoints.map(
      (own, index) =>
        new WorkerProcess({
          name: workerName(index),
          endpoints: own,
          seed: mix(seed, index + 1),
          startedNs,
          sessionTtlMs,
          lockOnly,
          recorder,
          totals: this.#totals,
          resource: this.#resource,
          onSession: (session, of) => this.#addSession(session, of),
          onKey: (key) => this.#noteKey(key),
          onProblem: (problem) => this.#problems.push(problem),
          sessionsFor: (worker) => this.#sessionsFor(worker),
        }),
    );
  }

  /** Resolves once every worker is at work. */
  static async start(options: WorkloadFleetOptions): Promise<WorkloadFleet> {
    const names = Array.from({ length: options.workers }, (_, index) => workerName(index));
    const endpoints = await Promise.all(names.map((name) => options.cluster.endpointsOf(name)));
    const fleet = new WorkloadFleet(options, endpoints);
    try {
      await Promise.all(fleet.workers.map((worker) => worker.start()));
      const areReady = () => fleet.#problems.length > 0 || fleet.workers.every(({ phase }) => phase === 'ready');
      await waitFor('the workers to be ready', areReady, { timeoutMs: readyDeadlineMs });
      if (fleet.#problems.length > 0) throw new Error(fleet.#problems.join('; '));
    } catch (error) {
      await fleet.#killAll();
      throw error;
    }
    return fleet;
  }

  /** Operations that have ended so far, those on the resource outside of the store included. */
  counts(): OperationCounts {
    return this.#totals.counts;
  }

  /** Operations that succeeded within the last `windowMs`, per second. */
  throughput(windowMs: number): number {
    return this.#totals.throughput(windowMs);
  }

  /** What went wrong with workers so far, other than by `kill`; `stop` rejects with it. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /**
   * Lets every operation end, reads what is there, waits until each watch has shown the last key, closes the clients, and waits until no
   * ephemeral key is left. All faults should have been healed before; workers that are paused are resumed, those killed stay so.
   *
   * Rejects, with every worker killed, if a worker has ended by itself or something hangs past its deadline.
   */
  async stop(): Promise<void> {
    try {
      await this.#stop();
    } finally {
      await this.#killAll();
    }
    if (this.#problems.length > 0) throw new Error(`the workload did not end well: ${this.#problems.join('; ')}`);
  }

  async #stop(): Promise<void> {
    const workers = this.workers.filter(({ running }) => running);
    await Promise.all(workers.map(async (worker) => worker.paused && (await worker.resume())));
    for (const worker of workers) worker.tell({ type: 'windDown' });
    await this.#waitForAll(workers, 'idle', idleDeadlineMs);
    const client = await this.#options.cluster.connect({ session: { name: finalProcess } });
    try {
      const reads = new FinalReads(client, this.#log(), this.#clock);
      await reads.read([...this.#keys].slice(-keptKeys));
      for (const key of this.#resource.keys) this.#resource.read(finalProcess, key);
      if (this.#options.lockOnly !== true) await reads.writeMarkers();
      for (const worker of workers) worker.tell({ type: 'finish' });
      await this.#waitForAll(workers, 'finished', finishDeadlineMs);
      const ended = Promise.all(workers.map((worker) => worker.ended())).then(() => 'ended');
      if ((await Promise.race([ended, sleep(finishDeadlineMs, 'hangs', { ref: false })])) === 'hangs') {
        const hanging = workers.filter(({ running }) => running).map(({ name, errors }) => `${name} (${errors})`);
        throw new Error(`finished and not ended within ${finishDeadlineMs} ms: ${hanging.join('; ')}`);
      }
      await reads.waitForSessionKeys(2 * this.#options.sessionTtlMs + 10_000);
    } finally {
      await client.close();
    }
  }

  async #waitForAll(workers: readonly WorkerProcess[], phase: string, timeoutMs: number): Promise<void> {
    // One that has ended by itself is a problem already; the others are not kept waiting for it.
    const isThere = (worker: WorkerProcess): boolean => [phase, 'finished', 'ended'].includes(worker.phase);
    try {
      await waitFor(`the workers to be ${phase}`, () => workers.every(isThere), { timeoutMs });
    } catch (error) {
      const hanging = workers
        .filter((worker) => !isThere(worker))
        .map(({ name, openOperations }) => `${name} (${openOperations.join(', ') || 'nothing under way'})`);
      throw new Error(`not ${phase} within ${timeoutMs} ms: ${hanging.join('; ')}`, { cause: error });
    }
  }

  async #killAll(): Promise<void> {
    await Promise.all(this.workers.flatMap((worker) => [worker.kill(), worker.dismissStandby()]));
  }

  #log() {
    const book = new OperationBook(this.#options.recorder, this.#totals);
    let ids = 0;
    return {
      async begin(process: string, call: Parameters<OperationBook['begin']>[1]['call'], start: number) {
        ids += 1;
        book.begin(ids, { process, call, start });
        return ids;
      },
      end: (id: number, how: Parameters<OperationBook['end']>[1]) => book.end(id, how),
    };
  }

  #noteKey(key: string): void {
    this.#keys.add(key);
  }

  #addSession(session: SessionKey, of: WorkerProcess): void {
    const known = this.#sessions.get(of) ?? [];
    // The older ones have been seen to end, or will not be missed.
    this.#sessions.set(of, [...known.slice(-3), session]);
    for (const worker of this.workers) if (worker !== of) worker.tell({ type: 'sessions', sessions: [session] });
  }

  #sessionsFor(worker: WorkerProcess): readonly SessionKey[] {
    return [...this.#sessions].flatMap(([of, sessions]) => (of === worker ? [] : sessions));
  }
}

function workerName(index: number): string {
  return `w${index + 1}`;
}
