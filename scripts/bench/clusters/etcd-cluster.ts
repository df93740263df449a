import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../../src/testing/cluster/free-ports.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';
import type { Load, Measurement } from '../load.ts';
import type { BenchCluster } from './bench-cluster.ts';
import type { EtcdLoader } from './etcd-loader.ts';

const memberIds = ['e1', 'e2', 'e3'] as const;

interface EtcdMember {
  readonly process: ChildProcess;
  readonly clientUrl: string;
}

/** Three members of etcd with default settings. */
export class EtcdCluster implements BenchCluster {
  readonly #loader: EtcdLoader;
  readonly #directory: string;
  readonly #members: readonly EtcdMember[];

  private constructor(loader: EtcdLoader, directory: string, members: readonly EtcdMember[]) {
    this.#loader = loader;
    this.#directory = directory;
    this.#members = members;
  }

  static async start(loader: EtcdLoader): Promise<EtcdCluster> {
    const directory = await mkdtemp(path.join(tmpdir(), 'etcd-'));
    const ports = await freePorts(2 * memberIds.length);
    const peers = memberIds.map((id, index) => `${id}=http://127.0.0.1:${ports[memberIds.length + index]}`).join(',');
    const members = await Promise.all(
      memberIds.map(async (id, index): Promise<EtcdMember> => {
        const clientUrl = `http://127.0.0.1:${ports[index]}`;
        const peerUrl = `http://127.0.0.1:${ports[memberIds.length + index]}`;
        await using log = await open(path.join(directory, `${id}.log`), 'w');
        const words = [
          ...['--name', id, '--data-dir', path.join(directory, id), '--logger', 'zap'],
          ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
          ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
          ...['--initial-cluster', peers, '--initial-cluster-state', 'new'],
        ];
        return { process: spawn('etcd', words, { stdio: ['ignore', log.fd, log.fd] }), clientUrl };
      }),
    );
    const cluster = new EtcdCluster(loader, directory, members);
    try {
      await waitFor('etcd to be healthy', () => cluster.#isHealthy(), { timeoutMs: 20_000 });
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  async measure(load: Load, onMeasuring?: () => void): Promise<Measurement> {
    const endpoints = this.#members.map(({ clientUrl }) => new URL(clientUrl).host);
    return await this.#loader.measure(load, endpoints, onMeasuring);
  }

  /** Each member has seen the first leader come. */
  async leaderChanges(): Promise<number> {
    const metrics = await Promise.all(this.#members.map(({ clientUrl }) => textOf(`${clientUrl}/metrics`)));
    return Math.max(...metrics.map((text) => numberIn(text, 'etcd_server_leader_changes_seen_total'))) - 1;
  }

  async killLeader(): Promise<void> {
    for (const { process, clientUrl } of this.#members) {
      if (numberIn(await textOf(`${clientUrl}/metrics`), 'etcd_server_is_leader') !== 1) continue;
      await killed(process);
      return;
    }
    throw new Error('no member of etcd leads');
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ process }) => killed(process)));
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #isHealthy(): Promise<boolean> {
    const health = await Promise.all(this.#members.map(({ clientUrl }) => textOf(`${clientUrl}/health`)));
    return health.every((text) => text.includes('"true"'));
  }
}

/** Empty if nobody answers. */
async function textOf(url: string): Promise<string> {
  try {
    return await (await fetch(url)).text();
  } catch {
    return '';
  }
}

function numberIn(metrics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? 0);
}

async function killed(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const gone = once(process, 'exit');
  process.kill('SIGKILL');
  await gone;
}
