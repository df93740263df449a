import { randomUUID } from 'node:crypto';
import { type CallOptions, type Client, cond, op, type View } from '../client/index.ts';
import { escapedName, keyPrefix, nameIn, wholeNumber } from './names.ts';
import { Patience, untilDecided } from './patience.ts';
import { RecipeError } from './recipe-error.ts';

export interface LatchOptions {
  /** How many have to count down, 1 to 100,000. All who use the name say the same. */
  readonly count: number;
}

export interface LatchPartyOptions extends CallOptions {
  /** Counts once, however often it says so. By default one that nobody else has. */
  readonly id?: string | undefined;
}

export interface LatchState {
  /** How many have yet to count down; 0: it is open. */
  readonly remaining: number;
  /** Who died before it had counted down; undefined: nobody. */
  readonly brokenBy: string | undefined;
}

/** One that has promised to count down. */
export interface LatchPlace {
  readonly id: string;
  /** Idempotent. Rejects with LATCH_BROKEN. */
  countDown(options?: CallOptions): Promise<void>;
}

export interface Latch {
  readonly name: string;
  readonly count: number;
  /** Promises to count down: if this client's session ends before it does, the latch is broken. Rejects with LATCH_BROKEN. */
  join(options?: LatchPartyOptions): Promise<LatchPlace>;
  /** Without a promise before. */
  countDown(options?: LatchPartyOptions): Promise<void>;
  /** Resolves once it is open. Without end by default. Rejects with LATCH_BROKEN if somebody who had joined has died. */
  wait(options?: CallOptions): Promise<void>;
  state(options?: CallOptions): Promise<LatchState>;
  /** Closed again, with everything to be counted, and whole. */
  reset(options?: CallOptions): Promise<void>;
}

/**
 * Opens, for ever, once `count` have counted down; each id counts once. Whoever `join`s and dies before it has counted down breaks it, so
 * that nobody waits for ever; an open one cannot break.
 */
export function latch(client: Client, name: string, { count }: LatchOptions): Latch {
  return new KeyLatch(client, name, wholeNumber(count, 'count', 1, 100_000));
}

class KeyLatch implements Latch {
  readonly name: string;
  readonly count: number;
  readonly #client: Client;
  readonly #prefix: string;

  constructor(client: Client, name: string, count: number) {
    this.#client = client;
    this.#prefix = keyPrefix('latch', name);
    this.name = name;
    this.count = count;
  }

  async join({ id = randomUUID(), ...limits }: LatchPartyOptions = {}): Promise<LatchPlace> {
    const done = await this.#client.txn(
      {
        if: [cond.absent(this.#broken)],
        // Both or neither: a promise without the ephemeral key is one of the dead. Of those who have counted down nothing is promised.
        then: [
          op.txn({
            if: [cond.absent(this.#key('down', id))],
            then: [op.put(this.#key('joined', id), ''), op.put(this.#key('place', id), '', { ephemeral: true })],
          }),
        ],
        else: [op.get(this.#broken)],
      },
      limits,
    );
    if (!done.succeeded) throw this.#brokenBy(done.results[0]?.text());
    return { id, countDown: (countLimits) => this.countDown({ id, ...countLimits }) };
  }

  async countDown({ id = randomUUID(), ...limits }: LatchPartyOptions = {}): Promise<void> {
    const done = await this.#client.txn(
      {
        if: [cond.absent(this.#broken)],
        then: [
          op.put(this.#key('down', id), ''),
          op.delete(this.#key('joined', id)),
          op.delete(this.#key('place', id)),
        ],
        else: [op.get(this.#broken), op.get(this.#key('down', id))],
      },
      limits,
    );
    if (done.succeeded || done.results[1] !== undefined) return;
    throw this.#brokenBy(done.results[0]?.text());
  }

  async wait(options?: CallOptions): Promise<void> {
    using patience = new Patience(`the latch '${this.name}'`, options);
    const { remaining, brokenBy } = await untilDecided(
      this.#client,
      { prefix: this.#prefix },
      (view) => this.#decide(view),
      patience,
    );
    if (remaining > 0) throw this.#brokenBy(brokenBy);
  }

  async state(options?: CallOptions): Promise<LatchState> {
    await using view = await this.#client.view({ prefix: this.#prefix }, options);
    return this.#stateIn(view);
  }

  async reset(options?: CallOptions): Promise<void> {
    for (let more = true; more; ) {
      const page = await this.#client.range({ prefix: this.#prefix }, { ...options, keysOnly: true, limit: 1_000 });
      await this.#client.txn({ if: [], then: page.entries.map(({ key }) => op.delete(key)) }, options);
      more = page.more;
    }
  }

  async #decide(view: View): Promise<LatchState | undefined> {
    const state = this.#stateIn(view);
    if (state.remaining === 0 || state.brokenBy !== undefined) return state;
    const joined = this.#key('joined', '');
    for (const [key] of view.entries()) {
      if (!key.startsWith(joined)) continue;
      const id = nameIn(key, joined);
      if (!view.has(this.#key('place', id))) await this.#break(id);
    }
    // What came of it is seen in the next revision.
    return undefined;
  }

  async #break(id: string): Promise<void> {
    await this.#client.txn({
      if: [cond.exists(this.#key('joined', id)), cond.absent(this.#key('place', id)), cond.absent(this.#broken)],
      then: [op.put(this.#broken, id)],
    });
  }

  #stateIn(view: View): LatchState {
    const down = this.#key('down', '');
    let remaining = this.count;
    for (const [key] of view.entries()) if (key.startsWith(down)) remaining -= 1;
    return { remaining: Math.max(0, remaining), brokenBy: view.get(this.#broken)?.text() };
  }

  #brokenBy(id: string | undefined): RecipeError {
    return new RecipeError('LATCH_BROKEN', `'${id}' died before it had counted down at '${this.name}'`);
  }

  get #broken(): string {
    return `${this.#prefix}broken`;
  }

  #key(kind: 'joined' | 'place' | 'down', id: string): string {
    return `${this.#prefix}${kind}/${id === '' ? '' : escapedName(id, 'the id of a party')}`;
  }
}
