import { expect, test } from 'vitest';
import type { PeerMessage } from '../../../../src/replica/messages.ts';
import { drawConfig, type SimulationConfig } from '../../../../src/testing/simulation/config.ts';
import { SimulatedNetwork } from '../../../../src/testing/simulation/world/network.ts';
import { Reachability } from '../../../../src/testing/simulation/world/reachability.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';
import { type NodeWorld, nodeWorld } from '../support.ts';

/** Two nodes; `a` sends, `b` receives. */
function network(settings: Partial<SimulationConfig>): {
  readonly a: NodeWorld;
  readonly b: NodeWorld;
  readonly reachability: Reachability;
  readonly net: SimulatedNetwork;
  readonly arrived: number[];
  send(id: number): void;
  connectionEvents(): string[];
} {
  const a = nodeWorld();
  const b = nodeWorld();
  Object.assign(a.node, { index: 0 });
  Object.assign(b.node, { index: 1, nodeId: 'n2' as NodeId });
  const arrived: number[] = [];
  const calm = { dropRate: 0, reorderRate: 0, duplicateRate: 0, replayRate: 0, linkDelayUs: 100, linkJitterUs: 1_000 };
  const reachability = new Reachability(2, (from, to) => net.onOpen(from, to));
  const net = new SimulatedNetwork(
    {
      config: { ...drawConfig(1), ...calm, ...settings },
      queue: a.queue,
      coverage: a.coverage,
      nodes: [a.node, b.node],
      reachability,
      transcode: (message) => message,
      onDeliver: (_from, _to, message) => {
        if (message.type === 'readPoint') arrived.push(message.id);
      },
    },
    1,
  );
  a.node.start();
  b.node.start();
  net.onUp(a.node);
  net.onUp(b.node);
  a.run(20_000);
  const send = (id: number): void => {
    const message: PeerMessage = { type: 'readPoint', id };
    net.send(a.node, b.node, 'control', message);
  };
  const connectionEvents = (): string[] => {
    const inputs = a.replicas[0]?.inputs ?? [];
    return inputs
      .filter(({ type }) => type.startsWith('peer'))
      .map((input) => ('refused' in input && input.refused ? 'refused' : input.type));
  };
  return { a, b, reachability, net, arrived, send, connectionEvents };
}

const ids = Array.from({ length: 200 }, (_, index) => index);

test('a stream keeps the order and loses nothing', () => {
  const { a, arrived, send } = network({ transport: 'stream' });
  for (const id of ids) send(id);
  a.run(1_000_000);
  expect(arrived).toEqual(ids);
});

test('datagrams overtake each other', () => {
  const { a, arrived, send } = network({ transport: 'datagram' });
  for (const id of ids) send(id);
  a.run(1_000_000);
  expect(arrived).not.toEqual(ids);
  expect([...arrived].sort((x, y) => x - y)).toEqual(ids);
});

test('datagrams are lost and repeated at the rates that were asked for', () => {
  const lossy = network({ transport: 'datagram', dropRate: 0.25 });
  for (const id of ids) lossy.send(id);
  lossy.a.run(1_000_000);
  expect(Math.abs(lossy.arrived.length - 150)).toBeLessThan(25);
  const copying = network({ transport: 'datagram', duplicateRate: 0.5 });
  for (const id of ids) copying.send(id);
  copying.a.run(1_000_000);
  expect(Math.abs(copying.arrived.length - 300)).toBeLessThan(35);
});

test('what happens to a message does not depend on what happened to others', () => {
  const dropped = (rate: number): number[] => {
    const { a, arrived, send } = network({ transport: 'datagram', dropRate: rate });
    for (const id of ids) send(id);
    a.run(1_000_000);
    return ids.filter((id) => !arrived.includes(id));
  };
  const few = dropped(0.1);
  const many = dropped(0.3);
  expect(many).toEqual(expect.arrayContaining(few));
  expect(few.length).toBeGreaterThan(0);
});

test('a blocked way loses datagrams, and holds up a stream', () => {
  for (const transport of ['datagram', 'stream'] as const) {
    const { a, reachability, arrived, send } = network({ transport });
    reachability.block(0, 1);
    send(1);
    a.run(50_000);
    expect(arrived).toEqual([]);
    reachability.unblock(0, 1);
    a.run(50_000);
    // Opening the way may also break the stream, and with it lose what it held.
    expect(arrived.length).toBeLessThanOrEqual(transport === 'stream' ? 1 : 0);
  }
});

test('a stream that is stuck for long breaks, and is made anew when the way is open', () => {
  const { a, reachability, connectionEvents, send } = network({ transport: 'stream' });
  expect(connectionEvents()).toEqual(['peerConnected']);
  reachability.block(0, 1);
  send(1);
  a.run(2_000_000);
  expect(connectionEvents()).toEqual(['peerConnected', 'peerDisconnected']);
  reachability.unblock(0, 1);
  a.run(200_000);
  expect(connectionEvents()).toEqual(['peerConnected', 'peerDisconnected', 'peerConnected']);
});

