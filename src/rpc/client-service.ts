import type { ConnectionId } from '../replica/input.ts';
import type { ClientFrame, ServerFrame } from '../wire/frame.ts';
import type { WireError } from '../wire/result.ts';
import { type ClientCall, ClientStream } from './client-stream.ts';
import { connectMethod } from './raw-method.ts';
import type { RpcServer } from './rpc-server.ts';

export interface ClientServiceOptions {
  readonly onOpened: (connection: ConnectionId) => void;
  /** To be answered with `frameTaken`: while too much was not, the client is read no further. */
  readonly onFrame: (connection: ConnectionId, frame: ClientFrame) => void;
  /** So many bytes, as given with `reply`, have been written, which took so long. */
  readonly onDrained: (connection: ConnectionId, bytes: number, tookMs: number) => void;
  readonly onClosed: (connection: ConnectionId) => void;
}

/**
 * The streams of all clients. What cannot be decoded, or is too long, ends the stream that it came on with a goodbye, and
 * no other.
 */
export class ClientService {
  readonly #options: ClientServiceOptions;
  readonly #streams = new Map<ConnectionId, ClientStream>();
  #lastConnection: ConnectionId = 0;
  /** While set, every new stream is turned away with it. */
  #closed: WireError | undefined;

  constructor(options: ClientServiceOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** From where the client has connected, HOST:PORT; empty: it has gone. */
  addressOf(connection: ConnectionId): string {
    return this.#streams.get(connection)?.address ?? '';
  }

  register(server: RpcServer): void {
    server.addService(
      { connect: connectMethod },
      { connect: (call: ClientCall) => this.#onConnect(call, () => server.disconnect(call.getPeer())) },
    );
  }

  /** Never blocks; the client may have gone meanwhile. */
  reply(connection: ConnectionId, frame: ServerFrame, bytes: number): void {
    this.#streams.get(connection)?.reply(frame, bytes);
  }

  /** One of its frames has had its turn; the client may have gone meanwhile. */
  frameTaken(connection: ConnectionId): void {
    this.#streams.get(connection)?.frameTaken();
  }

  /** Ends the stream after what was replied has been written. */
  end(connection: ConnectionId): void {
    this.#streams.get(connection)?.end();
  }

  /** Says goodbye to every client, now and from now on. */
  closeAll(error: WireError): void {
    this.#closed = error;
    for (const stream of [...this.#streams.values()]) stream.dismiss(error);
  }

  #onConnect(call: ClientCall, cut: () => void): void {
    this.#lastConnection += 1;
    const connection = this.#lastConnection;
    const stream = new ClientStream(call, {
      onFrame: (frame) => this.#options.onFrame(connection, frame),
      onDrained: (bytes, tookMs) => this.#options.onDrained(connection, bytes, tookMs),
      onClosed: () => {
        this.#streams.delete(connection);
        this.#options.onClosed(connection);
      },
      onStuck: cut,
    });
    this.#streams.set(connection, stream);
    this.#options.onOpened(connection);
    if (this.#closed !== undefined) stream.dismiss(this.#closed);
  }
}
