import { createServer, type Server, type Socket } from 'node:net';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { PeerMessage } from '../../src/replica/messages.ts';
import { encodePeerFrame } from '../../src/rpc/peer-codec.ts';
import { freePorts } from '../../src/testing/cluster/free-ports.ts';
import { LinkProxy } from '../../src/testing/cluster/link-proxy.ts';
import { zeroBallot } from '../../src/wire/ballot.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { eventually } from '../eventually.ts';
import { type EndOptions, LinkEnd } from './links.ts';

const ends: LinkEnd[] = [];
const listeners: Server[] = [];
const proxies: LinkProxy[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) end.kill();
  for (const listener of listeners.splice(0)) listener.close();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

async function endOf(nodeId: string, port = 0): Promise<LinkEnd> {
  const end = await LinkEnd.listening(nodeId, port);
  ends.push(end);
  return end;
}

async function connectedPair(): Promise<[LinkEnd, LinkEnd]> {
  const one = await endOf('n1');
  const two = await endOf('n2');
  one.join([two]);
  two.join([one]);
  await eventually(() => {
    expect(one.events).toEqual(['up n2']);
    expect(two.events).toEqual(['up n1']);
  });
  return [one, two];
}

const readPoint = (id: number): PeerMessage => ({ type: 'readPoint', id });
const accept = (slot: number, bytes: number): PeerMessage => ({
  type: 'accept',
  ballot: zeroBallot,
  slot,
  value: new Uint8Array(bytes).fill(slot),
  chosenThrough: 0,
});

test('messages arrive in order, whole, on their lane, with the name of their sender', async () => {
  const [one, two] = await connectedPair();
  for (let id = 1; id <= 100; id++) one.send(two, 'control', readPoint(id));
  for (let slot = 1; slot <= 5; slot++) two.send(one, 'bulk', accept(slot, 700_000));
  await eventually(() => {
    expect(two.received).toHaveLength(100);
    expect(one.received).toHaveLength(5);
  });
  expect(two.received.map(({ message }) => message)).toEqual(Array.from({ length: 100 }, (_, i) => readPoint(i + 1)));
  expect(two.received[0]).toMatchObject({ from: 'n1', incarnation: 'incarnation of n1', lane: 'control' });
  const slots = one.received.map(({ message }) => (message.type === 'accept' ? message.slot : 0));
  expect(slots).toEqual([1, 2, 3, 4, 5]);
  const last = one.received.at(-1);
  expect(last?.lane).toBe('bulk');
  expect(last?.message.type === 'accept' && last.message.value.every((byte) => byte === 5)).toBe(true);
});

test('the two lanes are TCP connections of their own', async () => {
  const [one, two] = await connectedPair();
  expect([one.server.connections, two.server.connections]).toEqual([2, 2]);
});

describe('a peer that goes away', () => {
  test('is reported once as down and, if its port is closed, once as refused; when it is back, it is up', async () => {
    const [one, two] = await connectedPair();
    const { port } = two;
    two.kill();
    await eventually(() => expect(one.events).toEqual(['up n2', 'down n2', 'refused n2']));
    one.send(two, 'control', readPoint(1));
    expect(one.dropped.disconnected).toBe(1);

    const again = await endOf('n2', port);
    again.join([one]);
    await vi.waitFor(() => expect(one.events).toEqual(['up n2', 'down n2', 'refused n2', 'up n2']), { timeout: 3_000 });
    one.send(again, 'control', readPoint(2));
    await eventually(() => expect(again.received.map(({ message }) => message)).toEqual([readPoint(2)]));
  });

  test('is not called refused while its host still takes connections', async () => {
    const [one, two] = await connectedPair();
    const { port } = two;
    const taken: Socket[] = [];
    two.kill();
    const mute = createServer((socket) => taken.push(socket));
    listeners.push(mute);
    await new Promise<void>((resolve) => mute.listen(port, '127.0.0.1', resolve));
    await vi.waitFor(() => expect(taken.length).toBeGreaterThan(2), { timeout: 5_000 });
    expect(one.events).toEqual(['up n2', 'down n2']);
    for (const socket of taken) socket.destroy();
  });
});

test('what was closed dials nobody, though it is started after that', async () => {
  const [one, two] = await connectedPair();
  one.transport.close();
  one.transport.start();
  const three = await endOf('n3');
  two.transport.reach([one, three]);
  three.join([two]);
  await eventually(() => expect(three.events).toEqual(['up n2']));
  await eventually(() => expect(two.server.connections).toBe(2));
});