test('a process that is gone refuses connections', () => {
  const { a, b, net, connectionEvents } = network({ transport: 'stream' });
  b.node.crash(false);
  net.onDown(b.node);
  a.run(50_000);
  expect(connectionEvents()).toEqual(['peerConnected', 'refused']);
});

test('what was sent long ago comes back, to a process that knows nothing of it, from one that knows nothing of it', () => {
  const { a, b, net, arrived, send } = network({ transport: 'datagram', replayRate: 0.2 });
  for (const id of ids) send(id);
  a.run(60_000_000);
  for (const { node } of [a, b]) {
    node.crash(false);
    node.start();
  }
  arrived.length = 0;
  for (const id of ids) send(1_000 + id);
  a.run(1_000_000);
  const old = arrived.filter((id) => id < 1_000);
  expect(old.length).toBeGreaterThan(5);
  expect(new Set(old).size).toBeGreaterThan(3);
  expect(a.coverage.count('message of an earlier boot of its sender replayed')).toBeGreaterThan(0);
  expect(a.coverage.count('message to an earlier boot of its receiver replayed')).toBeGreaterThan(0);
  expect(net.replay(0, 1, [0, 0.5, 0.99])).toBe(true);
});

test('a message can be overtaken by everything that is sent within a second', () => {
  const { a, arrived, send } = network({ transport: 'datagram', reorderRate: 0.1 });
  for (const id of ids) {
    send(id);
    a.run(5_000);
  }
  a.run(2_000_000);
  expect([...arrived].sort((x, y) => x - y)).toEqual(ids);
  const furthest = Math.max(...arrived.map((id, at) => at - id));
  expect(furthest).toBeGreaterThan(50);
});

test('a burst of losses loses datagrams, and holds up a stream', () => {
  for (const transport of ['datagram', 'stream'] as const) {
    const { a, net, arrived, send } = network({ transport });
    net.lose(0, 1, 0.5);
    for (const id of ids) send(id);
    a.run(150_000);
    expect(arrived.length).toBeLessThan(150);
    a.run(1_000_000);
    if (transport === 'stream') expect(arrived).toEqual(ids);
    net.lose(0, 1, 0);
    arrived.length = 0;
    for (const id of ids) send(id);
    a.run(1_000_000);
    expect(arrived.length).toBe(ids.length);
  }
});

test('a clogged link loses nothing and lets nothing through, until the last that clogs it is gone', () => {
  for (const transport of ['datagram', 'stream'] as const) {
    const { a, net, arrived, send, connectionEvents } = network({ transport });
    net.clog(0, 1);
    net.clog(0, 1);
    for (const id of ids) send(id);
    a.run(5_000_000);
    net.unclog(0, 1);
    a.run(1_000_000);
    expect(arrived).toEqual([]);
    net.unclog(0, 1);
    expect(() => net.unclog(0, 1)).toThrow('nothing clogs');
    expect([...arrived].sort((x, y) => x - y)).toEqual(ids);
    if (transport === 'stream') expect(arrived).toEqual(ids);
    expect(connectionEvents()).toEqual(['peerConnected']);
  }
});

test('on a half-open stream the sender hears nothing of what it loses, until it is told at last', () => {
  const { a, net, arrived, send, connectionEvents } = network({ transport: 'stream' });
  send(1);
  expect(net.halfOpen(0, 1)).toBe(true);
  expect(net.halfOpen(0, 1)).toBe(false);
  for (const id of ids) send(id);
  a.run(10_000_000);
  expect(arrived).toEqual([]);
  expect(connectionEvents()).toEqual(['peerConnected']);
  net.endHalfOpen(0, 1);
  a.run(200_000);
  send(7);
  a.run(200_000);
  expect(connectionEvents()).toEqual(['peerConnected', 'peerDisconnected', 'peerConnected']);
  expect(arrived).toEqual([7]);
});

test('datagrams know no half-open stream, and streams bring nothing back', () => {
  expect(network({ transport: 'datagram' }).net.halfOpen(0, 1)).toBe(false);
  expect(network({ transport: 'stream' }).net.replay(0, 1, [0])).toBe(false);
});

test('when the world calms down, what was clogged comes out, and half-open streams are made anew', () => {
  const clogged = network({ transport: 'datagram', dropRate: 0.9 });
  clogged.net.clog(0, 1);
  clogged.net.calmDown();
  for (const id of ids) clogged.send(id);
  clogged.a.run(1_000_000);
  expect(clogged.arrived.length).toBe(ids.length);
  const silent = network({ transport: 'stream' });
  silent.net.halfOpen(0, 1);
  silent.net.calmDown();
  silent.a.run(200_000);
  silent.send(1);
  silent.a.run(200_000);
  expect(silent.arrived).toEqual([1]);
});
