import { link, lstat, mkdir, readdir, readFile, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CommandFailure } from '../failure.ts';
import { type ClusterSize, clusterSizes, defaultBasePort, type LocalCluster, layOutCluster } from './layout.ts';
import { isAlive, processStartTime } from './process-table.ts';

const clusterFile = 'cluster.json';
const ownerFile = 'up.json';

const clusterRecord = z.strictObject({
  format: z.literal('conclave local cluster 1'),
  basePort: z.int().min(1).max(65_535),
  nodes: z.literal(clusterSizes),
});
const ownerRecord = z.object({ pid: z.int().min(1), startTime: z.string().optional() });

/** What was asked for on the command line. */
export interface ClusterWish {
  readonly directory: string;
  readonly basePort: number | undefined;
  readonly size: ClusterSize | undefined;
  readonly fresh: boolean;
}

/** Throws if the cluster cannot be run now. `isNew`: nothing is recorded of it yet. */
export type ClusterCheck = (cluster: LocalCluster, isNew: boolean) => Promise<void>;

/** The directory of a local cluster, which belongs to one `conclave up` at a time. */
export class ClusterDirectory {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** @throws CommandFailure DIRECTORY_IN_USE */
  static async claim(directory: string): Promise<ClusterDirectory> {
    await mkdir(directory, { recursive: true });
    const file = path.join(directory, ownerFile);
    const draft = path.join(directory, `${ownerFile}.${process.pid}`);
    await writeFile(draft, JSON.stringify({ pid: process.pid, startTime: await processStartTime(process.pid) }));
    try {
      // A link appears with its content and fails if it is there, both in one step.
      while (!(await linked(draft, file))) {
        const owner = await livingOwner(file);
        if (owner !== undefined) throw directoryInUse(directory, owner);
        await rm(file, { force: true });
      }
    } finally {
      await rm(draft, { force: true });
    }
    return new ClusterDirectory(directory);
  }

  async release(): Promise<void> {
    await rm(path.join(this.directory, ownerFile), { force: true });
  }

  /**
   * The cluster that lives here, or a new one as wished; one that fails the check leaves no trace, and costs no data.
   * @throws CommandFailure if the wish and what is here do not agree
   */
  async settle(wish: ClusterWish, check: ClusterCheck): Promise<LocalCluster> {
    const found = await this.#recorded();
    if (found === undefined) await this.#refuseStrangers();
    else if (!wish.fresh) {
      const agreed = agreeing(found, wish);
      await check(agreed, false);
      return agreed;
    }
    const cluster = layOutCluster(this.directory, wish.basePort ?? defaultBasePort, wish.size ?? 3);
    await check(cluster, true);
    if (found !== undefined) await removeData(found);
    await this.#record(cluster);
    return cluster;
  }

  /**
   * A new cluster, for whose members `fill` makes the data directories; if it throws, nothing is recorded.
   *
   * @throws CommandFailure if there is one already; what `fill` throws
   */
  async found(
    wish: Pick<ClusterWish, 'basePort' | 'size'>,
    fill: (cluster: LocalCluster) => Promise<void>,
  ): Promise<LocalCluster> {
    if ((await this.#recorded()) !== undefined) {
      const advice = 'name another directory, or move that one away';
      throw new CommandFailure('DIRECTORY_NOT_EMPTY', `there is a cluster in ${this.directory} already: ${advice}`);
    }
    await this.#refuseStrangers();
    const cluster = layOutCluster(this.directory, wish.basePort ?? defaultBasePort, wish.size ?? 3);
    await fill(cluster);
    await this.#record(cluster);
    return cluster;
  }

  async #record(cluster: LocalCluster): Promise<void> {
    const record = { format: 'conclave local cluster 1', basePort: cluster.basePort, nodes: cluster.size };
    await writeFile(path.join(this.directory, clusterFile), `${JSON.stringify(record)}\n`);
  }

  async #recorded(): Promise<LocalCluster | undefined> {
    const file = path.join(this.directory, clusterFile);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const parsed = clusterRecord.safeParse(parseJson(text));
    if (!parsed.success) {
      throw new CommandFailure(
        'UNKNOWN_DIRECTORY',
        `${file} was not written by this version of conclave: remove ${this.directory}`,
      );
    }
    return layOutCluster(this.directory, parsed.data.basePort, parsed.data.nodes);
  }

  /** What `up` has not made it neither runs on nor deletes. */
  async #refuseStrangers(): Promise<void> {
    const stranger = (await readdir(this.directory)).find((name) => /^n[1-9]$/.test(name));
    if (stranger === undefined) return;
    throw new CommandFailure(
      'UNKNOWN_DIRECTORY',
      `${path.join(this.directory, stranger)} is there, but was not made by conclave up: name another directory with --data-dir`,
    );
  }
}

async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The process that has the directory, unless it has ended without a word. */
async function livingOwner(file: string): Promise<number | undefined> {
  const parsed = ownerRecord.safeParse(parseJson(await readFile(file, 'utf8').catch(() => '')));
  if (!parsed.success) return undefined;
  const { pid, startTime } = parsed.data;
  return isAlive(pid) && (await processStartTime(pid)) === startTime ? pid : undefined;
}

function directoryInUse(directory: string, pid: number): CommandFailure {
  return new CommandFailure('DIRECTORY_IN_USE', `the cluster in ${directory} is run by process ${pid} already`, {
    details: ['stop that one, or name another directory with --data-dir and other ports with --base-port'],
  });
}

function agreeing(found: LocalCluster, wish: ClusterWish): LocalCluster {
  const differences = [
    ...(wish.basePort === undefined || wish.basePort === found.basePort ? [] : [`--base-port ${found.basePort}`]),
    ...(wish.size === undefined || wish.size === found.size ? [] : [`--nodes ${found.size}`]),
  ];
  if (differences.length === 0) return found;
  throw new CommandFailure(
    'CLUSTER_DIFFERS',
    `the cluster in ${found.directory} was made with ${differences.join(' and ')}`,
    {
      details: ['leave the option out, name another directory with --data-dir, or begin anew with --fresh'],
    },
  );
}

/** Deletes what the nodes of a recorded cluster have written, and nothing else. */
async function removeData(cluster: LocalCluster): Promise<void> {
  for (const { directory, dataDir, logFile } of cluster.members) {
    const stats = await lstat(directory).catch(() => undefined);
    if (stats === undefined) continue;
    if (!stats.isDirectory()) {
      throw new CommandFailure('UNKNOWN_DIRECTORY', `${directory} is not a directory of our own: remove it yourself`);
    }
    await rm(dataDir, { recursive: true, force: true });
    await rm(logFile, { force: true });
    await rmdir(directory).catch(() => undefined);
  }
  await unlink(path.join(cluster.directory, clusterFile));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
