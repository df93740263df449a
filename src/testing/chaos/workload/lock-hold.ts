import { cond, type Lock, op } from '../../../client/index.ts';
import {
  guardedPrefix,
  guardedValue,
  latePrefix,
  lockPrefix,
  readTally,
  tallyPrefix,
  tallyValue,
} from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, pause } from './actor.ts';
import { NoEffect } from './logical-process.ts';
import { RecordedHold } from './recorded-hold.ts';

const lateWrites = 3;

/** A program at work under a lock that it holds, and says so as long as it does. */
export async function useLock(context: ActorContext, lock: Lock): Promise<void> {
  const noLongerHeld = context.channel.holds({ name: lock.names.join(' and '), token: lock.token });
  try {
    await new LockHold(context, lock).use();
  } finally {
    noLongerHeld();
  }
}

/** Mostly for a short time, sometimes for a long one. */
export async function thinkUnderLock({ random, windDown }: ActorContext): Promise<void> {
  await pause(random.chance(0.05) ? random.between(300, 1_500) : random.exponential(8), windDown);
}

class LockHold {
  readonly #context: ActorContext;
  readonly #lock: Lock;
  readonly #hold: RecordedHold;
  /** Of what the lock protects, or the several ones. */
  readonly #names: readonly string[];

  constructor(context: ActorContext, lock: Lock) {
    this.#context = context;
    this.#lock = lock;
    this.#hold = new RecordedHold(context, lock);
    this.#names = lock.names.map((name) => name.slice(lockPrefix.length));
  }

  async use(): Promise<void> {
    const { random } = this.#context;
    const isShared = this.#lock.mode === 'shared';
    if (isShared) await this.#readTally();
    else await this.#write();
    await thinkUnderLock(this.#context);
    const released = await this.#hold.release();
    if (isShared || (released !== 'lost' && !random.chance(0.2))) return;
    for (let write = 0; write < lateWrites; write++) {
      await pause(random.exponential(60), this.#context.windDown);
      await this.#writeLate();
    }
  }

  async #write(): Promise<void> {
    const { random } = this.#context;
    await this.#writeLate();
    for (const name of this.#names) await this.#raiseTally(name, random.between(1, 3));
    if (random.chance(0.4)) await this.#writeGuarded();
  }

  /** Twice, with the same token as all who read beside it: nothing may have been written meanwhile. */
  async #readTally(): Promise<void> {
    for (const name of this.#names) {
      await this.#claim(name);
      await thinkUnderLock(this.#context);
      if (this.#hold.isHeld) await this.#claim(name);
    }
  }

  async #raiseTally(name: string, times: number): Promise<void> {
    const { channel, process } = this.#context;
    const { token } = this.#lock;
    if (!this.#hold.isHeld) return;
    const claim = await this.#claim(name);
    if (!claim.accepted) return;
    const { count } = readTally(claim.value);
    for (let step = 1; step <= times; step++) {
      await thinkUnderLock(this.#context);
      // The stall that may come between this line and the next is what the token is for.
      if (!this.#hold.isHeld) return;
      const value = tallyValue(count + step, token, step);
      const written = await channel.fenced(process.name, { kind: 'write', key: `${tallyPrefix}${name}`, token, value });
      if (!written.accepted) return;
    }
  }

  #claim(name: string) {
    const { channel, process } = this.#context;
    return channel.fenced(process.name, { kind: 'claim', key: `${tallyPrefix}${name}`, token: this.#lock.token });
  }

  async #writeGuarded(): Promise<void> {
    const { client, process, random } = this.#context;
    const key = `${guardedPrefix}${random.pick(this.#names)}`;
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
  async #writeLate(): Promise<void> {
    const { channel, process, random } = this.#context;
    const { token } = this.#lock;
    const key = `${latePrefix}${random.pick(this.#names)}`;
    await channel.fenced(process.name, { kind: 'write', key, token, value: process.newValue() });
  }
}
