import { bytesOf, callLimits, defaultTimeoutMs } from './arguments.ts';
import type { CallId } from './core/input.ts';
import type { Driver } from './driver.ts';
import { lockLost } from './error.ts';
import { JudgedSignal } from './judged-signal.ts';
import type { Held } from './lock-types.ts';
import type { Bytes, CallOptions } from './types.ts';

/** What an acquisition of this client was granted. */
export abstract class HeldGrant implements Held {
  readonly name: string;
  readonly #lockId: CallId;
  readonly #driver: Driver;
  /** Made when it is asked for: most programs do not. */
  #signal: JudgedSignal | undefined;
  #state: 'held' | 'released' | 'lost' = 'held';
  #release: Promise<'released' | 'lost'> | undefined;

  constructor(driver: Driver, lockId: CallId, name: string) {
    this.#driver = driver;
    this.#lockId = lockId;
    this.name = name;
    driver.onLockLost(lockId, () => this.#lose());
    // It may have been lost since it was granted.
    this.#judge();
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#signal = new JudgedSignal(() => (this.lost ? lockLost(this.name, 'unknown') : undefined));
      if (this.lost) this.#signal.abort(lockLost(this.name, 'unknown'));
    }
    return this.#signal.signal;
  }

  get held(): boolean {
    return this.#judge() > 0;
  }

  get remainingMs(): number {
    return this.#judge();
  }

  assertHeld(): void {
    if (!this.held) throw lockLost(this.name, 'not-applied');
  }

  async setNote(note: Bytes, options?: CallOptions): Promise<void> {
    const request = { kind: 'setNote', lockId: this.#lockId, note: bytesOf(note, 'a note') } as const;
    const limits = callLimits(options);
    this.assertHeld();
    await this.#driver.call<'noteSet'>(request, limits);
  }

  release(): Promise<'released' | 'lost'> {
    this.#release ??= this.#giveUp();
    return this.#release;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release();
    } catch {
      // Whatever hinders the release ends with the session; the error of the block that is left matters more.
    }
  }

  /** Lost, though nobody here gave it up. */
  get lost(): boolean {
    this.#judge();
    return this.#state === 'lost';
  }

  async #giveUp(): Promise<'released' | 'lost'> {
    this.#judge();
    if (this.#state === 'lost') return 'lost';
    this.#state = 'released';
    this.#driver.forgetLock(this.#lockId);
    if (this.#driver.closed) return 'lost';
    const limits = { signal: undefined, timeoutMs: defaultTimeoutMs };
    const { released } = await this.#driver.call<'lockReleased'>({ kind: 'release', lockId: this.#lockId }, limits);
    return released ? 'released' : 'lost';
  }

  /** For how long it is surely held, by the clocks of this moment. */
  #judge(): number {
    if (this.#state !== 'held') return 0;
    const { held, remainingMs } = this.#driver.lock(this.#lockId);
    // A listener that is told of the loss may have released it.
    if (held) return remainingMs;
    this.#lose();
    return 0;
  }

  #lose(): void {
    if (this.#state !== 'held') return;
    this.#state = 'lost';
    this.#driver.forgetLock(this.#lockId);
    this.#signal?.abort(lockLost(this.name, 'unknown'));
  }
}
