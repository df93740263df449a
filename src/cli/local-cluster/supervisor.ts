import { setTimeout as delay } from 'node:timers/promises';
import { failureCode } from '../failure.ts';
import { type ClusterEvent, exitedEvent } from './cluster-events.ts';
import type { LocalCluster, LocalMember } from './layout.ts';
import { type NodeExit, NodeProcess } from './node-process.ts';

const restartMs = 1_000;
/** A node that fails again and again right after its start is tried ever less often. */
const longestRestartMs = 30_000;
const soonMs = 5_000;

/** Until then nodes may stop in good order. */
export const graceMs = 2_200;

export interface SupervisorOptions {
  readonly entryPoint: string;
  readonly restart: boolean;
  readonly onEvent: (event: ClusterEvent) => void;
}

/** Starts the nodes of a local cluster, starts them again when they die, and stops them. */
export class Supervisor {
  readonly #cluster: LocalCluster;
  readonly #options: SupervisorOptions;
  readonly #running = new Map<string, NodeProcess>();
  readonly #failures = new Map<string, number>();
  readonly #stopping = new AbortController();
  #firstExit: (exit: { readonly id: string; readonly exit: NodeExit }) => void = () => undefined;

  /** Resolves with the first node that ends. */
  readonly firstExit: Promise<{ readonly id: string; readonly exit: NodeExit }>;

  constructor(cluster: LocalCluster, options: SupervisorOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.firstExit = new Promise((resolve) => {
      this.#firstExit = resolve;
    });
  }

  pidOf(id: string): number | undefined {
    return this.#running.get(id)?.pid;
  }

  async startAll(): Promise<void> {
    await Promise.all(this.#cluster.members.map((member) => this.#start(member)));
  }

  /** TERM to all, KILL to those that are left after 2.2 s, or as soon as `kill` is aborted. Resolves when all have ended. */
  async stop(kill: AbortSignal): Promise<void> {
    this.#stopping.abort();
    const nodes = [...this.#running.values()];
    for (const node of nodes) node.signal('SIGTERM');
    const killAll = (): void => {
      for (const node of nodes) node.signal('SIGKILL');
    };
    const timer = setTimeout(killAll, graceMs);
    kill.addEventListener('abort', killAll);
    if (kill.aborted) killAll();
    await Promise.all(nodes.map(({ exited }) => exited));
    clearTimeout(timer);
    kill.removeEventListener('abort', killAll);
  }

  async #start(member: LocalMember): Promise<NodeProcess> {
    const node = await NodeProcess.start(this.#options.entryPoint, this.#cluster, member);
    this.#running.set(member.id, node);
    if (this.#stopping.signal.aborted) node.signal('SIGKILL');
    void node.exited.then((exit) => this.#onExit(member, exit));
    return node;
  }

  async #onExit(member: LocalMember, exit: NodeExit): Promise<void> {
    this.#running.delete(member.id);
    this.#firstExit({ id: member.id, exit });
    if (this.#stopping.signal.aborted) return;
    const failures = exit.livedMs < soonMs && exit.signal === null ? (this.#failures.get(member.id) ?? 0) + 1 : 0;
    this.#failures.set(member.id, failures);
    const restartInMs = Math.min(longestRestartMs, restartMs * 2 ** Math.max(0, failures - 1));
    // One that was removed from the cluster would only hear it again.
    const restarts = this.#options.restart && exit.error?.code !== 'REMOVED';
    this.#options.onEvent(exitedEvent(member.id, exit, restarts ? restartInMs : null));
    if (!restarts) return;
    try {
      await delay(restartInMs, undefined, { signal: this.#stopping.signal });
    } catch {
      return; // everything is being stopped
    }
    try {
      const node = await this.#start(member);
      this.#options.onEvent({ event: 'restarted', id: member.id, pid: node.pid });
    } catch (error) {
      await this.#onExit(member, neverRan(error));
    }
  }
}

/** The process could not even be made. */
function neverRan(error: unknown): NodeExit {
  const message = error instanceof Error ? error.message : String(error);
  return { pid: 0, code: null, signal: null, livedMs: 0, error: { code: failureCode(error), message }, lastLines: [] };
}
