import { fileURLToPath } from 'node:url';
import type { ProcessNode } from '../../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';
import type { Load, Measurement } from '../load.ts';
import type { LoadOrder } from '../load-process.ts';
import type { Processes } from '../processor-time.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { runProgram } from './run-program.ts';

const loadProcess = fileURLToPath(new URL('../load-process.ts', import.meta.url));

export interface LoadProcessOptions {
  readonly processes?: Processes;
  readonly profileDirectory?: string | undefined;
  readonly onMeasuring?: (() => void) | undefined;
}

/** From the endpoints of a running cluster, through the SDK, by a new process. */
export async function loadConclave(
  load: Load,
  endpoints: readonly string[],
  { processes = {}, profileDirectory, onMeasuring }: LoadProcessOptions = {},
): Promise<Measurement> {
  const order: LoadOrder = { load, endpoints, processes };
  const words = [...profiling(profileDirectory), '--import', 'tsx', loadProcess, JSON.stringify(order)];
  return JSON.parse(await runProgram(process.execPath, words, { onMeasuring })) as Measurement;
}

/** Conclave as it ships: three processes with default settings. */
export class ConclaveCluster implements BenchCluster {
  readonly nodes: TestCluster<ProcessNode>;
  readonly #firstBallot: number;
  readonly #profileDirectory: string | undefined;

  private constructor(nodes: TestCluster<ProcessNode>, firstBallot: number, profileDirectory: string | undefined) {
    this.nodes = nodes;
    this.#firstBallot = firstBallot;
    this.#profileDirectory = profileDirectory;
  }

  /** With CPU profiles of every process of it and of its loads, if there is a directory for them. */
  static async start(size: 1 | 3 | 5 = 3, profileDirectory?: string): Promise<ConclaveCluster> {
    const nodeArguments = profiling(profileDirectory);
    const nodes = await TestCluster.start({ mode: 'processes', nodes: size, proxies: false, nodeArguments });
    await nodes.converged();
    return new ConclaveCluster(nodes, await newestBallot(nodes), profileDirectory);
  }

  async measure(load: Load, onMeasuring?: () => void): Promise<Measurement> {
    const reports = [...(await this.nodes.reports()).values()];
    const processes = Object.fromEntries(
      reports.map(({ nodeId, state, pid }) => [state === 'leader' ? 'leader' : nodeId, pid]),
    );
    const profileDirectory = this.#profileDirectory;
    return await loadConclave(load, this.nodes.endpoints, { processes, profileDirectory, onMeasuring });
  }

  async leaderChanges(): Promise<number> {
    return (await newestBallot(this.nodes)) - this.#firstBallot;
  }

  async killLeader(): Promise<void> {
    await this.nodes.kill((await this.nodes.leader()).id);
  }

  async close(): Promise<void> {
    // A process that is killed writes no profile.
    if (this.#profileDirectory !== undefined) for (const { id } of this.nodes.nodes) await this.nodes.stop(id);
    await this.nodes.close();
  }
}

function profiling(directory: string | undefined): readonly string[] {
  return directory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${directory}`];
}

async function newestBallot(nodes: TestCluster): Promise<number> {
  return Math.max(...[...(await nodes.reports()).values()].map(({ ballot }) => ballot.round));
}
