import { type CallOptions, type Client, cond, type Entry, op } from '../client/index.ts';
import { invalidArgument, keyPrefix, wholeNumber } from './names.ts';

export interface StripedCounterOptions {
  /** 1 to 1,000, default 16. All who use the name may say something else: the total counts all there are. */
  readonly stripes?: number | undefined;
}

export interface StripedCounter {
  readonly name: string;
  /**
   * Resolves once it counts. Calls that come while one is on its way travel together: however many there are, one transaction at a time is
   * under way. Rejects with the error of that transaction; only after `outcome: 'unknown'` may it count.
   */
  add(amount?: bigint | number): Promise<void>;
  /** Of one revision: everything that was added before the call, and no half of anything. */
  total(options?: CallOptions): Promise<{ readonly value: bigint; readonly revision: number }>;
}

interface Batch {
  amount: bigint;
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * For very hot counting: many who add seldom meet, because each adds on a stripe that it has for itself most of the time, and what it adds
 * meanwhile goes along with the next transaction. It gives out no numbers: for those see `client.counter`.
 */
export function stripedCounter(
  client: Client,
  name: string,
  { stripes = 16 }: StripedCounterOptions = {},
): StripedCounter {
  return new KeyStripedCounter(client, name, wholeNumber(stripes, 'stripes', 1, 1_000));
}

class KeyStripedCounter implements StripedCounter {
  readonly name: string;
  readonly #client: Client;
  readonly #prefix: string;
  readonly #stripes: number;
  #stripe: number;
  /** Of the stripe, as this counter has seen it last. */
  #entry: Entry | undefined;
  /** What travels with the next transaction. */
  #next: Batch | undefined;
  #isOnItsWay = false;

  constructor(client: Client, name: string, stripes: number) {
    this.name = name;
    this.#client = client;
    this.#prefix = keyPrefix('striped-counter', name);
    this.#stripes = stripes;
    this.#stripe = anyOf(stripes);
  }

  async add(amount: bigint | number = 1n): Promise<void> {
    if (typeof amount !== 'bigint' && !Number.isSafeInteger(amount)) {
      throw invalidArgument(`what is added is a bigint or a whole number, not ${String(amount)}`);
    }
    this.#next ??= newBatch();
    const { done } = this.#next;
    this.#next.amount += BigInt(amount);
    if (!this.#isOnItsWay) void this.#send();
    await done;
  }

  async total(options?: CallOptions): Promise<{ readonly value: bigint; readonly revision: number }> {
    const { entries, revision } = await this.#client.range({ prefix: this.#prefix }, options);
    return { value: entries.reduce((sum, entry) => sum + BigInt(entry.text()), 0n), revision };
  }

  async #send(): Promise<void> {
    this.#isOnItsWay = true;
    for (let batch = this.#next; batch !== undefined; batch = this.#next) {
      this.#next = undefined;
      try {
        await this.#commit(batch.amount);
        batch.resolve();
      } catch (error) {
        // What became of the stripe is to be seen anew.
        this.#entry = undefined;
        batch.reject(error);
      }
    }
    this.#isOnItsWay = false;
  }

  async #commit(amount: bigint): Promise<void> {
    for (let met = 0; ; met++) {
      const key = `${this.#prefix}${this.#stripe}`;
      const count = BigInt(this.#entry?.text() ?? 0) + amount;
      const done = await this.#client.txn({
        if: [this.#entry === undefined ? cond.absent(key) : cond.unchanged(this.#entry)],
        then: [op.put(key, String(count)), op.get(key)],
        else: [op.get(key)],
      });
      this.#entry = done.succeeded ? done.results[1] : done.results[0];
      if (done.succeeded) return;
      // Once it is only that the stripe was not known; twice, somebody else is on it.
      if (met > 0) this.#move();
    }
  }

  #move(): void {
    const stripe = anyOf(this.#stripes);
    if (stripe !== this.#stripe) this.#entry = undefined;
    this.#stripe = stripe;
  }
}

function newBatch(): Batch {
  let resolve: Batch['resolve'] = () => undefined;
  let reject: Batch['reject'] = () => undefined;
  const done = new Promise<void>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { amount: 0n, done, resolve, reject };
}

function anyOf(count: number): number {
  return Math.floor(Math.random() * count);
}
