import { rm } from 'node:fs/promises';
import { type Client, connect } from '../../client/index.ts';
import type { NodeReport } from '../../rpc/admin-definition.ts';
import type { ClientLinks } from './client-links.ts';
import { Flapping } from './flapping.ts';
import type { LinkSpeed } from './link-direction.ts';
import type { LinkProxy } from './link-proxy.ts';
import type { Mesh } from './mesh.ts';
import type { ProcessNode } from './process-node.ts';
import type { TestClusterOptions, TestConnectOptions } from './test-cluster-options.ts';
import { prepareCluster, type TestClusterParts } from './test-cluster-parts.ts';
import type { TestNode } from './test-node.ts';
import { waitFor } from './wait-for.ts';

const defaultWaitMs = 15_000;

/**
 * A cluster for a test, on free loopback ports and with data of its own, whose nodes n1, n2, … can be killed, paused, and cut off from
 * each other and from clients. For any test runner. Close it with `close` or `await using`.
 *
 * Nodes reach each other through proxies in this process, and so do clients that were given a name; `endpoints`, `leader`
 * and `reports` go around the proxies. Every verb rejects or throws when given an id that is none of the cluster's.
 */
export class TestCluster<Node extends TestNode = TestNode> implements AsyncDisposable {
  readonly directory: string;
  readonly #nodes: Node[];
  readonly #newcomer: TestClusterParts<Node>['newcomer'];
  readonly #temporary: boolean;
  readonly #mesh: Mesh | undefined;
  readonly #clientLinks: ClientLinks;
  readonly #clients: Client[] = [];
  readonly #flapping = new Set<Flapping>();
  #closing: Promise<void> | undefined;

  private constructor({ directory, temporary, nodes, mesh, clientLinks, newcomer }: TestClusterParts<Node>) {
    this.directory = directory;
    this.#nodes = [...nodes];
    this.#newcomer = newcomer;
    this.#temporary = temporary;
    this.#mesh = mesh;
    this.#clientLinks = clientLinks;
  }

