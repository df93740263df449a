import type { StreamId } from '../../../client/core/input.ts';
import type { TransportListener } from '../../../client/grpc-transport.ts';
import type { Transport } from '../../../client/surroundings.ts';
import type { ClientFrame, ServerFrame } from '../../../wire/frame.ts';
import type { ClientHost } from '../clients/client-parts.ts';
import { SdkStreams } from '../clients/sdk-streams.ts';
import type { RandomStream } from '../prng.ts';
import type { ClientConnection, ClientEnd } from '../world/client-transport.ts';

/** The program whose streams these are. */
export interface StreamOwner extends ClientEnd {
  readonly stream: RandomStream;
  /** Gives to the world what it is to do, when the program's turn is over. */
  leave(run: () => void): void;
  /** Gives to the program what has come to it. */
  enter(run: () => void): void;
  /** Runs after so long, if the program still runs. */
  after(delayMs: number, run: () => void): void;
}

/** The streams of the SDK on the simulated network, in place of those over gRPC. */
export class ProgramTransport implements Transport {
  readonly #owner: StreamOwner;
  readonly #streams: SdkStreams;
  readonly #listener: TransportListener;

  constructor(owner: StreamOwner, host: ClientHost, listener: TransportListener) {
    this.#owner = owner;
    this.#streams = new SdkStreams(owner, host);
    this.#listener = listener;
  }

  get newest(): ClientConnection | undefined {
    return this.#streams.newest;
  }

  open(stream: StreamId, endpoint: string): void {
    this.#owner.leave(() => {
      if (this.#streams.dial(stream, endpoint) !== 'refused') return;
      this.#owner.after(this.#owner.stream.exponential(1), () =>
        this.#owner.enter(() => this.#listener.onClosed(stream, 'refused')),
      );
    });
  }

  send(stream: StreamId, frame: ClientFrame): void {
    this.#owner.leave(() => {
      this.#streams.send(stream, frame);
      this.#owner.after(this.#owner.stream.exponential(0.1), () =>
        this.#owner.enter(() => this.#listener.onWritable(stream)),
      );
    });
  }

  close(stream: StreamId): void {
    this.#owner.leave(() => this.#streams.close(stream));
  }

  closeAll(): void {
    this.#owner.leave(() => this.#streams.abandon(true));
  }

  /** The process is gone. `tell`: its machine says so. */
  abandon(tell: boolean): void {
    this.#streams.abandon(tell);
  }

  onFrame(connection: ClientConnection, frame: ServerFrame): void {
    const stream = this.#streams.numberOf(connection);
    if (stream !== undefined) this.#owner.enter(() => this.#listener.onFrame(stream, frame));
  }

  onClosed(connection: ClientConnection): void {
    const stream = this.#streams.numberOf(connection);
    if (stream === undefined) return;
    this.#streams.forget(stream);
    this.#owner.enter(() => this.#listener.onClosed(stream, 'closed'));
  }
}
