import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Client, connect, type WatchEvent } from '../../src/client/index.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

const writerCount = 2;
/** Between the turns of one program: the machine is to have time for the cluster. */
const paceMs = 20;

let loads = 0;

/**
 * Programs that use the service meanwhile: some count their own key up, one does so under a lock, and a watch sees all of it. What was
 * acknowledged is found afterwards, once and in order, by whoever looks.
 */
export class Load implements AsyncDisposable {
  /** Of calls, in the order in which they came. */
  readonly failures: unknown[] = [];
  readonly #client: Client;
  readonly #prefix: string;
  readonly #written = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  readonly #tokens: number[] = [];
  #watching: Promise<void> = Promise.resolve();
  #working: Promise<unknown> = Promise.resolve();
  #ends = false;
  #closed = false;

  private constructor(client: Client) {
    this.#client = client;
    loads += 1;
    this.#prefix = `load-${loads}/`;
  }

  static async start(endpoints: readonly string[]): Promise<Load> {
    const load = new Load(await connect({ endpoints }));
    await load.#begin();
    await load.goesOn();
    return load;
  }

  /** Waits until every program has done a good deal more. */
  async goesOn(count = 20): Promise<void> {
    const before = new Map(this.#written);
    const more = () => [...this.#written].every(([key, n]) => n >= (before.get(key) ?? 0) + count);
    await waitFor('the programs to go on', () => this.failures.length > 0 || more(), { timeoutMs: 20_000 });
    expect(this.failures).toEqual([]);
  }

  /** Ends them, and compares what they were told with what is there. */
  async verified(): Promise<void> {
    this.#ends = true;
    await this.#working;
    expect(this.failures).toEqual([]);
    for (const [key, count] of this.#written) {
      expect(count).toBeGreaterThan(0);
      const entry = await this.#client.get(key);
      expect([key, entry?.text(), entry?.version]).toEqual([key, String(count), count]);
    }
    const all = () => [...this.#written].every(([key, count]) => this.#seen.get(key) === count);
    await waitFor('the watch to have seen everything', () => this.failures.length > 0 || all(), { timeoutMs: 10_000 });
    expect(this.failures).toEqual([]);
    expect(this.#tokens).toEqual(this.#tokens.toSorted((a, b) => a - b));
    expect(new Set(this.#tokens).size).toBe(this.#tokens.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends = true;
    this.#closed = true;
    await this.#client.close();
    await Promise.all([this.#working, this.#watching]);
  }

  async #begin(): Promise<void> {
    const watch = await this.#client.watch({ prefix: this.#prefix });
    this.#watching = this.#guarded(async () => {
      for await (const { events } of watch) for (const event of events) this.#see(event);
    });
    const writers = Array.from({ length: writerCount }, (_, index) =>
      this.#repeated(`${this.#prefix}${index}`, (write) => write()),
    );
    const locked = this.#repeated(`${this.#prefix}locked`, (write) =>
      this.#client.withLock('load', async (lock) => {
        this.#tokens.push(lock.token);
        await write();
        lock.assertHeld();
      }),
    );
    this.#working = Promise.all([...writers, locked]);
  }

  /** Nothing is left out, and nothing comes twice. */
  #see(event: WatchEvent): void {
    const next = (this.#seen.get(event.key) ?? 0) + 1;
    const value = event.type === 'put' ? event.entry.text() : undefined;
    if (value !== String(next)) throw new Error(`the watch saw ${value} instead of ${next} of ${event.key}`);
    this.#seen.set(event.key, next);
  }

  async #repeated(key: string, turn: (write: () => Promise<void>) => Promise<void>): Promise<void> {
    this.#written.set(key, 0);
    await this.#guarded(async () => {
      for (; !this.#ends; await delay(paceMs)) {
        await turn(async () => {
          const count = (this.#written.get(key) ?? 0) + 1;
          await this.#client.put(key, String(count));
          this.#written.set(key, count);
        });
      }
    });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#closed) this.failures.push(error);
    }
  }
}
