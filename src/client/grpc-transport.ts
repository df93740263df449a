import * as grpc from '@grpc/grpc-js';
import type { ClientFrame, ServerFrame } from '../wire/frame.ts';
import { decodeServerFrame, encodeClientFrame } from '../wire/frame-codec.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import type { StreamId } from './core/input.ts';

const method = '/conclave.v1.Client/Connect';

/** Nodes cut their frames far below this; a watch of very large transactions may come near. */
const maxMessageBytes = 16 * 1024 * 1024;

/**
 * One channel per stream, dialled anew each time: which endpoint is tried, and when, is decided by the core. No proxy: this
 * is traffic within a cluster.
 */
const channelOptions: grpc.ChannelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

export interface TransportListener {
  onFrame(stream: StreamId, frame: ServerFrame): void;
  onWritable(stream: StreamId): void;
  onClosed(stream: StreamId, reason: string): void;
}

interface OpenStream {
  readonly client: grpc.Client;
  readonly call: grpc.ClientDuplexStream<ClientFrame, Uint8Array>;
}

/** The streams of one client. The messages are encoded and decoded by this package: no .proto file is read. */
export class GrpcTransport {
  readonly #listener: TransportListener;
  readonly #streams = new Map<StreamId, OpenStream>();

  constructor(listener: TransportListener) {
    this.#listener = listener;
  }

  open(stream: StreamId, endpoint: string): void {
    const client = new grpc.Client(endpoint, grpc.credentials.createInsecure(), channelOptions);
    const call = client.makeBidiStreamRequest(method, serialize, deserialize, new grpc.Metadata());
    this.#streams.set(stream, { client, call });
    call.on('data', (bytes: Uint8Array) => this.#onData(stream, bytes));
    // Every end has a status; the error says no more.
    call.on('error', () => undefined);
    call.on('status', (status: grpc.StatusObject) => this.#onEnded(stream, reasonOf(status)));
  }

  send(stream: StreamId, frame: ClientFrame): void {
    this.#streams.get(stream)?.call.write(frame, (error: Error | null | undefined) => {
      if (error === null || error === undefined) this.#listener.onWritable(stream);
    });
  }

  close(stream: StreamId): void {
    const open = this.#streams.get(stream);
    if (open === undefined) return;
    this.#streams.delete(stream);
    open.call.cancel();
    open.client.close();
  }

  closeAll(): void {
    for (const stream of [...this.#streams.keys()]) this.close(stream);
  }

  #onData(stream: StreamId, bytes: Uint8Array): void {
    if (!this.#streams.has(stream)) return;
    let frame: ServerFrame;
    try {
      frame = decodeServerFrame(bytes);
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      this.#onEnded(stream, `PROTOCOL_ERROR: ${error.message}`);
      return;
    }
    this.#listener.onFrame(stream, frame);
  }

  #onEnded(stream: StreamId, reason: string): void {
    if (!this.#streams.has(stream)) return;
    this.close(stream);
    this.#listener.onClosed(stream, reason);
  }
}

function serialize(frame: ClientFrame): Buffer {
  const bytes = encodeClientFrame(frame);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A plain view: slices of a Buffer would be Buffers, too. */
function deserialize(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const plainReasons: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'connection refused'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, 'host not found'],
  [/ETIMEDOUT/, 'connection timed out'],
  [/EHOSTUNREACH|ENETUNREACH/, 'host unreachable'],
  [/ECONNRESET|EPIPE|Connection dropped/, 'connection lost'],
];

function reasonOf({ code, details }: grpc.StatusObject): string {
  if (code === grpc.status.OK) return 'the node ended the stream';
  return plainReasons.find(([pattern]) => pattern.test(details))?.[1] ?? `${grpc.status[code]}: ${details}`;
}
