import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NodeReport, requestStatus } from '../../rpc/admin-client.ts';
import { freePorts } from './free-ports.ts';
import { ProcessNode } from './process-node.ts';
import { waitFor } from './wait-for.ts';

export interface ProcessClusterOptions {
  /** Default 3. */
  readonly size?: 1 | 3 | 5 | undefined;
  /** Default: a new temporary directory, removed by `dispose`. */
  readonly directory?: string | undefined;
  /** The compiled `cli/main.js`; default: that of this build. */
  readonly entry?: string | undefined;
  /** More arguments of `conclave serve`. */
  readonly serveArguments?: readonly string[] | undefined;
  /** Arguments of Node.js itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[] | undefined;
}

const builtEntry = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** A cluster of real processes on free loopback ports, with data of its own, for tests and measurements. */
export class ProcessCluster implements AsyncDisposable {
  readonly directory: string;
  readonly nodes: readonly ProcessNode[];
  readonly #temporary: boolean;

  private constructor(directory: string, nodes: readonly ProcessNode[], temporary: boolean) {
    this.directory = directory;
    this.nodes = nodes;
    this.#temporary = temporary;
  }

  /** Starts all nodes and waits until one leads. */
  static async start(options: ProcessClusterOptions = {}): Promise<ProcessCluster> {
    const cluster = await ProcessCluster.prepare(options);
    for (const node of cluster.nodes) node.start();
    try {
      await cluster.leader();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** The same, not started. */
  static async prepare(options: ProcessClusterOptions = {}): Promise<ProcessCluster> {
    const size = options.size ?? 3;
    const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'conclave-cluster-')));
    await mkdir(directory, { recursive: true });
    const ports = await freePorts(2 * size);
    const addresses = ports.slice(0, size).map((port) => `127.0.0.1:${port}`);
    const initial = addresses.map((address, index) => `n${index + 1}=${address}`).join(',');
    const nodes = addresses.map((address, index) => {
      const id = `n${index + 1}`;
      return new ProcessNode({
        id,
        address,
        http: `127.0.0.1:${ports[size + index]}`,
        dataDir: join(directory, id),
        logFile: join(directory, `${id}.log`),
        initial,
        entry: options.entry ?? builtEntry,
        extraArguments: options.serveArguments ?? [],
        nodeArguments: options.nodeArguments ?? [],
      });
    });
    return new ProcessCluster(directory, nodes, options.directory === undefined);
  }

  get endpoints(): readonly string[] {
    return this.nodes.map(({ address }) => address);
  }

  node(id: string): ProcessNode {
    const node = this.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  /** A further process under the id of a node, on ports of its own: by mistake, as operators make them. Not started. */
  async copyOf(id: string, dataDir: string): Promise<ProcessNode> {
    const [port, httpPort] = await freePorts(2);
    return this.node(id).copy({
      address: `127.0.0.1:${port}`,
      http: `127.0.0.1:${httpPort}`,
      dataDir,
      logFile: join(this.directory, `${id}-copy.log`),
    });
  }

  /** What a node says of itself, or undefined if it does not answer. */
  async report(node: ProcessNode): Promise<NodeReport | undefined> {
    if (!node.running) return undefined;
    try {
      return await requestStatus(node.address, { timeoutMs: 1_000 });
    } catch {
      return undefined;
    }
  }

  /** Waits until a running node serves as leader. */
  leader(timeoutMs = 15_000): Promise<ProcessNode> {
    return waitFor('a leader', () => this.#servingNode(), { timeoutMs });
  }

  async #servingNode(): Promise<ProcessNode | undefined> {
    const reports = await Promise.all(this.nodes.map((node) => this.report(node)));
    const leaders = this.nodes.filter((_, index) => reports[index]?.state === 'leader');
    return leaders.length === 1 ? leaders[0] : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    if (this.#temporary) await rm(this.directory, { recursive: true, force: true });
  }
}