test('a peer that was never there is not reported at all', async () => {
  const gone = await LinkEnd.listening('n2');
  gone.kill();
  const one = await endOf('n1');
  one.join([gone]);
  one.send(gone, 'control', readPoint(1));
  const late = await endOf('n2', gone.port);
  late.join([one]);
  await vi.waitFor(() => expect(one.events).toEqual(['up n2']), { timeout: 3_000 });
});

describe('a link on which nothing moves any more', () => {
  async function pairThroughProxy(options: EndOptions = {}): Promise<{ one: LinkEnd; two: LinkEnd; proxy: LinkProxy }> {
    const one = await endOf('n1');
    const two = await endOf('n2');
    const [port = 0] = await freePorts(1);
    const proxy = new LinkProxy({ port, targetPort: two.port });
    proxies.push(proxy);
    await proxy.targetUp();
    one.join([{ nodeId: two.nodeId, address: proxy.address }], options);
    two.join([one], options);
    await eventually(() => expect(one.events).toEqual(['up n2']));
    return { one, two, proxy };
  }

  test('costs no more memory than the budget', async () => {
    const budgetBytes = { control: 100_000, bulk: 10_000_000 };
    const { one, two, proxy } = await pairThroughProxy({ budgetBytes });
    for (const direction of proxy.directions) direction.set('blocked');
    for (let slot = 1; slot <= 100; slot++) {
      one.send(two, 'bulk', accept(slot, 1_000_000));
      one.send(two, 'control', readPoint(slot));
      expect(one.transport.queuedBytes).toBeLessThanOrEqual(budgetBytes.bulk + budgetBytes.control);
      await new Promise(setImmediate);
    }
    expect(one.dropped.overflow).toBeGreaterThan(50);
  });

  test('is given up within seconds, and dialed again', async () => {
    const { one, two, proxy } = await pairThroughProxy();
    for (const direction of proxy.directions) direction.set('blocked');
    await vi.waitFor(() => expect(one.events).toEqual(['up n2', 'down n2']), { timeout: 5_000, interval: 20 });
    await proxy.heal();
    await vi.waitFor(() => expect(one.events).toEqual(['up n2', 'down n2', 'up n2']), { timeout: 5_000, interval: 20 });
    one.send(two, 'control', readPoint(1));
    await eventually(() => expect(two.received.map(({ message }) => message)).toEqual([readPoint(1)]));
  });
});

describe('a link is turned away', () => {
  test('if it was meant for another node', async () => {
    const one = await endOf('n1');
    const three = await endOf('n3');
    three.join([one]);
    one.join([{ nodeId: 'n2' as NodeId, address: three.address }, three]);
    await eventually(() => expect(three.refusedLinks).toContain('n1: n1 meant to reach n2, but this is n3'));
    expect(one.events).not.toContain('up n2');
  });
});

test('a node that speaks another protocol is turned away, and both numbers are told on both sides', async () => {
  const end = await endOf('n1');
  end.join([{ nodeId: 'n2' as NodeId, address: '127.0.0.1:1' }]);
  const client = new Client(end.address, credentials.createInsecure());
  const raw = (bytes: Buffer): Buffer => bytes;
  const call = client.makeBidiStreamRequest('/conclave.v1.Peer/Link', raw, raw);
  const refused = new Promise<ServiceError>((resolve) => call.once('error', (error) => resolve(error as ServiceError)));
  const hello = {
    nodeId: 'n2' as NodeId,
    clusterId: '',
    incarnation: 'i',
    lane: 'control',
    toNodeId: end.nodeId,
  } as const;
  const frame = Buffer.from(encodePeerFrame({ hello, messages: [] }));
  // The last byte of the hello is the number of the protocol.
  frame[frame.length - 1] = 9;
  call.write(frame);
  const text = 'n2 speaks peer protocol 9, not 1';
  expect(await refused).toMatchObject({ code: status.UNIMPLEMENTED, details: text });
  expect(end.refusedLinks).toEqual([expect.stringContaining(text)]);
  client.close();
});

test('a node of another cluster can greet, and nothing else', async () => {
  const one = await endOf('n1');
  const two = await endOf('n2');
  one.join([two], { clusterId: 'A' });
  two.join([one], { clusterId: 'B' });
  await eventually(() => expect(one.events).toEqual(['up n2']));
  one.send(two, 'control', readPoint(1));
  one.send(two, 'control', {
    type: 'greeting',
    clusterId: 'A',
    clusterName: '',
    incarnation: '',
    bootId: '',
    formed: true,
    sequence: 0,
    chosenThrough: 0,
    configuration: undefined,
    initial: [],
    supportedLevel: 2,
  });
  one.send(two, 'control', readPoint(2));
  await eventually(() => expect(two.received).not.toEqual([]));
  expect(two.received.map(({ message }) => message.type)).toEqual(['greeting']);
});
