import { ConclaveClient } from '../../../client/conclave-client.ts';
import { Driver } from '../../../client/driver.ts';
import type { Client } from '../../../client/index.ts';
import type { ServerFrame } from '../../../wire/frame.ts';
import type { SessionId } from '../../../wire/identifiers.ts';
import type { ClientActor } from '../clients/client-actor.ts';
import { Program, type ProgramPlace } from '../clients/program.ts';
import { sdkSettings } from '../clients/sdk-settings.ts';
import type { RandomStream } from '../prng.ts';
import type { ClientConnection } from '../world/client-transport.ts';
import { readerOf } from '../world/clock.ts';
import type { Platform, SimulatedProcess } from './platform.ts';
import { ProgramTransport, type StreamOwner } from './program-transport.ts';

/** What a program does once it has a client. */
export type ProgramMain = (program: RecipeProgram) => Promise<never>;

/** A program as users write it: asynchronous code over the public SDK, which ships as it runs here. */
export class RecipeProgram extends Program implements ClientActor, SimulatedProcess, StreamOwner {
  /** Of the calls of a workload, none is made here. */
  readonly canCommand = false;
  readonly pendingCount = 0;
  readonly lockCount = 0;
  readonly watchCount = 0;
  readonly seenRevision = 0;
  readonly stored = undefined;
  readonly sessionTtlMs: number;
  retiring = false;
  readonly #platform: Platform;
  readonly #main: ProgramMain;
  readonly #onEnd: (program: RecipeProgram, error: unknown) => void;
  readonly #machine: RandomStream;
  readonly #settings: ReturnType<typeof sdkSettings>;
  #transport: ProgramTransport | undefined;
  #client: Client | undefined;

  /** `onEnd`: `main` has ended, which it does only by an error. */
  constructor(
    place: ProgramPlace,
    platform: Platform,
    main: ProgramMain,
    onEnd: (program: RecipeProgram, error: unknown) => void,
  ) {
    super(place);
    this.#platform = platform;
    this.#main = main;
    this.#onEnd = onEnd;
    this.#machine = place.stream.fork('machine');
    this.#settings = sdkSettings(place, undefined);
    this.sessionTtlMs = this.#settings.sessionTtlMs;
  }

  get client(): Client | undefined {
    return this.#client;
  }

  get connection(): ClientConnection | undefined {
    return this.#transport?.newest;
  }

  get sessionId(): SessionId | undefined {
    return undefined;
  }

  start(): void {
    this.after(0, () =>
      this.enter(() => {
        this.#run().catch((error: unknown) => this.leave(() => this.#onEnd(this, error)));
      }),
    );
  }

  stop(closeStream: boolean): void {
    if (this.phase === 'stopped') return;
    this.phase = 'stopped';
    this.#transport?.abandon(closeStream);
    this.host.onStopped(this);
  }

  enter(run: () => void): void {
    this.#platform.enter(this, run);
  }

  leave(run: () => void): void {
    this.#platform.leave(run);
  }

  monotonicMs(): number {
    return this.clock.monotonicMs(this.host.queue.nowUs);
  }

  wallMs(): number {
    return this.clock.wallMs(this.host.queue.nowUs);
  }

  random(): number {
    return this.#machine.unit();
  }

  randomUUID(): string {
    return Array.from({ length: 4 }, () => this.#machine.next32().toString(16).padStart(8, '0')).join('-');
  }

  onFrame(connection: ClientConnection, frame: ServerFrame, taken: () => void): void {
    this.whenAwake(() => {
      taken();
      this.#transport?.onFrame(connection, frame);
    });
  }

  onClosed(connection: ClientConnection): void {
    this.whenAwake(() => this.#transport?.onClosed(connection));
  }

  openSession(): void {}

  closeSession(): void {}

  command(): void {}

  read(): void {}

  lock(): void {}

  watch(): void {}

  cancelWatch(): void {}

  async #run(): Promise<void> {
    const reader = readerOf(this.clock, this.host.queue);
    const driver = new Driver(this.#settings, {
      clock: { monotonicMs: () => this.monotonicMs(), now: () => reader.read() },
      openTransport: (listener) => {
        this.#transport = new ProgramTransport(this, this.host, listener);
        return this.#transport;
      },
    });
    await driver.call({ kind: 'connect' }, { signal: undefined, timeoutMs: Number.POSITIVE_INFINITY });
    this.#client = new ConclaveClient(driver, []);
    await this.#main(this);
  }
}
