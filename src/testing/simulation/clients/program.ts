import type { RandomStream } from '../prng.ts';
import type { SimulatedClock } from '../world/clock.ts';
import type { ClientHost } from './client-parts.ts';

/** Where a program runs. */
export interface ProgramPlace {
  readonly name: string;
  /** Its place among the parties of the network. */
  readonly party: number;
  readonly clock: SimulatedClock;
  readonly host: ClientHost;
  readonly stream: RandomStream;
}

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
  #suspendedSinceUs: number | undefined;

  constructor({ name, party, clock, host, stream }: ProgramPlace) {
    this.name = name;
    this.party = party;
    this.clock = clock;
    this.host = host;
    this.stream = stream;
  }

  /** By a clock that goes on while the machine is suspended. */
  get nowMs(): number {
    return this.clock.sinceBootMs(this.host.queue.nowUs);
  }

  pause(): void {
    if (this.phase === 'running') this.phase = 'paused';
  }

  /** As a pause, but the monotonic clock stands still as well, and every timer with it. */
  suspend(): void {
    if (this.phase !== 'running') return;
    this.host.coverage.hit('client suspended');
    this.#suspendedSinceUs = this.host.queue.nowUs;
    this.pause();
  }

  resume(): void {
    if (this.phase !== 'paused') return;
    this.phase = 'running';
    if (this.#suspendedSinceUs !== undefined) {
      this.clock.standStill(this.host.queue.nowUs - this.#suspendedSinceUs);
      this.#suspendedSinceUs = undefined;
    }
    const mailbox = this.#mailbox;
    this.#mailbox = [];
    for (const run of mailbox) this.whenAwake(run);
  }

  newestToken(lock: string): number | undefined {
    return this.host.history.holds.findLast(({ name }) => name === lock)?.token;
  }

  /** Runs when the program's monotonic clock has advanced so far, and it is not paused; never if it has stopped. */
  after(delayMs: number, run: () => void): void {
    this.at(this.clock.monotonicMs(this.host.queue.nowUs) + delayMs, run);
  }

  /** The same, when that clock shows so much. */
  protected at(monotonicMs: number, run: () => void): void {
    const { queue } = this.host;
    // The clock shows whole microseconds: two later it has surely got there, unless it stood still meanwhile. Never too early, not
    // by a hair: whoever asked to be woken at a time thinks that it is still asleep.
    queue.at(this.clock.trueTimeUs(monotonicMs) + this.clock.trueDurationUs(0.002), () =>
      this.whenAwake(() => {
        if (this.clock.monotonicMs(queue.nowUs) >= monotonicMs) run();
        else this.at(monotonicMs, run);
      }),
    );
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
