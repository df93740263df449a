import { Client, type ClientDuplexStream, credentials, type StatusObject, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ClientService } from '../../src/rpc/client-service.ts';
import { connectMethod } from '../../src/rpc/raw-method.ts';
import { RpcServer } from '../../src/rpc/rpc-server.ts';
import { emptyClientFrame, type ServerFrame } from '../../src/wire/frame.ts';
import { decodeServerFrame, encodeClientFrame } from '../../src/wire/frame-codec.ts';
import { limits } from '../../src/wire/limits.ts';
import { wireError } from '../../src/wire/wire-error.ts';
import { eventually } from '../eventually.ts';

function results(...bytes: readonly Uint8Array[]): ServerFrame {
  const rest = { keepAlives: [], watchNotices: [], grants: [], leader: undefined, goodbye: undefined };
  return { welcome: undefined, results: bytes, ...rest };
}

/** A client that speaks bytes. */
class RawClient {
  readonly frames: ServerFrame[] = [];
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  ended: StatusObject | undefined;

  constructor(port: number) {
    const raw = (bytes: Buffer): Buffer => bytes;
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
    this.#call = this.#client.makeBidiStreamRequest(connectMethod.path, raw, raw);
    this.#call.on('data', (bytes: Buffer) => this.frames.push(decodeServerFrame(bytes)));
    this.#call.on('status', (ended) => {
      this.ended = ended;
    });
    this.#call.on('error', () => undefined);
  }

  get goodbye(): string | undefined {
    return this.frames.at(-1)?.goodbye?.code;
  }

  get resultCount(): number {
    return this.frames.reduce((sum, frame) => sum + frame.results.length, 0);
  }

  send(bytes: Uint8Array): void {
    this.#call.write(Buffer.from(bytes));
  }

  sendOperation(operation: Uint8Array): void {
    this.send(encodeClientFrame({ ...emptyClientFrame, operations: [operation] }));
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }
}

let server: RpcServer;
let service: ClientService;
let port: number;
/** Whether frames have their turn as soon as they come. */
let frameIsTaken: boolean;
/** `open 1`, `frame 1`, `closed 1`, in order. */
let events: string[];
let operations: Uint8Array[];
let drainedBytes: number;
const clients: RawClient[] = [];

beforeEach(async () => {
  // Of this test alone: streams of the last one may still be closing.
  const seen: string[] = [];
  const taken: Uint8Array[] = [];
  events = seen;
  operations = taken;
  drainedBytes = 0;
  frameIsTaken = true;
  server = new RpcServer({ maxConnections: 100 });
  service = new ClientService({
    onOpened: (connection) => seen.push(`open ${connection}`),
    onFrame: (connection, frame) => {
      seen.push(`frame ${connection}`);
      taken.push(...frame.operations);
      if (frameIsTaken) service.frameTaken(connection);
    },
    onDrained: (_connection, bytes) => {
      drainedBytes += bytes;
    },
    onClosed: (connection) => seen.push(`closed ${connection}`),
  });
  service.register(server);
  port = await server.listen('127.0.0.1', 0);
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  server.destroy();
});

async function connected(): Promise<RawClient> {
  const client = new RawClient(port);
  clients.push(client);
  const before = events.length;
  await eventually(() => expect(events.length).toBeGreaterThan(before));
  return client;
}

test('frames come in whole, and what is replied goes to the stream it is for', async () => {
  const one = await connected();
  const two = await connected();
  two.sendOperation(Uint8Array.of(1, 2, 3));
  await eventually(() => expect(events).toEqual(['open 1', 'open 2', 'frame 2']));
  expect(operations.map((operation) => [...operation])).toEqual([[1, 2, 3]]);
  service.reply(2, results(Uint8Array.of(9)), 1);
  await eventually(() => expect(two.resultCount).toBe(1));
  expect(one.frames).toEqual([]);
  expect(drainedBytes).toBe(1);
});

test('a client that goes is reported once, and replies to it are no fault', async () => {
  const client = await connected();
  client.close();
  await eventually(() => expect(events).toEqual(['open 1', 'closed 1']));
  service.reply(1, results(Uint8Array.of(9)), 1);
  expect(service.size).toBe(0);
});

