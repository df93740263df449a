import { type Client, ConclaveError, cond, type Lock, op } from '../../../client/index.ts';
import {
  guardedPrefix,
  guardedValue,
  latePrefix,
  lockPrefix,
  readTally,
  tallyPrefix,
  tallyValue,
} from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, pause, takeTurns } from './actor.ts';
import { NoEffect } from './logical-process.ts';

const lockCount = 2;
const lateWrites = 3;

/**
 * Takes a lock and raises the number of a resource outside of the store under its token, as a careful program does; and sometimes goes on
 * writing to another resource without the lock, as a careless one does. Now and then an operator takes the lock away from whoever has it:
 * for the checkers, such a hold ends by itself, as one does whose session expires.
 */
export async function actOnLocks(context: ActorContext, meanThinkMs: number): Promise<void> {
  const { client, process, random, channel } = context;
  await takeTurns(context, meanThinkMs, async () => {
    const name = String(random.between(1, lockCount));
    const key = `${lockPrefix}${name}`;
    if (random.chance(0.02)) await takeAway(client, key);
    const delayMs = random.chance(0.2) ? random.between(1, 500) : 0;
    const lock = await process.run(
      { op: 'lock', key },
      () => client.lock(key, { timeoutMs: callTimeoutMs, delayMs, note: process.name }),
      ({ token }) => ({ token }),
    );
    if (lock === undefined) return;
    const noLongerHeld = channel.holds({ name: key, token: lock.token });
    try {
      await new Hold(context, lock, name).use();
    } finally {
      noLongerHeld();
    }
  });
}

async function takeAway({ locks }: Client, name: string): Promise<void> {
  try {
    const holder = await locks.holder(name, { timeoutMs: callTimeoutMs });
    if (holder?.token !== undefined) await locks.forceRelease(name, holder.token, { timeoutMs: callTimeoutMs });
  } catch (error) {
    // Whether it was taken away or not, the history has to be right.
    if (!(error instanceof ConclaveError)) throw error;
  }
}

class Hold {
  readonly #context: ActorContext;
  readonly #lock: Lock;
  readonly #name: string;

  constructor(context: ActorContext, lock: Lock, name: string) {
    this.#context = context;
    this.#lock = lock;
    this.#name = name;
  }

  async use(): Promise<void> {
    const { random, process } = this.#context;
    await this.#write(latePrefix);
    await this.#raiseTally(random.between(1, 3));
    if (random.chance(0.4)) await this.#writeGuarded();
    await this.#think();
    const { token } = this.#lock;
    const key = `${lockPrefix}${this.#name}`;
    const released = await process.run(
      { op: 'unlock', key, token },
      () => this.#lock.release(),
      (answer) => ({ result: answer === 'released' }),
    );
    if (released !== 'lost' && !random.chance(0.2)) return;
    for (let write = 0; write < lateWrites; write++) {
      await pause(random.exponential(60), this.#context.windDown);
      await this.#write(latePrefix);
    }
  }

  async #raiseTally(times: number): Promise<void> {
    const { channel, process } = this.#context;
    const { token } = this.#lock;
    const key = `${tallyPrefix}${this.#name}`;
    if (!this.#lock.held) return;
    const claim = await channel.fenced(process.name, { kind: 'claim', key, token });
    if (!claim.accepted) return;
    const { count } = readTally(claim.value);
    for (let step = 1; step <= times; step++) {
      await this.#think();
      // The stall that may come between this line and the next is what the token is for.
      if (!this.#lock.held) return;
      const value = tallyValue(count + step, token, step);
      const written = await channel.fenced(process.name, { kind: 'write', key, token, value });
      if (!written.accepted) return;
    }
  }

  async #writeGuarded(): Promise<void> {
    const { client, process } = this.#context;
    const key = `${guardedPrefix}${this.#name}`;
    const value = guardedValue(this.#lock.token, process.newValue());
    await process.run(
      { op: 'put', key, value },
      async () => {
        const branches = { if: [cond.lockHeld(this.#lock)], then: [op.put(key, value)] } as const;
        const { succeeded, revision } = await client.txn(branches, { timeoutMs: callTimeoutMs });
        if (!succeeded) throw new NoEffect('the lock is not held');
        return revision;
      },
      (revision) => ({ revision }),
    );
  }

  /** Without asking whether the lock is held. */
  async #write(prefix: string): Promise<void> {
    const { channel, process } = this.#context;
    const { token } = this.#lock;
    const value = process.newValue();
    await channel.fenced(process.name, { kind: 'write', key: `${prefix}${this.#name}`, token, value });
  }

  /** Mostly for a short time, sometimes for a long one. */
  async #think(): Promise<void> {
    const { random, windDown } = this.#context;
    await pause(random.chance(0.05) ? random.between(300, 1_500) : random.exponential(8), windDown);
  }
}
