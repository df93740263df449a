import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { vi } from 'vitest';
import { AdminCallError } from '../../src/rpc/admin-client.ts';
import {
  type RawSettings,
  type RunningNode,
  resolveConfig,
  type ServerConfig,
  type StartOptions,
  startNode,
} from '../../src/server/index.ts';
import { freePorts } from '../../src/testing/cluster/free-ports.ts';

/** Log lines of a node, by event. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string };

/** A cluster whose nodes all live in this process, with data that outlives their restarts. */
export class NodesInProcess {
  readonly directory: string;
  readonly configs: readonly ServerConfig[];
  readonly running = new Map<string, RunningNode>();
  readonly log: LogLine[] = [];

  private constructor(directory: string, configs: readonly ServerConfig[]) {
    this.directory = directory;
    this.configs = configs;
  }

  static async prepare(size: number, more: RawSettings = {}): Promise<NodesInProcess> {
    const directory = await mkdtemp(path.join(tmpdir(), 'conclave-nodes-'));
    const ports = await freePorts(2 * size);
    const addresses = ports.slice(0, size).map((port) => `127.0.0.1:${port}`);
    const initial = addresses.map((address, index) => `n${index + 1}=${address}`).join(',');
    const configs = addresses.map((listen, index) => {
      const id = `n${index + 1}`;
      const http = `127.0.0.1:${ports[size + index]}`;
      return resolveConfig({ flags: { id, dataDir: path.join(directory, id), listen, http, initial, ...more } });
    });
    return new NodesInProcess(directory, configs);
  }

  config(id: string): ServerConfig {
    const config = this.configs.find((candidate) => candidate.id === id);
    if (config === undefined) throw new Error(`no node ${id}`);
    return config;
  }

  async start(id: string, change: Partial<ServerConfig> = {}, options: StartOptions = {}): Promise<RunningNode> {
    const logger = pino({ base: { node: id } }, { write: (line) => this.log.push(JSON.parse(line) as LogLine) });
    const node = await startNode({ ...this.config(id), ...change }, { logger, ...options });
    this.running.set(id, node);
    return node;
  }

  async startAll(): Promise<void> {
    await Promise.all(this.configs.map(({ id }) => this.start(id)));
  }

  async stop(id: string): Promise<void> {
    await this.running.get(id)?.stop();
    this.running.delete(id);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.running.keys()].map((id) => this.stop(id)));
  }

  /** Waits until exactly one node serves and all that run know it. */
  async leader(): Promise<RunningNode> {
    return await vi.waitFor(
      () => {
        const nodes = [...this.running.values()];
        const leader = nodes.find((node) => node.report().state === 'leader');
        if (leader === undefined) throw new Error('nobody leads');
        const ignorant = nodes.find((node) => node.report().leaderId !== leader.id);
        if (ignorant !== undefined) throw new Error(`${ignorant.id} does not know that ${leader.id} leads`);
        return leader;
      },
      { timeout: 10_000, interval: 5 },
    );
  }

  /** Whoever leads, and if that has changed before it could answer, the next one. */
  async askLeader<T>(ask: (address: string) => Promise<T>): Promise<T> {
    for (;;) {
      const { address } = await this.leader();
      try {
        return await ask(address);
      } catch (error) {
        if (!(error instanceof AdminCallError) || error.code !== 'NOT_LEADER') throw error;
      }
    }
  }

  async dispose(): Promise<void> {
    await this.stopAll();
    await rm(this.directory, { recursive: true, force: true });
  }
}
