import { once } from 'node:events';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { dialOptions } from '../../../src/rpc/grpc-options.ts';
import { connectMethod } from '../../../src/rpc/raw-method.ts';
import { plainSession } from '../../../src/testing/plain-session.ts';
import { type ClientFrame, emptyClientFrame, type ServerFrame, type SessionRef } from '../../../src/wire/frame.ts';
import { decodeServerFrame, encodeClientFrame } from '../../../src/wire/frame-codec.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import { protocolVersion } from '../../../src/wire/limits.ts';
import { encodeOperation } from '../../../src/wire/operation-codec.ts';
import { decodeResult } from '../../../src/wire/result-codec.ts';
import { Latencies, measurementOf } from '../latencies.ts';
import type { Load, Measurement } from '../load.ts';
import type { ProcessorTime } from '../processor-time.ts';

const ttlMs = 10_000;

/**
 * Programs that do nothing but keep their sessions of 10 s, each on a stream of its own, many to a connection: the SDK has a
 * connection for each client, so this speaks the protocol itself. What is counted are keep-alives.
 */
export async function measureIdleSessions(
  load: Load,
  endpoints: readonly string[],
  processorTime: ProcessorTime,
): Promise<Measurement> {
  const leader = await leaderAmong(endpoints);
  const channels = Array.from({ length: load.connections }, () => channelTo(leader));
  const latencies = new Latencies();
  const sessions: IdleSession[] = [];
  for (let opened = 0; opened < load.clients; opened += load.connections) {
    // Not all at once: nobody starts ten thousand programs in one moment.
    const batch = channels.slice(0, load.clients - opened).map((channel) => new IdleSession(channel, latencies));
    await Promise.all(batch.map((session) => session.open()));
    sessions.push(...batch);
  }
  const measureFromMs = performance.now();
  latencies.clear();
  processorTime.restart();
  await new Promise((resolve) => setTimeout(resolve, load.measureMs));
  const measurement = measurementOf(load, latencies, performance.now() - measureFromMs, { processorTime });
  for (const session of sessions) session.close();
  for (const channel of channels) channel.close();
  return measurement;
}

function channelTo(endpoint: string): Client {
  return new Client(endpoint, credentials.createInsecure(), dialOptions);
}

async function leaderAmong(endpoints: readonly string[]): Promise<string> {
  const [first = ''] = endpoints;
  const channel = channelTo(first);
  const stream = connectOn(channel);
  const [bytes] = (await once(stream, 'data')) as [Uint8Array];
  stream.cancel();
  channel.close();
  return decodeServerFrame(bytes).welcome?.leader?.address ?? first;
}

type RawStream = ClientDuplexStream<Uint8Array, Uint8Array>;

/** A stream that has said hello. */
function connectOn(channel: Client): RawStream {
  const { path, requestSerialize, responseDeserialize } = connectMethod;
  const stream = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  stream.on('error', () => undefined);
  const hello = { protocol: protocolVersion, clusterId: '', revision: 0 as Revision, client: 'bench: idle session' };
  send(stream, { hello });
  return stream;
}

function send(stream: RawStream, frame: Partial<ClientFrame>): void {
  stream.write(encodeClientFrame({ ...emptyClientFrame, ...frame }));
}

class IdleSession {
  readonly #stream: RawStream;
  readonly #latencies: Latencies;
  #session: SessionRef | undefined;
  #timer: NodeJS.Timeout | undefined;
  #keepAliveId = 0;
  #sentMs = 0;
  #opened: (() => void) | undefined;

  constructor(channel: Client, latencies: Latencies) {
    this.#latencies = latencies;
    this.#stream = connectOn(channel);
    this.#stream.on('data', (bytes: Uint8Array) => this.#onFrame(decodeServerFrame(bytes)));
  }

  open(): Promise<void> {
    return new Promise((resolve) => {
      this.#opened = resolve;
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stream.cancel();
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.goodbye !== undefined) throw new Error(`the node said goodbye: ${frame.goodbye.message}`);
    if (frame.welcome !== undefined) this.#askForSession();
    for (const bytes of frame.results) {
      const { body } = decodeResult(bytes);
      if (body.kind !== 'sessionOpened') throw new Error(`no session was opened, but ${JSON.stringify(body)}`);
      this.#session = { sessionId: body.sessionId, generation: body.generation };
      // Each has its own phase, as it was opened at its own time.
      this.#timer = setInterval(() => this.#keepAlive(), ttlMs / 3);
      this.#opened?.();
    }
    for (const { ended } of frame.keepAlives) {
      if (ended.length > 0) throw new Error('a session ended although it was kept alive');
      this.#latencies.add(performance.now() - this.#sentMs);
    }
  }

  #askForSession(): void {
    const nonce = crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
    const body = { kind: 'openSession', ttlMs, name: 'idle', nonce, ...plainSession } as const;
    const operation = encodeOperation({ requestId: 1, command: undefined, seenRevision: 0 as Revision, body });
    send(this.#stream, { operations: [operation] });
  }

  #keepAlive(): void {
    if (this.#session === undefined) return;
    this.#keepAliveId += 1;
    this.#sentMs = performance.now();
    send(this.#stream, { keepAlives: [{ id: this.#keepAliveId, sessions: [this.#session] }] });
  }
}
