import type { DirectionCounters, LinkDirection, LinkSpeed, LinkState } from './link-direction.ts';
import { LinkProxy } from './link-proxy.ts';

export interface MeshNode {
  readonly id: string;
  readonly port: number;
}

/** Ports that a mesh of so many nodes takes. */
export function meshPortCount(nodes: number): number {
  return nodes * (nodes - 1);
}

/**
 * The links between the nodes of a cluster: one proxy for every ordered pair, through which the first dials the second. A message
 * from one node to another travels on a connection that either of them has dialled, so that the way from a to b is made of
 * two directions of two links.
 */
export class Mesh {
  readonly #ids: readonly string[];
  /** By dialer, then by target. */
  readonly #links = new Map<string, Map<string, LinkProxy>>();

  constructor(nodes: readonly MeshNode[], ports: readonly number[]) {
    this.#ids = nodes.map(({ id }) => id);
    const free = [...ports];
    for (const dialer of nodes) {
      const links = new Map<string, LinkProxy>();
      this.#links.set(dialer.id, links);
      for (const target of nodes) {
        if (target.id !== dialer.id)
          links.set(target.id, new LinkProxy({ port: free.pop() ?? 0, targetPort: target.port }));
      }
    }
  }

  /** The setting `dial` of a node: n2=HOST:PORT,… */
  dialOf(id: string): string {
    return [...this.#linksOf(id)].map(([target, link]) => `${target}=${link.address}`).join(',');
  }

  /** Through which `dialer` reaches `target`: for faults of a single link. */
  link(dialer: string, target: string): LinkProxy {
    const link = this.#linksOf(dialer).get(target);
    if (link !== undefined) return link;
    this.#linksOf(target);
    throw new Error(`there is no link from ${dialer} to itself`);
  }

  get links(): readonly LinkProxy[] {
    return [...this.#links.values()].flatMap((links) => [...links.values()]);
  }

  set(from: string, to: string, state: LinkState): void {
    for (const direction of this.#way(from, to)) direction.set(state);
  }

  setSpeed(from: string, to: string, speed: LinkSpeed | undefined): void {
    for (const direction of this.#way(from, to)) direction.setSpeed(speed);
  }

  /** Of all that travelled from one node to the other. */
  counters(from: string, to: string): DirectionCounters {
    const [one, other] = this.#way(from, to).map(({ counters }) => counters);
    const sum = (name: keyof DirectionCounters): number => (one?.[name] ?? 0) + (other?.[name] ?? 0);
    return {
      bytesPassed: sum('bytesPassed'),
      bytesHeld: sum('bytesHeld'),
      bytesLost: sum('bytesLost'),
      bytesSlowed: sum('bytesSlowed'),
    };
  }

  /** Two nodes hear each other if they are in one group together, and otherwise not; takes the place of an earlier partition. */
  partition(groups: readonly (readonly string[])[]): void {
    for (const id of groups.flat()) this.#linksOf(id);
    const named = new Set(groups.flat());
    const all = [...groups, this.#ids.filter((id) => !named.has(id))];
    for (const from of this.#ids) {
      for (const to of this.#ids) {
        if (from === to) continue;
        const isTogether = all.some((group) => group.includes(from) && group.includes(to));
        this.set(from, to, isTogether ? 'open' : 'blocked');
      }
    }
  }

  /** The links to `id` are dialled in vain as long as nobody listens there. */
  async targetUp(id: string): Promise<void> {
    await Promise.all(this.#linksTo(id).map((link) => link.targetUp()));
  }

  async targetDown(id: string): Promise<void> {
    await Promise.all(this.#linksTo(id).map((link) => link.targetDown()));
  }

  async heal(): Promise<void> {
    await Promise.all(this.links.map((link) => link.heal()));
  }

  async close(): Promise<void> {
    await Promise.all(this.links.map((link) => link.close()));
  }

  #way(from: string, to: string): readonly LinkDirection[] {
    return [this.link(from, to).toTarget, this.link(to, from).toDialer];
  }

  #linksTo(id: string): readonly LinkProxy[] {
    return this.#ids.filter((dialer) => dialer !== id).map((dialer) => this.link(dialer, id));
  }

  #linksOf(id: string): ReadonlyMap<string, LinkProxy> {
    const links = this.#links.get(id);
    if (links === undefined) throw new Error(`no node ${id}: there are ${this.#ids.join(', ')}`);
    return links;
  }
}
