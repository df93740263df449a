import { expect, test } from 'vitest';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import {
  type ClientConnection,
  type ClientEnd,
  ClientTransport,
} from '../../../../src/testing/simulation/world/client-transport.ts';
import { Reachability } from '../../../../src/testing/simulation/world/reachability.ts';
import type { ClientFrame, ServerFrame } from '../../../../src/wire/frame.ts';
import { nodeWorld } from '../support.ts';

const said: ServerFrame = {
  welcome: undefined,
  results: [],
  keepAlives: [],
  watchNotices: [],
  grants: [],
  leader: undefined,
  goodbye: undefined,
};
const asked: ClientFrame = {
  hello: undefined,
  operations: [],
  keepAlives: [],
  watchCreates: [],
  watchCancels: [],
  grantQueries: [],
};

/** A client with a stream to a node. */
function connected() {
  const world = nodeWorld();
  const { node, queue, coverage, replicas, run } = world;
  node.start();
  const heard: string[] = [];
  const end: ClientEnd = {
    party: 1,
    onFrame: (_connection, _frame, taken) => {
      heard.push('frame');
      taken();
    },
    onClosed: () => heard.push('closed'),
  };
  const transport = new ClientTransport(
    {
      queue,
      coverage,
      nodes: [node],
      reachability: new Reachability(2, (from, to) => transport.onOpen(from, to)),
      delayUs: 100,
      transcodeClientFrame: (frame) => frame,
      transcodeServerFrame: (frame) => frame,
    },
    new RandomStream(1),
  );
  const connection = transport.connect(end, node) as ClientConnection;
  run(10_000);
  const nodeHeard = (): string[] => (replicas[0]?.types ?? []).filter((type) => type.startsWith('client'));
  return { transport, connection, heard, nodeHeard, run };
}

test('frames pass, and what the client has read is reported to the node', () => {
  const { transport, connection, heard, nodeHeard, run } = connected();
  transport.send(connection, asked);
  transport.reply(connection.id, said, 50);
  run(10_000);
  expect(heard).toEqual(['frame']);
  expect(nodeHeard()).toEqual(expect.arrayContaining(['clientOpened', 'clientFrame', 'clientDrained']));
});

test('a stalled stream is whole and silent, and the node is not told that anything was read', () => {
  const { transport, connection, heard, nodeHeard, run } = connected();
  transport.stall(connection, 'toClient');
  for (let count = 0; count < 5; count++) transport.reply(connection.id, said, 2_000_000);
  transport.send(connection, asked);
  run(10_000_000);
  expect([heard, nodeHeard()]).toEqual([[], ['clientOpened', 'clientFrame']]);
  expect(connection.unreadBytes).toBe(10_000_000);
  transport.unstall(connection, 'toClient');
  expect(heard).toEqual(Array.from({ length: 5 }, () => 'frame'));
  expect(connection.unreadBytes).toBe(0);
});

test.each(['node', 'client'] as const)('a stream is half open: the end of the %s is gone', (gone) => {
  const { transport, connection, heard, nodeHeard, run } = connected();
  expect(transport.halfOpen(connection, gone)).toBe(true);
  expect(transport.halfOpen(connection, gone)).toBe(false);
  transport.send(connection, asked);
  transport.reply(connection.id, said, 50);
  run(60_000_000);
  expect(heard).toEqual(gone === 'client' ? ['closed'] : []);
  expect(nodeHeard()).toEqual(gone === 'node' ? ['clientOpened', 'clientClosed'] : ['clientOpened']);
  transport.endHalfOpen(connection);
  expect([heard, nodeHeard()]).toEqual([['closed'], ['clientOpened', 'clientClosed']]);
});

test('when the world calms down, stalls end, and nodes forget who is gone; a client has to notice by itself', () => {
  const stalled = connected();
  stalled.transport.stall(stalled.connection, 'toClient');
  stalled.transport.reply(stalled.connection.id, said, 50);
  stalled.run(10_000);
  stalled.transport.calmDown();
  expect(stalled.heard).toEqual(['frame']);
  const clientGone = connected();
  clientGone.transport.halfOpen(clientGone.connection, 'client');
  clientGone.transport.calmDown();
  expect(clientGone.nodeHeard()).toEqual(['clientOpened', 'clientClosed']);
  const nodeGone = connected();
  nodeGone.transport.halfOpen(nodeGone.connection, 'node');
  nodeGone.transport.calmDown();
  expect(nodeGone.heard).toEqual([]);
});
