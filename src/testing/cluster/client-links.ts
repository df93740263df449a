import { freePorts } from './free-ports.ts';
import type { LinkState } from './link-direction.ts';
import { LinkProxy } from './link-proxy.ts';
import type { MeshNode } from './mesh.ts';

/** The links of named clients to the nodes: each client has its own, made when it is first asked for. */
export class ClientLinks {
  readonly #nodes: readonly MeshNode[];
  readonly #up = new Set<string>();
  /** By client, then by node. */
  readonly #clients = new Map<string, ReadonlyMap<string, LinkProxy>>();

  constructor(nodes: readonly MeshNode[]) {
    this.#nodes = nodes;
  }

  /** Where the client finds the nodes, in their order. */
  async endpointsOf(client: string): Promise<readonly string[]> {
    if (!this.#clients.has(client)) {
      const ports = await freePorts(this.#nodes.length);
      const links = this.#nodes.map(
        ({ id, port: targetPort }, index) => [id, new LinkProxy({ port: ports[index] ?? 0, targetPort })] as const,
      );
      this.#clients.set(client, new Map(links));
      await Promise.all(links.filter(([id]) => this.#up.has(id)).map(([, link]) => link.targetUp()));
    }
    return [...this.#linksOf(client).values()].map(({ address }) => address);
  }

  link(client: string, node: string): LinkProxy {
    const link = this.#linksOf(client).get(node);
    if (link === undefined) throw new Error(`no node ${node}: there are ${this.#nodes.map(({ id }) => id).join(', ')}`);
    return link;
  }

  /** Both ways, to all nodes unless some are named. */
  set(client: string, nodes: readonly string[] | undefined, state: LinkState): void {
    const links = nodes?.map((node) => this.link(client, node)) ?? [...this.#linksOf(client).values()];
    for (const link of links) for (const direction of link.directions) direction.set(state);
  }

  async targetUp(node: string): Promise<void> {
    this.#up.add(node);
    await Promise.all([...this.#clients.values()].map((links) => links.get(node)?.targetUp()));
  }

  async targetDown(node: string): Promise<void> {
    this.#up.delete(node);
    await Promise.all([...this.#clients.values()].map((links) => links.get(node)?.targetDown()));
  }

  async heal(): Promise<void> {
    await Promise.all(this.#all().map((link) => link.heal()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((link) => link.close()));
  }

  #all(): readonly LinkProxy[] {
    return [...this.#clients.values()].flatMap((links) => [...links.values()]);
  }

  #linksOf(client: string): ReadonlyMap<string, LinkProxy> {
    const links = this.#clients.get(client);
    if (links === undefined) throw new Error(`client ${client} has no links: ask for its endpoints first`);
    return links;
  }
}