describe('a stream that breaks the protocol is ended with a code, and no other stream is harmed', () => {
  test.each([
    ['bytes that are no frame', 'PROTOCOL_ERROR', Uint8Array.of(0xff, 0xff, 0xff)],
    ['a frame that promises more than it holds', 'PROTOCOL_ERROR', Uint8Array.of(0x12, 0x7f, 0x00)],
    ['a frame past the limit', 'FRAME_TOO_LARGE', new Uint8Array(2 * limits.frameBytes)],
  ])('%s: %s', async (_, code, bytes) => {
    const other = await connected();
    const client = await connected();
    client.send(bytes);
    client.sendOperation(Uint8Array.of(1));
    await vi.waitFor(() => expect(client.ended?.code).toBe(status.OK), { timeout: 5_000 });
    expect(client.goodbye).toBe(code);
    expect(events).toEqual(['open 1', 'open 2', 'closed 2']);
    other.sendOperation(Uint8Array.of(2));
    await eventually(() => expect(events.at(-1)).toBe('frame 1'));
  });

  test('a message that is not even received: RESOURCE_EXHAUSTED', async () => {
    const client = await connected();
    client.send(new Uint8Array(20 * 1024 * 1024));
    await vi.waitFor(() => expect(client.ended?.code).toBe(status.RESOURCE_EXHAUSTED), { timeout: 5_000 });
    expect(events).toEqual(['open 1', 'closed 1']);
  });
});

test('what is replied in one turn travels in one frame', async () => {
  const client = await connected();
  for (let id = 0; id < 50; id++) service.reply(1, results(Uint8Array.of(id)), 1);
  await eventually(() => expect(client.resultCount).toBe(50));
  expect(client.frames).toHaveLength(1);
  expect(client.frames[0]?.results.map(([id]) => id)).toEqual(Array.from({ length: 50 }, (_, id) => id));
});

describe('a client that does not read', () => {
  const large = new Uint8Array(1_000_000);

  test('leaves its replies undrained, and gets them all when it reads again', async () => {
    const client = await connected();
    client.pause();
    for (let count = 0; count < 40; count++) service.reply(1, results(large), large.byteLength);
    // What the sockets and windows between hold has gone; the rest waits.
    let before = -1;
    await vi.waitFor(
      () => {
        const settled = before === drainedBytes;
        before = drainedBytes;
        expect(settled).toBe(true);
      },
      { interval: 100, timeout: 5_000 },
    );
    expect(drainedBytes).toBeLessThan(20 * large.byteLength);
    client.resume();
    await vi.waitFor(() => expect(client.resultCount).toBe(40), { timeout: 5_000 });
    await eventually(() => expect(drainedBytes).toBe(40 * large.byteLength));
  });

  test('is cut off soon after its stream was ended', async () => {
    const client = await connected();
    client.pause();
    for (let count = 0; count < 40; count++) service.reply(1, results(large), large.byteLength);
    service.end(1);
    await vi.waitFor(() => expect(events).toEqual(['open 1', 'closed 1']), { timeout: 5_000 });
    expect(server.connections).toBe(0);
  });
});

describe('a client that sends faster than its frames have their turn', () => {
  const frameCount = 100;
  const operation = new Uint8Array(100_000);

  /** What is sent, of which some is read and the rest is not. */
  async function flooded(): Promise<RawClient> {
    frameIsTaken = false;
    const client = await connected();
    for (let count = 0; count < frameCount; count++) client.sendOperation(operation);
    await eventually(() => expect(operations.length).toBeGreaterThan(10));
    // Another one is read meanwhile, again and again.
    const other = await connected();
    for (let turn = 0; turn < 20; turn++) {
      const before = operations.length;
      other.sendOperation(Uint8Array.of(1));
      await eventually(() => expect(operations.length).toBeGreaterThan(before));
      service.frameTaken(2);
    }
    return client;
  }

  const large = () => operations.filter(({ byteLength }) => byteLength > 1).length;

  test('is read no further than a little, and all of it in the end', async () => {
    await flooded();
    expect(large()).toBeLessThan(20);
    frameIsTaken = true;
    for (let count = large(); count > 0; count--) service.frameTaken(1);
    await vi.waitFor(() => expect(large()).toBe(frameCount), { timeout: 5_000 });
  });

  test('is told of the end all the same', async () => {
    const client = await flooded();
    service.closeAll(wireError('UNAVAILABLE', 'the node is shutting down'));
    await vi.waitFor(() => expect(client.ended?.code).toBe(status.OK), { timeout: 5_000 });
    expect(client.goodbye).toBe('UNAVAILABLE');
  });
});

test('a stream is ended after what was replied has been written', async () => {
  const client = await connected();
  for (let count = 0; count < 5; count++) service.reply(1, results(new Uint8Array(900_000)), 900_000);
  service.end(1);
  service.reply(1, results(Uint8Array.of(1)), 1);
  await eventually(() => expect(client.ended?.code).toBe(status.OK));
  expect(client.resultCount).toBe(5);
  expect(events).toEqual(['open 1', 'closed 1']);
});

test('a node that shuts down says so to all, and to those who come late', async () => {
  const early = await connected();
  service.closeAll(wireError('UNAVAILABLE', 'the node is shutting down'));
  await eventually(() => expect(early.goodbye).toBe('UNAVAILABLE'));
  const late = await connected();
  await eventually(() => expect(late.goodbye).toBe('UNAVAILABLE'));
  expect(service.size).toBe(0);
});