  /** Starts all nodes and waits until one leads. */
  static start(options: TestClusterOptions & { readonly mode: 'processes' }): Promise<TestCluster<ProcessNode>>;
  static start(options?: TestClusterOptions): Promise<TestCluster>;
  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const cluster = new TestCluster<TestNode>(await prepareCluster(options));
    try {
      await Promise.all(cluster.nodes.map((node) => node.start()));
      await cluster.leader();
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /**
   * A further node under a new id, which waits to be made a member (`conclave member add`). Resolves once it serves its ports. No proxy
   * leads to it or from it: its links cannot be cut.
   */
  async join(id: string): Promise<Node> {
    if (this.#ids.includes(id)) throw new Error(`there is a node ${id}`);
    const node = await this.#newcomer(id, this.#nodes);
    this.#nodes.push(node);
    await node.start();
    return node;
  }

  /** One that is no member any more: it is ended, if it still runs, and is none of this cluster's from now on. */
  async dismiss(id: string): Promise<void> {
    const node = this.node(id);
    await node.kill();
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
  }

  node(id: string): Node {
    const node = this.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new Error(`no node ${id}: there are ${this.#ids.join(', ')}`);
    return node;
  }

  /** A node that was stopped or killed, with its data. Resolves once it serves its ports. */
  async start(id: string): Promise<void> {
    await this.node(id).start();
  }

  /** In good order: it hands leadership over and says goodbye to its clients. */
  async stop(id: string): Promise<void> {
    await this.node(id).stop();
  }

  async restart(id: string): Promise<void> {
    await this.stop(id);
    await this.start(id);
  }

  /** Without a word: `kill -9`, or in mode `inProcess` what comes nearest (see InProcessNode). */
  async kill(id: string): Promise<void> {
    await this.node(id).kill();
  }

  /** SIGSTOP. Resolves once all of its threads have stopped. Rejects in mode `inProcess`. */
  async pause(id: string): Promise<void> {
    await this.node(id).pause();
  }

  /** SIGCONT. */
  async resume(id: string): Promise<void> {
    await this.node(id).resume();
  }

  /** Waits until exactly one node, of those named if some are, serves as leader. */
  async leader(options: { readonly among?: readonly string[]; readonly timeoutMs?: number } = {}): Promise<Node> {
    const { among = this.#ids, timeoutMs = defaultWaitMs } = options;
    const nodes = among.map((id) => this.node(id));
    const servingNode = async (): Promise<Node | undefined> => {
      const reports = await Promise.all(nodes.map((node) => node.report()));
      const leaders = nodes.filter((_, index) => reports[index]?.state === 'leader');
      return leaders.length === 1 ? leaders[0] : undefined;
    };
    return await waitFor(`a leader among ${among.join(', ')}`, servingNode, { timeoutMs });
  }

  /** Waits until every node answers, follows one leader, and has applied what that leader knows to be chosen. */
  async converged(timeoutMs = defaultWaitMs): Promise<void> {
    const haveConverged = async (): Promise<boolean> => {
      const reports = await this.reports();
      const leader = [...reports.values()].find(({ state }) => state === 'leader');
      if (leader === undefined || reports.size < this.nodes.length) return false;
      return [...reports.values()].every(
        ({ leaderId, appliedSlot }) => leaderId === leader.nodeId && appliedSlot >= leader.chosenSlot,
      );
    };
    await waitFor('every node to follow one leader and to have what it has', haveConverged, { timeoutMs });
  }

  /** By id, what the nodes that answer say of themselves. */
  async reports(): Promise<ReadonlyMap<string, NodeReport>> {
    const reports = await Promise.all(this.nodes.map((node) => node.report()));
    const answers = this.nodes.map(({ id }, index) => [id, reports[index]] as const);
    return new Map(answers.filter((answer): answer is [string, NodeReport] => answer[1] !== undefined));
  }

  /** HOST:PORT of every node, without a proxy between. */
  get endpoints(): readonly string[] {
    return this.nodes.map(({ address }) => address);
  }

  /** HOST:PORT of every node for one client, which can be cut off there: for clients in processes of their own. */
  endpointsOf(clientName: string): Promise<readonly string[]> {
    return this.#clientLinks.endpointsOf(clientName);
  }

  /** A client that is closed with the cluster, unless it was before. */
  async connect({ clientName, ...options }: TestConnectOptions = {}): Promise<Client> {
    const endpoints = clientName === undefined ? this.endpoints : await this.endpointsOf(clientName);
    const client = await connect({ endpoints, ...options });
    this.#clients.push(client);
    return client;
  }

  /** The client's link to one node, for faults of that alone. */
  clientLink(clientName: string, id: string): LinkProxy {
    return this.#clientLinks.link(clientName, id);
  }

  /** Nothing passes between the client and the nodes, all unless some are named, until `healClient` or `heal`. */
  cutClient(clientName: string, ids?: readonly string[]): void {
    this.#clientLinks.set(clientName, ids, 'blocked');
  }

  healClient(clientName: string): void {
    this.#clientLinks.set(clientName, undefined, 'open');
  }

  /** The links between nodes, for faults of one and for counters. Throws without proxies. */
  get mesh(): Mesh {
    if (this.#mesh === undefined) throw new Error('the links of a cluster without proxies cannot be cut');
    return this.#mesh;
  }

  /**
   * Two nodes hear each other if some group has both; those that are in none are a group more. Groups may overlap:
   * `[['n1', 'n2'], ['n2', 'n3']]` makes n2 a bridge. Takes the place of an earlier partition.
   */
  partition(groups: readonly (readonly string[])[]): void {
    this.mesh.partition(groups);
  }

  /** What nodes in `from` send to nodes in `to` is held; the other direction is as it was. */
  partitionOneWay(from: readonly string[], to: readonly string[]): void {
    for (const id of [...from, ...to]) this.node(id);
    for (const one of from) for (const other of to) if (one !== other) this.mesh.set(one, other, 'blocked');
  }

  /** Cuts a node off from all other nodes, both ways; clients still reach it. */
  isolate(id: string): void {
    const others = this.#ids.filter((other) => other !== this.node(id).id);
    this.partitionOneWay([id], others);
    this.partitionOneWay(others, [id]);
  }

  /** Partitions and restores by turns, each for `everyMs`, until `heal` or until what is returned is stopped. */
  flap(groups: readonly (readonly string[])[], everyMs: number): Flapping {
    const { mesh } = this;
    const flapping = new Flapping(
      () => mesh.partition(groups),
      () => mesh.partition([this.#ids]),
      everyMs,
    );
    this.#flapping.add(flapping);
    return flapping;
  }

  /** What one node sends to the other travels at that speed. */
  slow(from: string, to: string, speed: LinkSpeed): void {
    this.mesh.setSpeed(from, to, speed);
  }

  /** Ends every fault of links, those of clients included. Nodes that are paused or down stay so. */
  async heal(): Promise<void> {
    this.#stopFlapping();
    await Promise.all([this.#mesh?.heal(), this.#clientLinks.heal()]);
  }

  /** Closes the clients that `connect` made, kills all nodes and removes the directory if it was temporary. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      // Calls under way may then end, for which closing clients wait.
      await this.heal();
      await Promise.all(this.#clients.map((client) => client.close()));
    } finally {
      await Promise.all(this.nodes.map((node) => node.kill()));
      await Promise.all([this.#mesh?.close(), this.#clientLinks.close()]);
      if (this.#temporary) await rm(this.directory, { recursive: true, force: true });
    }
  }

  #stopFlapping(): void {
    for (const flapping of this.#flapping) flapping.stop();
    this.#flapping.clear();
  }

  get #ids(): readonly string[] {
    return this.nodes.map(({ id }) => id);
  }
}
