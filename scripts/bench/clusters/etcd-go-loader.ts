import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Load, Measurement } from '../load.ts';
import type { EtcdLoader } from './etcd-cluster.ts';
import { runProgram } from './run-program.ts';

const source = path.resolve(import.meta.dirname, '../etcdload/main.go');

/** etcd's own Go client. To be built it needs Go, and the packages of Debian's golang-etcd-server-dev. */
export class EtcdGoLoader implements EtcdLoader {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async build(): Promise<EtcdGoLoader> {
    const directory = await mkdtemp(path.join(tmpdir(), 'etcdload-'));
    await cp(source, path.join(directory, 'main.go'));
    const loader = new EtcdGoLoader(directory);
    const words = ['build', '-o', loader.#program, path.join(directory, 'main.go')];
    await runProgram('go', words, { environment: { GO111MODULE: 'off', GOPATH: '/usr/share/gocode' } });
    return loader;
  }

  async measure(load: Load, endpoints: readonly string[], onMeasuring?: () => void): Promise<Measurement> {
    const words = [
      ...['-endpoints', endpoints.join(',')],
      ...['-scenario', load.scenario, '-clients', `${load.clients}`, '-connections', `${load.connections}`],
      ...['-value-bytes', `${load.valueBytes}`, '-warm-up-ms', `${load.warmUpMs}`, '-measure-ms', `${load.measureMs}`],
      ...(load.operations === undefined ? [] : ['-operations', `${load.operations}`]),
    ];
    return JSON.parse(await runProgram(this.#program, words, { onMeasuring })) as Measurement;
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #program(): string {
    return path.join(this.#directory, 'etcdload');
  }
}
