import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Load, Measurement } from '../load.ts';
import { runProgram } from './run-program.ts';

/** A program that loads etcd, and its arguments; it prints a `Measurement`. */
export type LoadCommand = (load: Load, endpoints: readonly string[]) => readonly [string, ...string[]];

/** How etcd is loaded: a client library, in a process of its own, and the directory that it was made in. */
export class EtcdLoader implements AsyncDisposable {
  readonly #directory: string;
  readonly #command: LoadCommand;

  private constructor(directory: string, command: LoadCommand) {
    this.#directory = directory;
    this.#command = command;
  }

  /** `fill` makes what the command needs, in the directory that it is given; rejects as `fill` does, and leaves nothing behind. */
  static async make(fill: (directory: string) => Promise<LoadCommand>): Promise<EtcdLoader> {
    const directory = await mkdtemp(path.join(tmpdir(), 'etcd-loader-'));
    try {
      return new EtcdLoader(directory, await fill(directory));
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  async measure(load: Load, endpoints: readonly string[], onMeasuring?: () => void): Promise<Measurement> {
    const [program, ...words] = this.#command(load, endpoints);
    return JSON.parse(await runProgram(program, words, { onMeasuring })) as Measurement;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
