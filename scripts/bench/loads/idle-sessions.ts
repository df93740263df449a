import { once } from 'node:events';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { dialOptions } from '../../../src/rpc/grpc-options.ts';
import { connectMethod } from '../../../src/rpc/raw-method.ts';
import { plainSession } from '../../../src/testing/plain-session.ts';
import { type ClientFrame, emptyClientFrame, type ServerFrame, type SessionRef } from '../../../src/wire/frame.ts';
import { decodeServerFrame, encodeClientFrame } from '../../../src/wire/frame-codec.ts';
import type { Revision, Sequence } from '../../../src/wire/identifiers.ts';
import { protocolVersion } from '../../../src/wire/limits.ts';
import type { CommandBody } from '../../../src/wire/operation.ts';
import { encodeOperation } from '../../../src/wire/operation-codec.ts';
import type { ResultBody } from '../../../src/wire/result.ts';
import { decodeResult } from '../../../src/wire/result-codec.ts';
import { Latencies, measurementOf } from '../latencies.ts';
import type { Load, Measurement } from '../load.ts';
import type { ProcessorTime } from '../processor-time.ts';

const ttlMs = 10_000;
const lockName = 'wanted by all';

/**
 * Programs that do nothing but keep their sessions of 10 s, each on a stream of its own, many to a connection: the SDK has a
 * connection for each client, so this speaks the protocol itself. What is counted are keep-alives.
 */
export async function measureIdleSessions(
  load: Load,
  endpoints: readonly string[],
  processorTime: ProcessorTime,
): Promise<Measurement> {
  const latencies = new Latencies();
  await using programs = await IdlePrograms.open(load, endpoints, latencies);
  const measureFromMs = performance.now();
  latencies.clear();
  processorTime.restart();
  await new Promise((resolve) => setTimeout(resolve, load.measureMs));
  programs.assertAlive();
  return measurementOf(load, latencies, performance.now() - measureFromMs, { processorTime });
}

/**
 * The same programs, that all wait for one lock for a while. Then the first lets go, and so does each as soon as it has been granted the
 * lock. What is counted are the hand-overs, until everybody has had its turn.
 */
export async function measureWaiters(
  load: Load,
  endpoints: readonly string[],
  processorTime: ProcessorTime,
): Promise<Measurement> {
  await using programs = await IdlePrograms.open(load, endpoints, new Latencies());
  for (const session of programs.sessions) await session.askForLock();
  await new Promise((resolve) => setTimeout(resolve, load.measureMs));
  programs.assertAlive();
  const handOvers = new Latencies();
  const measureFromMs = performance.now();
  let lastMs = measureFromMs;
  let lastToken = 0;
  processorTime.restart();
  for (const session of programs.sessions) {
    const token = await session.granted;
    if (token <= lastToken) throw new Error(`the lock was granted with token ${token} after ${lastToken}`);
    lastToken = token;
    const nowMs = performance.now();
    handOvers.add(nowMs - lastMs);
    lastMs = nowMs;
    session.releaseLock();
  }
  return measurementOf(load, handOvers, performance.now() - measureFromMs, { processorTime });
}

class IdlePrograms implements AsyncDisposable {
  readonly sessions: readonly IdleSession[];
  readonly #channels: readonly Client[];

  private constructor(channels: readonly Client[], sessions: readonly IdleSession[]) {
    this.#channels = channels;
    this.sessions = sessions;
  }

  static async open(load: Load, endpoints: readonly string[], keepAlives: Latencies): Promise<IdlePrograms> {
    const leader = await leaderAmong(endpoints);
    const channels = Array.from({ length: load.connections }, () => channelTo(leader));
    const sessions: IdleSession[] = [];
    for (let opened = 0; opened < load.clients; opened += load.connections) {
      // Not all at once: nobody starts ten thousand programs in one moment.
      const batch = channels.slice(0, load.clients - opened).map((channel) => new IdleSession(channel, keepAlives));
      await Promise.all(batch.map((session) => session.open()));
      sessions.push(...batch);
    }
    return new IdlePrograms(channels, sessions);
  }

  /** @throws if a session has ended, or a stream was closed */
  assertAlive(): void {
    for (const { ended } of this.sessions) if (ended !== undefined) throw new Error(ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.close();
    for (const channel of this.#channels) channel.close();
  }
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
  #asked: (() => void) | undefined;
  #grant: ((token: number) => void) | undefined;
  /** Resolves with the fencing token. */
  readonly granted = new Promise<number>((resolve) => {
    this.#grant = resolve;
  });
  /** Why it is over, if it is. */
  ended: string | undefined;

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

  /** Resolves when the place in the queue is taken. */
  askForLock(): Promise<void> {
    this.#command(1, { kind: 'lockAcquire', name: lockName, wait: true });
    return new Promise((resolve) => {
      this.#asked = resolve;
    });
  }

  releaseLock(): void {
    this.#command(2, { kind: 'lockRelease', name: lockName, sequence: 1 as Sequence });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stream.cancel();
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.goodbye !== undefined) this.ended ??= `the node said goodbye: ${frame.goodbye.message}`;
    if (frame.welcome !== undefined) this.#askForSession();
    for (const bytes of frame.results) this.#onResult(decodeResult(bytes).body);
    for (const { sessionId, state, token } of frame.grants) {
      if (sessionId === this.#session?.sessionId && state === 'held') this.#grant?.(token);
    }
    for (const { ended } of frame.keepAlives) {
      if (ended.length > 0) this.ended ??= 'a session ended although it was kept alive';
      this.#latencies.add(performance.now() - this.#sentMs);
    }
  }

  #onResult(body: ResultBody): void {
    if (body.kind === 'sessionOpened') {
      this.#session = { sessionId: body.sessionId, generation: body.generation };
      // Each has its own phase, as it was opened at its own time.
      this.#timer = setInterval(() => this.#keepAlive(), ttlMs / 3);
      this.#opened?.();
    } else if (body.kind === 'lock') {
      if (body.state === 'held') this.#grant?.(body.token);
      this.#asked?.();
    } else if (body.kind !== 'lockReleased' || !body.released) {
      throw new Error(`not expected: ${JSON.stringify(body)}`);
    }
  }

  #command(sequence: number, body: CommandBody): void {
    if (this.#session === undefined) throw new Error('the session is not open');
    const command = { ...this.#session, sequence: sequence as Sequence, acknowledged: sequence - 1 };
    const operation = { requestId: sequence + 1, command, seenRevision: 0 as Revision, body };
    send(this.#stream, { operations: [encodeOperation(operation)] });
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
