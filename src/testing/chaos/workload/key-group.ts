import { type Client, cond, op } from '../../../client/index.ts';
import { groupValue } from '../history/workload-names.ts';

/** Keys that are read and written whole, by transactions and ranges. */
export class KeyGroup {
  readonly prefix: string;
  readonly keys: readonly string[];
  readonly #client: Client;

  constructor(client: Client, prefix: string, members: readonly string[]) {
    this.#client = client;
    this.prefix = prefix;
    this.keys = members.map((member) => `${prefix}/${member}`);
  }

  async readByRange(timeoutMs: number): Promise<string | null> {
    const { entries } = await this.#client.range({ prefix: `${this.prefix}/` }, { timeoutMs });
    return groupValue(this.keys.map((key) => entries.find((entry) => entry.key === key)?.text()));
  }

  async readByTransaction(timeoutMs: number): Promise<string | null> {
    const read = await this.#client.txn({ if: [], then: this.keys.map((key) => op.get(key)) }, { timeoutMs });
    return groupValue(read.results.map((entry) => entry?.text()));
  }

  async write(parts: readonly string[], timeoutMs: number): Promise<void> {
    await this.#client.txn({ if: [], then: this.#puts(parts) }, { timeoutMs });
  }

  /** Writes only those parts that change. `expected` null: all are absent. */
  async compareAndSet(
    expected: readonly string[] | null,
    parts: readonly string[],
    timeoutMs: number,
  ): Promise<{ readonly succeeded: boolean }> {
    const conditions = this.keys.map((key, at) =>
      expected === null ? cond.absent(key) : cond.valueIs(key, expected[at] ?? ''),
    );
    const puts = this.#puts(parts).filter((_, at) => parts[at] !== expected?.[at]);
    return await this.#client.txn({ if: conditions, then: puts }, { timeoutMs });
  }

  #puts(parts: readonly string[]) {
    return this.keys.map((key, at) => op.put(key, parts[at] ?? ''));
  }
}
