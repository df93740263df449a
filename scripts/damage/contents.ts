import { createHash, randomBytes } from 'node:crypto';
import type { Client } from '../../src/client/index.ts';

const valueBytes = 48 * 1024;
const keys = 8;
const counterName = 'damage/counter';

/** What clients have written and been told that it was done, and so what each of them must find. */
export class Contents {
  readonly #digests: Map<string, string>;
  #count: bigint;

  constructor(digests: ReadonlyMap<string, string> = new Map(), count = 0n) {
    this.#digests = new Map(digests);
    this.#count = count;
  }

  copy(): Contents {
    return new Contents(this.#digests, this.#count);
  }

  /** A long value under one of a few keys, and the next number of a counter. */
  async write(client: Client): Promise<void> {
    const key = `damage/${this.#count % BigInt(keys)}`;
    const value = randomBytes(valueBytes);
    await client.put(key, value);
    this.#digests.set(key, digestOf(value));
    this.#count = await client.counter(counterName).next();
  }

  /** What this client finds otherwise, in words; empty: nothing. */
  async differences(client: Client): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [key, expected] of this.#digests) {
      const entry = await client.get(key);
      if (entry === undefined) found.push(`${key} is lost`);
      else if (digestOf(entry.value) !== expected) found.push(`${key} has a wrong value`);
    }
    const count = await client.counter(counterName).get();
    if (count !== this.#count) found.push(`the counter is at ${count} and not at ${this.#count}`);
    return found;
  }
}

function digestOf(value: Uint8Array): string {
  return createHash('sha256').update(value).digest('hex');
}
