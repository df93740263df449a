import { equalBytes } from '../wire/bytes.ts';
import { nameOf, optionsObject } from './arguments.ts';
import type { CampaignOptions, Election, Leader, LeaderChange, Leadership, ObserveOptions } from './election-types.ts';
import { invalidArgument } from './error.ts';
import type { Lock, LockParty } from './lock-types.ts';
import type { Bytes, CallOptions, Client, ReadOptions } from './types.ts';

/** What an election needs of a client. */
type Locking = Pick<Client, 'lock' | 'withLock' | 'locks' | 'watchLock'>;

/** An election is the exclusive lock of its name, whose note is what the leader says of itself. */
export class LockElection implements Election {
  readonly name: string;
  readonly #client: Locking;

  constructor(client: Locking, name: string) {
    this.#client = client;
    this.name = nameOf(name, 'the name of an election');
  }

  async campaign(options?: CampaignOptions): Promise<Leadership> {
    return new HeldLeadership(await this.#client.lock(this.name, lockOptionsOf(options)));
  }

  async lead<T>(task: (leadership: Leadership) => T | PromiseLike<T>, options?: CampaignOptions): Promise<T> {
    if (typeof task !== 'function') throw invalidArgument('lead takes a function');
    return await this.#client.withLock(this.name, (lock) => task(new HeldLeadership(lock)), lockOptionsOf(options));
  }

  async leader(options?: Omit<ReadOptions, 'revision'>): Promise<Leader | undefined> {
    return leaderOf(await this.#client.locks.holder(this.name, options));
  }

  async *observe(options?: ObserveOptions): AsyncGenerator<LeaderChange, void, undefined> {
    await using watch = await this.#client.watchLock(this.name, { initial: true, signal: options?.signal });
    let isFirst = true;
    let last: Leader | undefined;
    for await (const { revision, events } of watch) {
      for (const { holders } of events) {
        const leader = leaderOf(holders[0]);
        // Those who come to wait, or give up, change the lock too.
        if (!isFirst && isSame(last, leader)) continue;
        isFirst = false;
        // What is told is the program's, and may be changed by it.
        last = leader && { ...leader, note: leader.note.slice() };
        yield { revision, leader };
      }
    }
  }
}

class HeldLeadership implements Leadership {
  readonly lock: Lock;

  constructor(lock: Lock) {
    this.lock = lock;
  }

  async proclaim(note: Bytes, options?: CallOptions): Promise<void> {
    await this.lock.setNote(note, options);
  }

  async resign(): Promise<'resigned' | 'lost'> {
    return (await this.lock.release()) === 'released' ? 'resigned' : 'lost';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lock[Symbol.asyncDispose]();
  }
}

/** A leader does not share, whatever else it was given. */
function lockOptionsOf(options: CampaignOptions | undefined): CampaignOptions {
  const { note, delayMs, signal, timeoutMs } = optionsObject(options);
  return { note, delayMs, signal, timeoutMs };
}

/** Whoever shares the lock of that name, or has a permit, has not been elected. */
function leaderOf(holder: LockParty | undefined): Leader | undefined {
  if (holder?.mode !== 'exclusive' || holder.token === undefined) return undefined;
  const { session, token, note, noteText } = holder;
  return { session, token, note, noteText };
}

function isSame(a: Leader | undefined, b: Leader | undefined): boolean {
  return a === b || (a !== undefined && a.token === b?.token && equalBytes(a.note, b.note));
}
