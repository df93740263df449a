import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../../src/testing/cluster/free-ports.ts';
import { Latencies, measurementOf } from '../latencies.ts';
import type { Load, Measurement } from '../load.ts';
import type { PipeNodeOptions } from './bare-pipe-node.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { openPipe } from './pipe-stream.ts';

const program = path.resolve(import.meta.dirname, 'bare-pipe-node.ts');

/**
 * The floor of a replicated write on this machine and these libraries: a front that passes bytes on to two followers, each of
 * which writes them to LevelDB with a sync. The front answers when both have, as two copies are what a quorum of three keeps.
 * No log, no state, no elections. It knows `put` alone.
 */
export class BarePipe implements BenchCluster {
  readonly #directory: string;
  readonly #processes: readonly ChildProcess[];
  readonly #address: string;

  private constructor(directory: string, processes: readonly ChildProcess[], address: string) {
    this.#directory = directory;
    this.#processes = processes;
    this.#address = address;
  }

  static async start(): Promise<BarePipe> {
    const directory = await mkdtemp(path.join(tmpdir(), 'bare-pipe-'));
    const [front, ...followers] = (await freePorts(3)).map((port) => `127.0.0.1:${port}`) as [string, ...string[]];
    const processes: ChildProcess[] = [];
    const start = async (options: PipeNodeOptions): Promise<void> => {
      const child = fork(program, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] });
      processes.push(child);
      await once(child, 'message');
    };
    await Promise.all(
      followers.map((address, index) => start({ address, directory: path.join(directory, `${index}`) })),
    );
    await start({ address: front, followers });
    return new BarePipe(directory, processes, front);
  }

  async measure(load: Load): Promise<Measurement> {
    if (load.scenario !== 'put' || load.clients !== 1) throw new RangeError('a bare pipe takes the puts of one client');
    const pipe = await openPipe(this.#address);
    const value = Buffer.alloc(load.valueBytes, 'v');
    const latencies = new Latencies();
    const measureFromMs = performance.now() + load.warmUpMs;
    const endMs = measureFromMs + load.measureMs;
    for (let beginMs = performance.now(); beginMs < endMs; beginMs = performance.now()) {
      await pipe.ask(value);
      if (beginMs >= measureFromMs) latencies.add(performance.now() - beginMs);
    }
    pipe.close();
    return measurementOf(load, latencies, performance.now() - measureFromMs);
  }

  async leaderChanges(): Promise<undefined> {
    return undefined;
  }

  killLeader(): Promise<void> {
    throw new Error('a bare pipe has no leader');
  }

  async close(): Promise<void> {
    for (const child of this.#processes) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
