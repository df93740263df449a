import type { RandomStream } from '../prng.ts';
import type { SimulatedClock } from '../world/clock.ts';
import type { ClientHost } from './client-parts.ts';

/** A process with a clock, which can be paused: then everything that comes waits, in order, until it goes on. */
export abstract class Program {
  readonly name: string;
  /** Its place among the parties of the network. */
  readonly party: number;
  readonly host: ClientHost;
  readonly clock: SimulatedClock;
  readonly stream: RandomStream;
  phase: 'running' | 'paused' | 'stopped' = 'running';
  #mailbox: (() => void)[] = [];

  constructor(name: string, party: number, clock: SimulatedClock, host: ClientHost, stream: RandomStream) {
    this.name = name;
    this.party = party;
    this.clock = clock;
    this.host = host;
    this.stream = stream;
  }

  get nowMs(): number {
    return this.clock.monotonicMs(this.host.queue.nowUs);
  }

  pause(): void {
    if (this.phase === 'running') this.phase = 'paused';
  }

  resume(): void {
    if (this.phase !== 'paused') return;
    this.phase = 'running';
    const mailbox = this.#mailbox;
    this.#mailbox = [];
    for (const run of mailbox) this.whenAwake(run);
  }

  /** Runs when the program's clock has advanced so far, and it is not paused; never if it has stopped. */
  after(delayMs: number, run: () => void): void {
    this.host.queue.after(this.clock.trueDurationUs(delayMs), () => this.whenAwake(run));
  }

  protected whenAwake(run: () => void): void {
    if (this.phase === 'paused') this.#mailbox.push(run);
    else if (this.phase === 'running') run();
  }

  protected log(text: string): void {
    const { trace, queue } = this.host;
    if (trace.verbose) trace.line(queue.nowUs, `${this.name} ${text}`);
  }
}
