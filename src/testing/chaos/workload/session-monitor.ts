import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../../client/index.ts';
import { sessionPrefix, sessionProcess } from '../history/workload-names.ts';
import { callTimeoutMs } from './actor.ts';
import type { RunClock } from './run-clock.ts';
import type { WorkerChannel } from './worker-channel.ts';

export interface SessionMonitorOptions {
  readonly worker: string;
  /** Among the clients of the worker. */
  readonly at: number;
  readonly client: Client;
  readonly ttlMs: number;
  readonly clock: RunClock;
  readonly channel: WorkerChannel;
}

interface Monitored {
  readonly id: string;
  readonly handle: Client['session'];
  /** The end of what its client has been promised, as far as was asked. */
  promisedUntil: number;
  /** Processes that have asked for locks in it. */
  readonly lockers: Set<string>;
}

/**
 * Writes down what a client believes of its sessions, and has each of them own an ephemeral key, by which others see whether it lives.
 * Keeps their credentials outside of this process, for the one that is started after it.
 *
 * The SDK does not tell when it sent the keep-alive that was answered last, but for how long the session surely lives, which is the same
 * less the TTL. The clock is read before the client is asked, so that a stall between makes the promise shorter, never longer.
 */
export class SessionMonitor {
  readonly #worker: string;
  readonly #at: number;
  readonly #client: Client;
  readonly #clock: RunClock;
  readonly #channel: WorkerChannel;
  readonly #ttlNs: number;
  #current: Monitored | undefined;
  #stopped = false;
  #shown: Promise<void> = Promise.resolve();

  constructor({ worker, at, client, ttlMs, clock, channel }: SessionMonitorOptions) {
    this.#worker = worker;
    this.#at = at;
    this.#client = client;
    this.#clock = clock;
    this.#channel = channel;
    this.#ttlNs = ttlMs * 1_000_000;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      this.#look();
      await sleep(Math.max(20, this.#ttlNs / 1_000_000 / 20));
    }
  }

  /** Its locks go with the session that the client has by then. */
  noteLocker(process: string): void {
    this.#current?.lockers.add(process);
  }

  /** To be called just before the client is closed. A session that is first seen here is written down, and not shown to others any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#shown;
    this.#look();
    if (this.#current === undefined) return;
    const { id } = this.#current;
    this.#channel.line({
      process: sessionProcess(this.#worker),
      op: 'session-closed',
      session: id,
      at: this.#clock.now(),
    });
  }

  #look(): void {
    this.#noteLoss();
    const handle = this.#client.session;
    const at = this.#clock.now();
    const { id, remainingMs } = handle;
    if (id === '' || remainingMs <= 0) return;
    if (this.#current === undefined) {
      this.#current = { id, handle, promisedUntil: 0, lockers: new Set() };
      this.#shown = this.#show(id);
      const { credentials } = handle;
      if (credentials !== undefined) void this.#channel.post({ type: 'credentials', client: this.#at, credentials });
    }
    const promisedUntil = at + Math.floor(remainingMs * 1_000_000);
    const sentAt = promisedUntil - this.#ttlNs;
    if (sentAt < 0 || promisedUntil <= this.#current.promisedUntil) return;
    this.#current.promisedUntil = promisedUntil;
    const process = sessionProcess(this.#worker);
    this.#channel.line({ process, op: 'session-alive', session: id, ttl: this.#ttlNs, at: sentAt });
  }

  #noteLoss(): void {
    const lost = this.#current;
    if (lost?.handle.state !== 'expired') return;
    this.#current = undefined;
    // Noticed now, but trusted no longer than promised: a stalled process notices late.
    const at = Math.min(this.#clock.now(), lost.promisedUntil);
    for (const process of [sessionProcess(this.#worker), ...lost.lockers]) {
      this.#channel.line({ process, op: 'session-lost', session: lost.id, at });
    }
  }

  async #show(id: string): Promise<void> {
    const key = `${sessionPrefix}${id}`;
    const options = { timeoutMs: callTimeoutMs };
    // No retry once the client is to be closed: it would fail forever.
    while (this.#current?.id === id && !this.#stopped) {
      try {
        await this.#client.put(key, this.#worker, { ...options, ephemeral: true });
        // Another session may have come between.
        const entry = await this.#client.get(key, options);
        if (entry?.session !== id) return;
        await this.#channel.post({ type: 'session', session: { session: id, key } });
        return;
      } catch {
        await sleep(100);
      }
    }
  }
}
