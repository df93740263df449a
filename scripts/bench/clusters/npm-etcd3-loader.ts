import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Load, Measurement } from '../load.ts';
import type { NpmEtcd3Order } from '../npm-etcd3-process.ts';
import type { EtcdLoader } from './etcd-cluster.ts';
import { runProgram } from './run-program.ts';

/** The newest there is, of 2023. */
const packageName = 'etcd3@1.1.2';

const loadProcess = fileURLToPath(new URL('../npm-etcd3-process.ts', import.meta.url));

/** What programs in Node.js use with etcd. Nobody maintains it: it is fetched when it is to be measured, and is no dependency. */
export class NpmEtcd3Loader implements EtcdLoader {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async install(): Promise<NpmEtcd3Loader> {
    const directory = await mkdtemp(path.join(tmpdir(), 'npm-etcd3-'));
    await runProgram('npm', ['install', '--prefix', directory, '--no-audit', '--no-fund', packageName]);
    return new NpmEtcd3Loader(directory);
  }

  async measure(load: Load, endpoints: readonly string[]): Promise<Measurement> {
    const order: NpmEtcd3Order = { load, endpoints, directory: this.#directory };
    const words = ['--import', 'tsx', loadProcess, JSON.stringify(order)];
    return JSON.parse(await runProgram(process.execPath, words)) as Measurement;
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
